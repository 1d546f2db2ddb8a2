/* senet_image_preprocess against tensors that Pillow and NumPy made by timm's rules. */
#include "image_builder.h"
#include "senet.h"

#define IMAGENET .mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}
#define HALVES .mean = {0.5, 0.5, 0.5}, .std = {0.5, 0.5, 0.5}
#define AS_IS .mean = {0, 0, 0}, .std = {1, 1, 1}

static const struct {
    const char *name;
    int64_t width, height;
    struct senet_preprocess preprocess; /* channels, height, width, ... */
} cases[] = {
    {"center_landscape", 40, 30, {3, 16, 16, SENET_BICUBIC, SENET_CROP_CENTER, 0.875, IMAGENET}},
    {"center_portrait", 23, 41, {3, 15, 15, SENET_BILINEAR, SENET_CROP_CENTER, 0.95, HALVES}},
    {"center_enlarged", 9, 7, {3, 16, 16, SENET_BICUBIC, SENET_CROP_CENTER, 0.9, IMAGENET}},
    {"center_not_square", 40, 30, {3, 12, 20, SENET_BICUBIC, SENET_CROP_CENTER, 0.9, IMAGENET}},
    {"center_same_size", 16, 16, {3, 16, 16, SENET_BICUBIC, SENET_CROP_CENTER, 1.0, AS_IS}},
    {"center_padded", 30, 20, {3, 15, 15, SENET_BILINEAR, SENET_CROP_CENTER, 1.25, IMAGENET}},
    {"squash", 40, 23, {3, 16, 16, SENET_BICUBIC, SENET_CROP_SQUASH, 0.9, IMAGENET}},
    {"squash_not_square", 23, 40, {3, 18, 12, SENET_NEAREST, SENET_CROP_SQUASH, 0.95, HALVES}},
    {"squash_lanczos", 40, 23, {3, 16, 16, SENET_LANCZOS, SENET_CROP_SQUASH, 0.9, IMAGENET}},
    {"center_box", 45, 31, {3, 16, 16, SENET_BOX, SENET_CROP_CENTER, 0.9, IMAGENET}},
    {"border_hamming", 31, 45, {3, 16, 12, SENET_HAMMING, SENET_CROP_BORDER, 0.9, IMAGENET}},
    {"center_huge", 640, 7, {3, 16, 16, SENET_BICUBIC, SENET_CROP_CENTER, 0.9, IMAGENET}},
    {"center_wide", 31, 37, {3, 7, 19, SENET_BICUBIC, SENET_CROP_CENTER, 0.95, HALVES}},
    {"border_landscape", 40, 23, {3, 16, 16, SENET_BICUBIC, SENET_CROP_BORDER, 1.0, IMAGENET}},
    {"border_portrait", 11, 40, {3, 17, 17, SENET_BILINEAR, SENET_CROP_BORDER, 0.9, IMAGENET}},
    {"border_not_square", 33, 20, {3, 19, 14, SENET_NEAREST, SENET_CROP_BORDER, 0.875, HALVES}},
};
#define CASE_COUNT ((int)(sizeof cases / sizeof cases[0]))

static const struct senet_preprocess square = {3, 16, 16, SENET_BICUBIC, SENET_CROP_CENTER, 0.875, IMAGENET};

START_TEST(the_tensor_is_that_of_timm)
{
    const struct senet_preprocess *preprocess = &cases[_i].preprocess;
    char name[128];
    snprintf(name, sizeof name, "preprocess/%s.npy", cases[_i].name);
    struct bytes file = read_fixture(name);
    struct senet_npy expected;
    struct senet_error error;
    ck_assert_int_eq(senet_npy_parse(file.data, file.size, &expected, &error), SENET_OK);
    ck_assert_int_eq(expected.shape.rank, 3);
    ck_assert_int_eq(expected.shape.dim[1], preprocess->height);
    ck_assert_int_eq(expected.shape.dim[2], preprocess->width);

    uint8_t *pixels = make_source(cases[_i].width, cases[_i].height);
    struct senet_image image = {.width = cases[_i].width, .height = cases[_i].height, .pixels = pixels};
    float tensor[3 * 20 * 20];
    ck_assert_int_eq(senet_image_preprocess(&image, preprocess, tensor, &error), SENET_OK);
    ck_assert_floats_near(expected.data, tensor, senet_shape_elements(&expected.shape), 1e-6f);
    free(pixels);
    senet_npy_release(&expected);
    free(file.data);
}
END_TEST

static enum senet_code try_preprocess(int64_t width, int64_t height, struct senet_preprocess preprocess,
                                      struct senet_error *error)
{
    uint8_t *pixels = make_source(width, height);
    struct senet_image image = {.width = width, .height = height, .pixels = pixels};
    float tensor[3 * 16 * 16];
    enum senet_code code = senet_image_preprocess(&image, &preprocess, tensor, error);
    for (int i = 0; code == SENET_OK && i < 3 * 16 * 16; i++)
        ck_assert(isfinite(tensor[i]));
    free(pixels);
    return code;
}

START_TEST(images_of_one_pixel_and_of_one_row_or_column_have_tensors)
{
    static const int64_t sizes[][2] = {{1, 1}, {1, 5000}, {5000, 1}, {1, 2}, {3, 2}};
    struct senet_error error;
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
        for (int mode = SENET_CROP_CENTER; mode <= SENET_CROP_BORDER; mode++)
            for (int filter = 0; filter < SENET_INTERPOLATION_COUNT; filter++) {
                struct senet_preprocess preprocess = square;
                preprocess.crop_mode = (enum senet_crop_mode)mode;
                preprocess.interpolation = (enum senet_interpolation)filter;
                ck_assert_int_eq(try_preprocess(sizes[size][0], sizes[size][1], preprocess, &error), SENET_OK);
            }
}
END_TEST

START_TEST(crop_pct_that_gives_no_size_is_refused)
{
    static const double values[] = {0, -1, 1e-300, 1e-9, 17, INFINITY, NAN};
    struct senet_error error;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct senet_preprocess preprocess = square;
        preprocess.crop_pct = values[i];
        ck_assert_int_eq(try_preprocess(5, 4, preprocess, &error), SENET_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(mean_and_std_that_give_no_finite_numbers_are_refused)
{
    static const double values[][2] = {{0, 0}, {NAN, 1}, {0, NAN}, {1e300, 1}, {INFINITY, 1}, {1, 1e-300}};
    struct senet_error error;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct senet_preprocess preprocess = square;
        preprocess.mean[1] = values[i][0];
        preprocess.std[1] = values[i][1];
        ck_assert_int_eq(try_preprocess(5, 4, preprocess, &error), SENET_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(an_input_that_is_no_rgb_image_is_refused)
{
    struct senet_error error;
    struct senet_preprocess grey = square, flat = square;
    grey.channels = 1;
    flat.height = 0;
    ck_assert_int_eq(try_preprocess(5, 4, grey, &error), SENET_INVALID_ARGUMENT);
    ck_assert_int_eq(try_preprocess(5, 4, flat, &error), SENET_INVALID_ARGUMENT);
}
END_TEST

START_TEST(enumerators_have_the_names_of_timm)
{
    ck_assert_str_eq(senet_interpolation_text(SENET_NEAREST), "nearest");
    ck_assert_str_eq(senet_interpolation_text(SENET_BILINEAR), "bilinear");
    ck_assert_str_eq(senet_interpolation_text(SENET_BICUBIC), "bicubic");
    ck_assert_str_eq(senet_interpolation_text(SENET_LANCZOS), "lanczos");
    ck_assert_str_eq(senet_interpolation_text(SENET_BOX), "box");
    ck_assert_str_eq(senet_interpolation_text(SENET_HAMMING), "hamming");
    ck_assert_str_eq(senet_crop_mode_text(SENET_CROP_CENTER), "center");
    ck_assert_str_eq(senet_crop_mode_text(SENET_CROP_SQUASH), "squash");
    ck_assert_str_eq(senet_crop_mode_text(SENET_CROP_BORDER), "border");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("preprocess");
    TCase *group = tcase_create("preprocess");
    tcase_add_loop_test(group, the_tensor_is_that_of_timm, 0, CASE_COUNT);
    tcase_add_test(group, images_of_one_pixel_and_of_one_row_or_column_have_tensors);
    tcase_add_test(group, crop_pct_that_gives_no_size_is_refused);
    tcase_add_test(group, mean_and_std_that_give_no_finite_numbers_are_refused);
    tcase_add_test(group, an_input_that_is_no_rgb_image_is_refused);
    tcase_add_test(group, enumerators_have_the_names_of_timm);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
