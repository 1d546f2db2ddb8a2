#include "harness.h"
#include "kernels/kernel.h"

/* 9 channels need two blocks; the second holds one channel and seven of padding. */
START_TEST(blocked_layout_interleaves_eight_channels_and_pads_with_zeros)
{
    const struct senet_shape shape = {4, {1, 9, 1, 2}};
    float planar[18], blocked[32], expected[32] = {0};
    ck_assert_int_eq(layout_elements(&shape, LAYOUT_BLOCKED8), 32);
    for (int i = 0; i < 18; i++)
        planar[i] = (float)(i + 1);
    for (int i = 0; i < 32; i++)
        blocked[i] = NAN;
    for (int channel = 0; channel < 8; channel++) {
        expected[channel] = (float)(2 * channel + 1);
        expected[8 + channel] = (float)(2 * channel + 2);
    }
    expected[16] = 17;
    expected[24] = 18;
    layout_convert(planar, LAYOUT_PLANAR, blocked, LAYOUT_BLOCKED8, &shape);
    ck_assert_floats_near(expected, blocked, 32, 0.0f);
}
END_TEST

static const struct senet_shape shapes[] = {
    {4, {1, 1, 1, 1}}, {4, {3, 8, 5, 7}}, {4, {2, 13, 9, 7}}, {4, {2, 16, 1, 1}}, {4, {1, 7, 3, 2}}, {4, {1, 25, 2, 3}},
};

START_TEST(a_round_trip_through_blocks_changes_nothing)
{
    const struct senet_shape *shape = &shapes[_i];
    int64_t count = senet_shape_elements(shape), padded = layout_elements(shape, LAYOUT_BLOCKED8);
    float *planar = malloc((size_t)count * sizeof *planar), *back = malloc((size_t)count * sizeof *back);
    float *blocked = malloc((size_t)padded * sizeof *blocked), *copy = malloc((size_t)padded * sizeof *copy);
    uint32_t seed = 4;
    for (int64_t i = 0; i < count; i++)
        planar[i] = harness_random(&seed);
    layout_convert(planar, LAYOUT_PLANAR, blocked, LAYOUT_BLOCKED8, shape);
    layout_convert(blocked, LAYOUT_BLOCKED8, copy, LAYOUT_BLOCKED8, shape);
    layout_convert(copy, LAYOUT_BLOCKED8, back, LAYOUT_PLANAR, shape);
    ck_assert_floats_near(planar, back, count, 0.0f);
    free(planar);
    free(back);
    free(blocked);
    free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layout");
    TCase *tcase = tcase_create("layout");
    tcase_add_test(tcase, blocked_layout_interleaves_eight_channels_and_pads_with_zeros);
    tcase_add_loop_test(tcase, a_round_trip_through_blocks_changes_nothing, 0, sizeof shapes / sizeof *shapes);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
