/* resize_region against bytes that Pillow wrote, with every instruction set, and its regions against the whole. */
#include "image/resize.h"

#include "image_builder.h"
#include "kernels/simd/simd.h"

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
    return (struct resize_axis){.in = in, .out = out, .first = 0, .count = out, .held = in, .covered = (double)in};
}

/* The bytes behind the floats, interleaved; the caller frees them. */
static uint8_t *resize(const uint8_t *pixels, struct resize_axis x, struct resize_axis y,
                       enum senet_interpolation interpolation, const char *isa)
{
    struct senet_error error;
    int64_t count = x.count * y.count;
    uint8_t *region = malloc((size_t)(count * 3));
    float *planes = malloc((size_t)(count * 3) * sizeof *planes);
    ck_assert(region && planes);
    const struct resize_output output = {.first = planes, .plane = count, .row = x.count, .std = {1, 1, 1}};
    ck_assert_int_eq(resize_region(pixels, &x, &y, interpolation, isa, &output, &error), SENET_OK);
    for (int64_t i = 0; i < count * 3; i++) {
        float level = planes[i % 3 * count + i / 3] * 255.0f;
        ck_assert_float_le(fabsf(level - rintf(level)), 1e-4f);
        region[i] = (uint8_t)rintf(level);
    }
    free(planes);
    return region;
}

START_TEST(every_filter_has_the_bytes_of_pillow)
{
    enum senet_interpolation interpolation = (enum senet_interpolation)(_i / CASE_COUNT);
    int64_t width = cases[_i % CASE_COUNT].width, height = cases[_i % CASE_COUNT].height;
    int64_t to_width = cases[_i % CASE_COUNT].to_width, to_height = cases[_i % CASE_COUNT].to_height;
    char name[128];
    snprintf(name, sizeof name, "resize/%s-%lldx%lld-to-%lldx%lld.rgb", senet_interpolation_text(interpolation),
             (long long)width, (long long)height, (long long)to_width, (long long)to_height);
    struct bytes expected = read_fixture(name);
    ck_assert_uint_eq(expected.size, (size_t)(to_width * to_height * 3));
    uint8_t *pixels = make_source(width, height);
    for (size_t set = 0; simd_at(set); set++) {
        const char *isa = simd_at(set)->name;
        uint8_t *resized = resize(pixels, whole(width, to_width), whole(height, to_height), interpolation, isa);
        for (size_t i = 0; i < expected.size; i++)
            ck_assert_msg(resized[i] == expected.data[i], "%s, byte %zu: Pillow has %d, %s has %d", name, i,
                          expected.data[i], isa, resized[i]);
        free(resized);
    }
    free(pixels);
    free(expected.data);
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
    for (int filter = 0; filter < SENET_INTERPOLATION_COUNT; filter++) {
        uint8_t *all = resize(pixels, x, y, (enum senet_interpolation)filter, NULL);
        uint8_t *part = resize(pixels, part_x, part_y, (enum senet_interpolation)filter, NULL);
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

START_TEST(what_lies_between_the_rows_is_left_alone)
{
    enum { ROW = 6, PLANE = ROW * 4 + 1 };
    uint8_t *pixels = make_source(9, 8);
    float tensor[3 * PLANE];
    struct resize_axis x = whole(9, 5), y = whole(8, 4);
    struct senet_error error;
    const struct resize_output output = {.first = tensor, .plane = PLANE, .row = ROW, .std = {1, 1, 1}};
    for (int filter = 0; filter < SENET_INTERPOLATION_COUNT; filter++)
        for (size_t set = 0; simd_at(set); set++) {
            for (int i = 0; i < 3 * PLANE; i++)
                tensor[i] = 77;
            ck_assert_int_eq(
                resize_region(pixels, &x, &y, (enum senet_interpolation)filter, simd_at(set)->name, &output, &error),
                SENET_OK);
            for (int i = 0; i < 3 * PLANE; i++)
                ck_assert((tensor[i] == 77) == (i % PLANE % ROW == 5 || i % PLANE == PLANE - 1));
        }
    free(pixels);
}
END_TEST

/* As wanted of a 1 x 1048576 image that is cropped after its width became 16384: 51 GB if it were made in full. */
START_TEST(the_cost_follows_from_the_region_when_the_whole_would_be_enormous)
{
    int64_t side = IMAGE_SIDE_MAX;
    uint8_t *pixels = make_source(1, side);
    struct resize_axis x = {.in = 1, .out = 16384, .first = 8000, .count = 3, .held = 1, .covered = 1};
    struct resize_axis y = {
        .in = side, .out = side * 16384, .first = side * 8192, .count = 3, .held = side, .covered = (double)side};
    for (int filter = 0; filter < SENET_INTERPOLATION_COUNT; filter++) {
        uint8_t *region = resize(pixels, x, y, (enum senet_interpolation)filter, NULL);
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
        uint8_t *resized = resize(pixels, whole(17, 6), whole(5, 8), SENET_BICUBIC, NULL);
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
    tcase_add_loop_test(group, every_filter_has_the_bytes_of_pillow, 0, CASE_COUNT * SENET_INTERPOLATION_COUNT);
    tcase_add_loop_test(group, a_region_is_a_cut_out_of_the_whole, 0, CASE_COUNT);
    tcase_add_test(group, what_lies_between_the_rows_is_left_alone);
    tcase_add_test(group, the_cost_follows_from_the_region_when_the_whole_would_be_enormous);
    tcase_add_test(group, an_even_picture_stays_even);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
