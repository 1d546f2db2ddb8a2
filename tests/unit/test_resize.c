/* resize_region against bytes that Pillow wrote, and its regions against the whole. */
#include "image/resize.h"

#include "image_builder.h"

static const struct {
    int64_t width, height, to_width, to_height;
} cases[] = {
    {1, 1, 1, 1},     {1, 1, 9, 7},     {1, 13, 5, 3},    {13, 1, 3, 5},    {31, 37, 11, 13},
    {31, 37, 31, 13}, {31, 37, 11, 37}, {11, 13, 31, 37}, {12, 12, 11, 13}, {640, 480, 7, 5},
    {2, 997, 3, 4},   {997, 2, 4, 3},   {64, 48, 1, 1},
};
#define CASE_COUNT ((int)(sizeof cases / sizeof cases[0]))

static struct resize_axis whole(int64_t in, int64_t out)
{
    return (struct resize_axis){.in = in, .out = out, .first = 0, .count = out};
}

/* The caller frees what is returned. */
static uint8_t *resize(const uint8_t *pixels, struct resize_axis x, struct resize_axis y,
                       enum senet_interpolation interpolation)
{
    struct senet_error error;
    uint8_t *region = malloc((size_t)(x.count * y.count * 3));
    ck_assert_ptr_nonnull(region);
    ck_assert_int_eq(resize_region(pixels, &x, &y, interpolation, region, (size_t)x.count * 3, &error), SENET_OK);
    return region;
}

static void compare_with_pillow(int index, enum senet_interpolation interpolation)
{
    int64_t width = cases[index].width, height = cases[index].height;
    int64_t to_width = cases[index].to_width, to_height = cases[index].to_height;
    char name[128];
    snprintf(name, sizeof name, "resize/%s-%lldx%lld-to-%lldx%lld.rgb", senet_interpolation_text(interpolation),
             (long long)width, (long long)height, (long long)to_width, (long long)to_height);
    struct bytes expected = read_fixture(name);
    ck_assert_uint_eq(expected.size, (size_t)(to_width * to_height * 3));
    uint8_t *pixels = make_source(width, height);
    uint8_t *resized = resize(pixels, whole(width, to_width), whole(height, to_height), interpolation);
    for (size_t i = 0; i < expected.size; i++)
        ck_assert_msg(resized[i] == expected.data[i], "%s, byte %zu: Pillow has %d, we have %d", name, i,
                      expected.data[i], resized[i]);
    free(resized);
    free(pixels);
    free(expected.data);
}

START_TEST(nearest_has_the_bytes_of_pillow)
{
    compare_with_pillow(_i, SENET_NEAREST);
}
END_TEST

START_TEST(bilinear_has_the_bytes_of_pillow)
{
    compare_with_pillow(_i, SENET_BILINEAR);
}
END_TEST

START_TEST(bicubic_has_the_bytes_of_pillow)
{
    compare_with_pillow(_i, SENET_BICUBIC);
}
END_TEST

START_TEST(a_region_is_a_cut_out_of_the_whole)
{
    struct resize_axis x = whole(cases[_i].width, cases[_i].to_width);
    struct resize_axis y = whole(cases[_i].height, cases[_i].to_height);
    uint8_t *pixels = make_source(x.in, y.in);
    struct resize_axis part_x = x, part_y = y;
    part_x.first = x.out / 3;
    part_x.count = (x.out - part_x.first + 1) / 2;
    part_y.first = y.out / 2;
    part_y.count = (y.out - part_y.first + 1) / 2;
    for (int filter = SENET_NEAREST; filter <= SENET_BICUBIC; filter++) {
        uint8_t *all = resize(pixels, x, y, (enum senet_interpolation)filter);
        uint8_t *part = resize(pixels, part_x, part_y, (enum senet_interpolation)filter);
        for (int64_t row = 0; row < part_y.count; row++) {
            const uint8_t *expected = all + ((part_y.first + row) * x.out + part_x.first) * 3;
            ck_assert_mem_eq(part + row * part_x.count * 3, expected, (size_t)part_x.count * 3);
        }
        free(all);
        free(part);
    }
    free(pixels);
}
END_TEST

START_TEST(bytes_between_the_rows_are_left_alone)
{
    uint8_t *pixels = make_source(9, 8), region[4][16];
    struct resize_axis x = whole(9, 5), y = whole(8, 4);
    struct senet_error error;
    for (int filter = SENET_NEAREST; filter <= SENET_BICUBIC; filter++) {
        memset(region, 77, sizeof region);
        ck_assert_int_eq(resize_region(pixels, &x, &y, (enum senet_interpolation)filter, region[0], 16, &error),
                         SENET_OK);
        for (int row = 0; row < 4; row++)
            ck_assert_int_eq(region[row][15], 77);
    }
    free(pixels);
}
END_TEST

/* As wanted of a 1 x 1048576 image that is cropped after its width became 16384: 51 GB if it were made in full. */
START_TEST(the_cost_follows_from_the_region_when_the_whole_would_be_enormous)
{
    int64_t side = IMAGE_SIDE_MAX;
    uint8_t *pixels = make_source(1, side);
    struct resize_axis x = {.in = 1, .out = 16384, .first = 8000, .count = 3};
    struct resize_axis y = {.in = side, .out = side * 16384, .first = side * 8192, .count = 3};
    for (int filter = SENET_NEAREST; filter <= SENET_BICUBIC; filter++) {
        uint8_t *region = resize(pixels, x, y, (enum senet_interpolation)filter);
        ck_assert_mem_eq(region, region + 3, 3);
        free(region);
    }
    free(pixels);
}
END_TEST

START_TEST(an_even_picture_stays_even)
{
    uint8_t pixels[17 * 5 * 3];
    for (int level = 0; level < 256; level += 51) {
        memset(pixels, level, sizeof pixels);
        uint8_t *resized = resize(pixels, whole(17, 6), whole(5, 8), SENET_BICUBIC);
        for (int i = 0; i < 6 * 8 * 3; i++)
            ck_assert_int_eq(resized[i], level);
        free(resized);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resize");
    TCase *group = tcase_create("resize");
    tcase_add_loop_test(group, nearest_has_the_bytes_of_pillow, 0, CASE_COUNT);
    tcase_add_loop_test(group, bilinear_has_the_bytes_of_pillow, 0, CASE_COUNT);
    tcase_add_loop_test(group, bicubic_has_the_bytes_of_pillow, 0, CASE_COUNT);
    tcase_add_loop_test(group, a_region_is_a_cut_out_of_the_whole, 0, CASE_COUNT);
    tcase_add_test(group, bytes_between_the_rows_are_left_alone);
    tcase_add_test(group, the_cost_follows_from_the_region_when_the_whole_would_be_enormous);
    tcase_add_test(group, an_even_picture_stays_even);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
