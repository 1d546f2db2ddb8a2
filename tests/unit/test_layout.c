#include "harness.h"
#include "kernels/kernel.h"

START_TEST(pixels_are_padded_to_whole_vectors_and_kept_off_powers_of_two)
{
    const struct {
        int64_t channels, height, stride;
    } cases[] = {{3, 4, 8}, {8, 4, 8}, {9, 1, 16}, {504, 2, 504}, {512, 2, 528}, {1024, 7, 1040}, {1024, 1, 1024}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct senet_shape shape = {4, {2, cases[i].channels, cases[i].height, 1}};
        ck_assert_int_eq(layout_pixel_stride(&shape), cases[i].stride);
        ck_assert_int_eq(layout_elements(&shape, LAYOUT_CHANNELS_LAST), 2 * cases[i].height * cases[i].stride);
    }
}
END_TEST

START_TEST(channels_last_interleaves_channels_and_pads_pixels)
{
    const struct senet_shape shape = {4, {1, 9, 1, 2}};
    float planar[18], pixels[32];
    for (int i = 0; i < 18; i++)
        planar[i] = (float)(i + 1);
    layout_convert(planar, LAYOUT_PLANAR, pixels, LAYOUT_CHANNELS_LAST, &shape);
    for (int channel = 0; channel < 9; channel++) {
        ck_assert_float_eq(pixels[channel], (float)(2 * channel + 1));
        ck_assert_float_eq(pixels[16 + channel], (float)(2 * channel + 2));
    }
}
END_TEST

static const struct senet_shape shapes[] = {
    {4, {1, 1, 1, 1}}, {4, {3, 8, 5, 7}},  {4, {2, 13, 9, 7}},  {4, {2, 16, 1, 1}},
    {4, {1, 7, 3, 2}}, {4, {1, 25, 2, 3}}, {4, {2, 512, 2, 1}}, {4, {1, 3, 17, 19}},
};

START_TEST(a_round_trip_through_pixels_changes_nothing)
{
    const struct senet_shape *shape = &shapes[_i];
    int64_t count = senet_shape_elements(shape), padded = layout_elements(shape, LAYOUT_CHANNELS_LAST);
    float *planar = malloc((size_t)count * sizeof *planar), *back = malloc((size_t)count * sizeof *back);
    float *pixels = calloc((size_t)padded, sizeof *pixels), *copy = malloc((size_t)padded * sizeof *copy);
    uint32_t seed = 4;
    for (int64_t i = 0; i < count; i++)
        planar[i] = harness_random(&seed);
    layout_convert(planar, LAYOUT_PLANAR, pixels, LAYOUT_CHANNELS_LAST, shape);
    layout_convert(pixels, LAYOUT_CHANNELS_LAST, copy, LAYOUT_CHANNELS_LAST, shape);
    layout_convert(copy, LAYOUT_CHANNELS_LAST, back, LAYOUT_PLANAR, shape);
    ck_assert_floats_near(planar, back, count, 0.0f);
    free(planar);
    free(back);
    free(pixels);
    free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layout");
    TCase *tcase = tcase_create("layout");
    tcase_add_test(tcase, pixels_are_padded_to_whole_vectors_and_kept_off_powers_of_two);
    tcase_add_test(tcase, channels_last_interleaves_channels_and_pads_pixels);
    tcase_add_loop_test(tcase, a_round_trip_through_pixels_changes_nothing, 0, sizeof shapes / sizeof *shapes);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
