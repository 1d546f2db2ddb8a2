/*
 * The squeeze, as graph/se_block.h defines it.
 *
 * DESIGN
 * Under 3x3 taps and padding by one, tap (ky, kx) sees the plane less one row and one column at most: the top tap never
 * sees the last row, the left one never the last column. One sum over the plane, one over each edge and the corners
 * therefore give all nine means:
 *
 *   sum at a tap = plane - row that it misses - column that it misses + corner that was taken away twice
 */
#include "graph/ops.h"
#include "kernels/planar.h"
#include "kernels/sum.h"

struct means_job {
    const float *input;
    float *means;
    int64_t height, width;
};

static void mean_range(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct means_job *job = context;
    int64_t pixels = job->height * job->width;
    for (int64_t plane = begin; plane < end; plane++)
        job->means[plane] = sum_floats(job->input + plane * pixels, pixels) / (float)pixels;
}

static float sum_column(const float *column, int64_t height, int64_t width)
{
    float sum = 0;
    for (int64_t y = 0; y < height; y++)
        sum += column[y * width];
    return sum;
}

static void tap_means(const float *plane, int64_t height, int64_t width, float means[SQUEEZE_TAPS])
{
    int64_t pixels = height * width;
    const float *last_row = plane + pixels - width;
    float sum = sum_floats(plane, pixels);
    const float rows[] = {sum_floats(last_row, width), 0, sum_floats(plane, width)};
    const float columns[] = {sum_column(plane + width - 1, height, width), 0, sum_column(plane, height, width)};
    const float corners[] = {last_row[width - 1], 0, last_row[0], 0, 0, 0, plane[width - 1], 0, plane[0]};
    for (int tap = 0; tap < SQUEEZE_TAPS; tap++)
        means[tap] = (sum - rows[tap / 3] - columns[tap % 3] + corners[tap]) / (float)pixels;
}

static void tap_range(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct means_job *job = context;
    for (int64_t plane = begin; plane < end; plane++)
        tap_means(job->input + plane * job->height * job->width, job->height, job->width,
                  job->means + plane * SQUEEZE_TAPS);
}

/* X (N,C,H,W) -> N x C*T, planes counted through all images. */
void channel_means(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    struct means_job job = {
        .input = call->inputs[0].data, .means = call->outputs[0].data, .height = shape->dim[2], .width = shape->dim[3]};
    int64_t planes = shape->dim[0] * shape->dim[1];
    bool has_taps = call->outputs[0].shape->dim[1] != shape->dim[1];
    team_run(call->team, planes, parallel_grain(job.height * job.width), has_taps ? tap_range : mean_range, &job);
}
