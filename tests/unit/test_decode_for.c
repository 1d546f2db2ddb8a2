/* senet_image_decode_for: what is left out of a decoded image changes nothing, and what is reduced changes little. */
#include "image_builder.h"
#include "senet.h"

#define SIDE_MAX 64
#define TENSOR_SIZE (3 * SIDE_MAX * SIDE_MAX)

static const char *const files[] = {"large_444",  "large_422",         "large_420",   "large_440",    "large_411",
                                    "large_grey", "large_progressive", "large_cmyk",  "jpeg_1x23",    "jpeg_29x1",
                                    "jpeg_37x41", "jpeg_1x1",          "jpeg_halved", "orientation-6"};
#define FILE_COUNT ((int)(sizeof files / sizeof *files))

static const char *const pngs[] = {"rgb",       "grey_alpha", "palette_2_bit", "rgba_16_bit_interlaced",
                                   "png_37x41", "png_1x23",   "png_29x1",      "one_bit_interlaced"};
#define PNG_COUNT ((int)(sizeof pngs / sizeof *pngs))

static const struct senet_preprocess plain = {.channels = 3,
                                              .height = 32,
                                              .width = 32,
                                              .interpolation = SENET_BICUBIC,
                                              .crop_mode = SENET_CROP_CENTER,
                                              .crop_pct = 0.875,
                                              .std = {1, 1, 1}};

static struct bytes read_jpeg(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "decode/%s.jpg", name);
    return read_fixture(path);
}

/* The image without its pixels, which are released. */
static struct senet_image make_tensor(struct bytes file, const struct senet_decode_options *options,
                                      const struct senet_preprocess *preprocess, float *tensor)
{
    struct senet_image image;
    struct senet_error error;
    ck_assert_msg(senet_image_decode_for(file.data, file.size, options, &senet_image_default_limits, &image, &error) ==
                      SENET_OK,
                  "%s", error.message);
    ck_assert_msg(senet_image_preprocess(&image, preprocess, tensor, &error) == SENET_OK, "%s", error.message);
    senet_image_release(&image);
    return image;
}

static void compare(struct bytes file, const struct senet_preprocess *preprocess)
{
    static float whole[TENSOR_SIZE], part[TENSOR_SIZE];
    struct senet_decode_options options = {.jpeg_scaling = SENET_JPEG_SCALING_EXACT};
    make_tensor(file, &options, preprocess, whole);
    options.preprocess = preprocess;
    struct senet_image image = make_tensor(file, &options, preprocess, part);
    ck_assert_int_eq(image.reduction, 1);
    for (int64_t i = 0; i < 3 * preprocess->height * preprocess->width; i++)
        ck_assert_msg(whole[i] == part[i], "number %d is %f, and %f of the part", (int)i, (double)whole[i],
                      (double)part[i]);
}

static void compare_often(struct bytes file)
{
    static const double percents[] = {0.1, 0.3, 0.52, 0.875, 1.0};
    static const int64_t sides[][2] = {{32, 32}, {5, 5}, {1, 1}, {64, 64}, {12, 40}, {40, 12}};
    for (int filter = 0; filter < SENET_INTERPOLATION_COUNT; filter++)
        for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
            for (size_t j = 0; j < sizeof sides / sizeof *sides; j++) {
                struct senet_preprocess preprocess = plain;
                preprocess.interpolation = (enum senet_interpolation)filter;
                preprocess.crop_mode = (enum senet_crop_mode)((i + j) % 3);
                preprocess.crop_pct = percents[i];
                preprocess.height = sides[j][0];
                preprocess.width = sides[j][1];
                compare(file, &preprocess);
            }
}

START_TEST(a_window_gives_the_tensor_of_the_whole)
{
    struct bytes file = read_jpeg(files[_i]);
    compare_often(file);
    free(file.data);
}
END_TEST

static struct bytes read_png(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "decode/%s.png", name);
    return read_fixture(path);
}

START_TEST(a_window_of_a_png_gives_the_tensor_of_the_whole)
{
    struct bytes file = read_png(pngs[_i]);
    compare_often(file);
    free(file.data);
}
END_TEST

START_TEST(of_a_png_the_rows_of_the_window_are_kept)
{
    static float tensor[TENSOR_SIZE];
    struct bytes file = read_png("png_37x41");
    struct senet_preprocess preprocess = plain;
    preprocess.height = preprocess.width = 1;
    preprocess.crop_pct = 0.1;
    preprocess.interpolation = SENET_NEAREST;
    const struct senet_decode_options options = {.jpeg_scaling = SENET_JPEG_SCALING_FAST, .preprocess = &preprocess};
    struct senet_image image = make_tensor(file, &options, &preprocess, tensor);
    ck_assert_int_eq(image.reduction, 1);
    ck_assert_int_eq(image.full_height, 41);
    ck_assert_int_gt(image.top, 10);
    ck_assert_int_lt(image.height, 10);
    free(file.data);
}
END_TEST

/* Both files are 157 x 119. */
static int reduction_for(const char *name, int64_t side, enum senet_jpeg_scaling scaling)
{
    static float tensor[TENSOR_SIZE];
    struct bytes file = read_jpeg(name);
    struct senet_preprocess preprocess = plain;
    preprocess.height = preprocess.width = side;
    preprocess.crop_pct = 1;
    const struct senet_decode_options options = {.jpeg_scaling = scaling, .preprocess = &preprocess};
    struct senet_image image = make_tensor(file, &options, &preprocess, tensor);
    ck_assert_int_eq(image.full_width, 157);
    ck_assert_int_eq(image.full_height, 119);
    free(file.data);
    return image.reduction;
}

START_TEST(the_scale_leaves_twice_what_is_wanted)
{
    static const struct {
        int64_t side;
        int fast, automatic;
    } cases[] = {{64, 1, 1}, {60, 1, 1}, {30, 1, 1}, {29, 2, 2}, {15, 2, 2},
                 {14, 4, 4}, {8, 4, 4},  {7, 8, 8},  {1, 8, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(reduction_for("large_420", cases[i].side, SENET_JPEG_SCALING_EXACT), 1);
        ck_assert_int_eq(reduction_for("large_420", cases[i].side, SENET_JPEG_SCALING_FAST), cases[i].fast);
        ck_assert_int_eq(reduction_for("large_420", cases[i].side, SENET_JPEG_SCALING_AUTO), cases[i].automatic);
        ck_assert_int_eq(reduction_for("large_411", cases[i].side, SENET_JPEG_SCALING_FAST), 1);
    }
}
END_TEST

START_TEST(a_reduced_image_gives_nearly_the_same_tensor)
{
    static float exact[TENSOR_SIZE], fast[TENSOR_SIZE];
    struct bytes file = read_jpeg(files[_i]);
    for (int64_t side = 5; side <= 14; side += 3) {
        struct senet_preprocess preprocess = plain;
        preprocess.height = preprocess.width = side;
        struct senet_decode_options options = {.jpeg_scaling = SENET_JPEG_SCALING_EXACT, .preprocess = &preprocess};
        make_tensor(file, &options, &preprocess, exact);
        options.jpeg_scaling = SENET_JPEG_SCALING_FAST;
        ck_assert_int_gt(make_tensor(file, &options, &preprocess, fast).reduction, 1);
        double sum = 0;
        for (int64_t i = 0; i < 3 * side * side; i++)
            sum += fabs((double)(exact[i] - fast[i])) * 255;
        ck_assert_double_lt(sum / (double)(3 * side * side), 3); /* levels, on a picture of hard edges */
    }
    free(file.data);
}
END_TEST

START_TEST(a_jpeg_cut_short_below_its_window_is_refused_as_well)
{
    struct bytes file = read_jpeg(files[_i]);
    const struct senet_decode_options options = {.preprocess = &plain};
    struct senet_image image;
    struct senet_error error;
    for (size_t cut = 3; cut < 200; cut += 7) {
        ck_assert_int_eq(
            senet_image_decode_for(file.data, file.size - cut, &options, &senet_image_default_limits, &image, &error),
            SENET_IMAGE_UNDECODABLE);
    }
    free(file.data);
}
END_TEST

START_TEST(a_window_made_for_another_preprocessing_is_refused)
{
    struct bytes file = read_jpeg("large_420");
    struct senet_preprocess middle = plain, all = plain;
    middle.crop_pct = 0.3;
    const struct senet_decode_options options = {.preprocess = &middle};
    struct senet_image image;
    struct senet_error error;
    static float tensor[TENSOR_SIZE];
    ck_assert_int_eq(
        senet_image_decode_for(file.data, file.size, &options, &senet_image_default_limits, &image, &error), SENET_OK);
    ck_assert_int_gt(image.left, 0);
    ck_assert_int_gt(image.top, 0);
    ck_assert_int_eq(senet_image_preprocess(&image, &all, tensor, &error), SENET_INVALID_ARGUMENT);
    senet_image_release(&image);
    free(file.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decode_for");
    TCase *group = tcase_create("decode_for");
    tcase_set_timeout(group, 120); /* for a sanitizer on a busy machine */
    tcase_add_loop_test(group, a_window_gives_the_tensor_of_the_whole, 0, FILE_COUNT);
    tcase_add_loop_test(group, a_window_of_a_png_gives_the_tensor_of_the_whole, 0, PNG_COUNT);
    tcase_add_test(group, of_a_png_the_rows_of_the_window_are_kept);
    tcase_add_test(group, the_scale_leaves_twice_what_is_wanted);
    tcase_add_loop_test(group, a_reduced_image_gives_nearly_the_same_tensor, 0, 4);
    tcase_add_loop_test(group, a_jpeg_cut_short_below_its_window_is_refused_as_well, 0, 8);
    tcase_add_test(group, a_window_made_for_another_preprocessing_is_refused);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
