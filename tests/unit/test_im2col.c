#include "kernels/im2col.h"

#include "harness.h"

static const struct window windows[] = {
    {.kernel_h = 3,
     .kernel_w = 3,
     .stride_h = 1,
     .stride_w = 1,
     .dilation_h = 1,
     .dilation_w = 1,
     .pad_top = 1,
     .pad_left = 1,
     .in_h = 5,
     .in_w = 4,
     .out_h = 5,
     .out_w = 4},
    {.kernel_h = 3,
     .kernel_w = 2,
     .stride_h = 2,
     .stride_w = 3,
     .dilation_h = 1,
     .dilation_w = 2,
     .pad_top = 0,
     .pad_left = 2,
     .in_h = 7,
     .in_w = 9,
     .out_h = 3,
     .out_w = 3},
    {.kernel_h = 1,
     .kernel_w = 1,
     .stride_h = 2,
     .stride_w = 2,
     .dilation_h = 1,
     .dilation_w = 1,
     .in_h = 5,
     .in_w = 6,
     .out_h = 3,
     .out_w = 3},
    /* So much padding that some taps see none of the input. */
    {.kernel_h = 2,
     .kernel_w = 2,
     .stride_h = 1,
     .stride_w = 1,
     .dilation_h = 4,
     .dilation_w = 4,
     .pad_top = 4,
     .pad_left = 4,
     .in_h = 2,
     .in_w = 2,
     .out_h = 6,
     .out_w = 6},
    {.kernel_h = 1,
     .kernel_w = 5,
     .stride_h = 1,
     .stride_w = 1,
     .dilation_h = 1,
     .dilation_w = 1,
     .pad_left = 4,
     .in_h = 1,
     .in_w = 1,
     .out_h = 1,
     .out_w = 5},
};
enum { WINDOWS = sizeof windows / sizeof *windows, CHANNELS = 2 };

/* What tap (ky, kx) of a plane sees from output pixel `pixel`. */
static float seen(const struct window *window, const float *plane, int64_t ky, int64_t kx, int64_t pixel)
{
    int64_t y = pixel / window->out_w * window->stride_h - window->pad_top + ky * window->dilation_h;
    int64_t x = pixel % window->out_w * window->stride_w - window->pad_left + kx * window->dilation_w;
    bool inside = y >= 0 && y < window->in_h && x >= 0 && x < window->in_w;
    return inside ? plane[y * window->in_w + x] : 0.0f;
}

static void check_range(const struct window *window, const float *planes, int64_t first, int64_t count)
{
    int64_t rows = CHANNELS * window->kernel_h * window->kernel_w;
    float *columns = malloc((size_t)(rows * count) * sizeof *columns); /* exact: a sanitiser sees overruns */
    for (int64_t i = 0; i < rows * count; i++)
        columns[i] = NAN;
    im2col(planes, window, CHANNELS, first, count, columns);
    for (int64_t i = 0; i < rows * count; i++) {
        int64_t row = i / count, kx = row % window->kernel_w, ky = row / window->kernel_w % window->kernel_h;
        const float *plane = planes + row / window->kernel_w / window->kernel_h * window->in_h * window->in_w;
        float expected = seen(window, plane, ky, kx, first + i % count);
        ck_assert_msg(columns[i] == expected, "pixels %lld+%lld, row %lld, column %lld: %g, not %g", (long long)first,
                      (long long)count, (long long)row, (long long)(i % count), (double)columns[i], (double)expected);
    }
    free(columns);
}

START_TEST(any_range_of_pixels_is_gathered_as_the_window_sees_them)
{
    const struct window *window = &windows[_i];
    int64_t pixels = window->out_h * window->out_w, elements = CHANNELS * window->in_h * window->in_w;
    float *planes = malloc((size_t)elements * sizeof *planes);
    for (int64_t i = 0; i < elements; i++)
        planes[i] = (float)(i + 1);
    for (int64_t first = 0; first < pixels; first++)
        for (int64_t count = 1; count <= pixels - first; count++)
            check_range(window, planes, first, count);
    free(planes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("im2col");
    TCase *tcase = tcase_create("im2col");
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, any_range_of_pixels_is_gathered_as_the_window_sees_them, 0, WINDOWS);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
