/*
 * The squeeze over channels-last images, as graph/se_block.h defines it. A member takes some octets of an image's
 * channels.
 *
 * DESIGN
 * Means at the taps of a 3x3 convolution are made of sums over the plane, its edges and its corners, as in
 * channel_means.c; an edge is a row of pixels that lie a pixel or a row apart.
 */
#include "graph/se_block.h"
#include "kernels/channels_last.h"

/* What is summed: the plane, its first and last row, its first and last column. */
enum { PLANE, TOP, BOTTOM, LEFT, RIGHT, SUMS };

struct means {
    const struct simd *simd;
    int64_t batch, channels, octets, height, width, pixel;
    bool taps;
};

struct means_job {
    const struct means *params;
    const struct kernel_call *call;
};

enum senet_code channel_means_last_prepare(const struct node *node, struct kernel_setup *setup,
                                           struct senet_error *error)
{
    struct means *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    params->simd = setup->simd;
    params->batch = shape->dim[0];
    params->channels = shape->dim[1];
    params->octets = whole_channels(shape) / 8;
    params->height = shape->dim[2];
    params->width = shape->dim[3];
    params->pixel = layout_pixel_stride(shape);
    params->taps = node->outputs[0]->shape.dim[1] != shape->dim[1];
    setup->member_bytes = params->taps ? (size_t)(SUMS * params->octets * 8) * sizeof(float) : 0;
    return SENET_OK;
}

/* Channels first..last-1: pixels `step` floats apart, times one by the pixels of the plane. */
static void mean_of(const struct means *params, const float *in, int64_t pixels, int64_t step, int64_t first,
                    int64_t last, float *out, int64_t channels)
{
    const struct pixel_reduction reduction = {.in = in,
                                              .stride = step,
                                              .pixels = pixels,
                                              .first = first,
                                              .last = last,
                                              .factor = 1.0f / (float)(params->height * params->width),
                                              .out = out,
                                              .channels = channels};
    params->simd->reduce_pixels(&reduction);
}

/* Without the row and the column that a tap misses; their corner was taken away twice. */
static void tap_means(const struct means *params, const float *image, int64_t first, int64_t last, float *sums,
                      float *means)
{
    int64_t whole = params->octets * 8, row = params->width * params->pixel, height = params->height;
    const float *bottom = image + (height - 1) * row, *right = image + row - params->pixel;
    const float *const corners[] = {bottom + row - params->pixel, bottom, right, image};
    float factor = 1.0f / (float)(height * params->width);
    mean_of(params, image, height * params->width, params->pixel, first, last, sums + PLANE * whole, whole);
    mean_of(params, image, params->width, params->pixel, first, last, sums + TOP * whole, whole);
    mean_of(params, bottom, params->width, params->pixel, first, last, sums + BOTTOM * whole, whole);
    mean_of(params, image, height, row, first, last, sums + LEFT * whole, whole);
    mean_of(params, right, height, row, first, last, sums + RIGHT * whole, whole);
    for (int64_t c = first; c < last && c < params->channels; c++) {
        const float rows[] = {sums[BOTTOM * whole + c], 0, sums[TOP * whole + c]};
        const float columns[] = {sums[RIGHT * whole + c], 0, sums[LEFT * whole + c]};
        for (int tap = 0; tap < SQUEEZE_TAPS; tap++) {
            int y = tap / 3, x = tap % 3;
            float corner = y == 1 || x == 1 ? 0 : corners[y / 2 * 2 + x / 2][c] * factor;
            means[c * SQUEEZE_TAPS + tap] = sums[PLANE * whole + c] - rows[y] - columns[x] + corner;
        }
    }
}

/* Octets of channels, counted through all images. */
static void squeeze_octets(void *context, int64_t begin, int64_t end, int member)
{
    const struct means_job *job = context;
    const struct means *params = job->params;
    int64_t pixels = params->height * params->width;
    float *sums = (float *)((char *)job->call->member_scratch + (size_t)member * job->call->member_bytes);
    for (int64_t next = begin; next < end;) {
        int64_t image = next / params->octets, first = next % params->octets;
        int64_t count = params->octets - first < end - next ? params->octets - first : end - next;
        const float *input = (const float *)job->call->inputs[0].data + image * pixels * params->pixel;
        float *output = job->call->outputs[0].data;
        if (params->taps)
            tap_means(params, input, first * 8, (first + count) * 8, sums,
                      output + image * params->channels * SQUEEZE_TAPS);
        else
            mean_of(params, input, pixels, params->pixel, first * 8, (first + count) * 8,
                    output + image * params->channels, params->channels);
        next += count;
    }
}

/* X (N,C,H,W) -> N x C*T */
void channel_means_last(const struct kernel_call *call)
{
    struct means_job job = {call->params, call};
    const struct means *params = job.params;
    int64_t grain = parallel_grain(8 * params->height * params->width);
    /* Pairs of octets: the widest vectors. */
    team_run(call->team, params->batch * params->octets, (grain + 1) / 2 * 2, squeeze_octets, &job);
}
