/*
 * Resize and Upsample, one axis after the other. Every kernel of ONNX is a product of one-dimensional ones, so that an
 * image is as much work as its rows and then its columns.
 *
 * DESIGN
 * The axes before the first that changes are planes, which the team shares out. A pass over an axis sees a plane as
 * (outer, in, inner) and writes (outer, out, inner); passes go from the last axis to the first, so that enlarging
 * does the part that cannot be vectorised while the plane is small. What each output is made of is computed anew at
 * every run, into scratch: that costs next to nothing, and tables kept with the plan would let a small file describe
 * any number of large ones.
 */
#include <string.h>

#include "base/checked.h"
#include "graph/infer.h"
#include "graph/resampling.h"
#include "kernels/piece.h"
#include "kernels/planar.h"
#include "kernels/taps.h"

struct resize_pass {
    int axis;
    int64_t outer, in, out, inner; /* of one plane */
    int64_t taps;                  /* of each output */
    size_t first_tap;              /* in the workspace, after which each output's `outside` follows */
    size_t outside;                /* in bytes from the workspace's begin */
};

struct resize {
    struct resampling resampling;
    struct resize_pass passes[SENET_MAX_RANK];
    int pass_count;
    int64_t planes, plane_in, plane_out; /* elements of a plane */
    size_t size;                         /* bytes of an element */
    size_t buffer_bytes;                 /* of each of two buffers for what lies between the passes */
};

struct resize_job {
    const struct resize *params;
    const struct kernel_call *call;
};

/* ----------------------------------------------------------------- prepare */

static int first_changed_axis(const struct resampling *resampling)
{
    int axis = 0;
    while (axis < resampling->rank && resampling->axes[axis].kept)
        axis++;
    return axis;
}

static void plan_passes(struct resize *params, int first, size_t *workspace_bytes)
{
    const struct resampling *resampling = &params->resampling;
    int64_t inner = 1, outer = params->plane_in;
    for (int axis = resampling->rank - 1; axis >= first; axis--) {
        const struct resampled_axis *along = &resampling->axes[axis];
        outer /= along->in;
        if (!along->kept) {
            struct resize_pass *pass = &params->passes[params->pass_count++];
            *pass = (struct resize_pass){.axis = axis,
                                         .outer = outer,
                                         .in = along->in,
                                         .out = along->out,
                                         .inner = inner,
                                         .taps = taps_count(resampling, axis),
                                         .first_tap = *workspace_bytes / sizeof(struct tap)};
            pass->outside = *workspace_bytes + (size_t)(pass->out * pass->taps) * sizeof(struct tap);
            /* Rounded up, so that the next pass's taps are aligned. */
            *workspace_bytes = pass->outside + ((size_t)pass->out / sizeof(struct tap) + 1) * sizeof(struct tap);
        }
        inner *= along->out;
    }
}

/* Between two passes a plane may be larger than before and after; what no tensor may be, it may not be either. */
bool resize_accepts(const struct node *node)
{
    struct resampling resampling;
    struct senet_error ignored; /* infer has accepted the node */
    int64_t bytes = (int64_t)dtype_size(node->inputs[0]->dtype);
    bool fits = resampling_read(node, &resampling, &ignored) == SENET_OK;
    for (int axis = 0; fits && axis < resampling.rank; axis++) {
        const struct resampled_axis *along = &resampling.axes[axis];
        fits = checked_mul_i64(bytes, along->in > along->out ? along->in : along->out, &bytes) &&
               bytes <= TENSOR_BYTES_MAX;
    }
    return fits;
}

enum senet_code resize_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct resize *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = resampling_read(node, &params->resampling, error);
    if (code)
        return code;
    const struct resampling *resampling = &params->resampling;
    int first = first_changed_axis(resampling);
    params->size = dtype_size(node->inputs[0]->dtype);
    params->planes = params->plane_in = params->plane_out = 1;
    for (int axis = 0; axis < resampling->rank; axis++) {
        if (axis < first)
            params->planes *= resampling->axes[axis].in;
        else {
            params->plane_in *= resampling->axes[axis].in;
            params->plane_out *= resampling->axes[axis].out;
        }
    }
    plan_passes(params, first, &setup->workspace_bytes);
    for (int i = 0; i + 1 < params->pass_count; i++) {
        const struct resize_pass *pass = &params->passes[i];
        size_t bytes = (size_t)(pass->outer * pass->out * pass->inner) * params->size;
        params->buffer_bytes = params->buffer_bytes < bytes ? bytes : params->buffer_bytes;
    }
    params->buffer_bytes = (params->buffer_bytes + 63) / 64 * 64;
    setup->member_bytes = 2 * params->buffer_bytes;
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

static struct tap *pass_taps(const struct resize_job *job, const struct resize_pass *pass)
{
    return (struct tap *)job->call->workspace + pass->first_tap;
}

static unsigned char *pass_outside(const struct resize_job *job, const struct resize_pass *pass)
{
    return (unsigned char *)job->call->workspace + pass->outside;
}

static void fill_tables(const struct resize_job *job)
{
    for (int i = 0; i < job->params->pass_count; i++) {
        const struct resize_pass *pass = &job->params->passes[i];
        struct tap *taps = pass_taps(job, pass);
        unsigned char *outside = pass_outside(job, pass);
        for (int64_t index = 0; index < pass->out; index++)
            outside[index] = !taps_at(&job->params->resampling, pass->axis, index, taps + index * pass->taps);
    }
}

/* Each output is one element: rows of `inner` of them move in one piece. */
static void move_nearest(const struct resize_pass *pass, const struct tap *taps, size_t size, const char *from,
                         char *to)
{
    size_t bytes = (size_t)pass->inner * size;
    for (int64_t outer = 0; outer < pass->outer; outer++, from += (size_t)pass->in * bytes)
        for (int64_t i = 0; i < pass->out; i++, to += bytes)
            piece_copy(to, from + (size_t)taps[i].element * bytes, bytes);
}

/* out[i] = the sum of its taps; every number of the plane is alone on its place along the axis. */
static void sum_columns(const struct resize_pass *pass, const struct tap *taps, const float *row, float *out)
{
    for (int64_t i = 0; i < pass->out; i++, taps += pass->taps) {
        float sum = 0;
        for (int64_t tap = 0; tap < pass->taps; tap++)
            sum += (float)taps[tap].weight * row[taps[tap].element];
        out[i] = sum;
    }
}

/* Two taps are the common case: linear. */
static void sum_two_columns(const struct resize_pass *pass, const struct tap *taps, const float *row, float *out)
{
    for (int64_t i = 0; i < pass->out; i++, taps += 2)
        out[i] = (float)taps[0].weight * row[taps[0].element] + (float)taps[1].weight * row[taps[1].element];
}

static void add_row(float weight, const float *restrict row, float *restrict out, int64_t count, bool begins)
{
    if (begins)
        for (int64_t i = 0; i < count; i++)
            out[i] = weight * row[i];
    else
        for (int64_t i = 0; i < count; i++)
            out[i] += weight * row[i];
}

static void sum_rows(const struct resize_pass *pass, const struct tap *taps, const float *plane, float *out)
{
    for (int64_t i = 0; i < pass->out; i++, taps += pass->taps, out += pass->inner)
        for (int64_t tap = 0; tap < pass->taps; tap++)
            if (tap == 0 || taps[tap].weight != 0)
                add_row((float)taps[tap].weight, plane + taps[tap].element * pass->inner, out, pass->inner, tap == 0);
}

static void weigh(const struct resize_pass *pass, const struct tap *taps, const float *from, float *to)
{
    for (int64_t outer = 0; outer < pass->outer; outer++) {
        if (pass->inner > 1)
            sum_rows(pass, taps, from, to);
        else if (pass->taps == 2)
            sum_two_columns(pass, taps, from, to);
        else
            sum_columns(pass, taps, from, to);
        from += pass->in * pass->inner;
        to += pass->out * pass->inner;
    }
}

/* Whatever a plane has where one of its axes is outside the input becomes the extrapolation value. */
static void extrapolate(const struct resize_job *job, float *plane)
{
    const struct resize *params = job->params;
    for (int i = 0; i < params->pass_count; i++) {
        const struct resize_pass *pass = &params->passes[i];
        const unsigned char *outside = pass_outside(job, pass);
        int64_t blocks = params->plane_out / pass->inner; /* outer x out */
        for (int64_t block = 0; block < blocks; block++)
            if (outside[block % pass->out])
                piece_fill((char *)(plane + block * pass->inner), &params->resampling.extrapolation, sizeof *plane,
                           pass->inner);
    }
}

static void resize_plane(const struct resize_job *job, const char *from, char *to, char *buffers)
{
    const struct resize *params = job->params;
    for (int i = 0; i < params->pass_count; i++) {
        const struct resize_pass *pass = &params->passes[i];
        char *result = i + 1 == params->pass_count ? to : buffers + (size_t)(i % 2) * params->buffer_bytes;
        if (params->resampling.mode == RESAMPLING_NEAREST)
            move_nearest(pass, pass_taps(job, pass), params->size, from, result);
        else
            weigh(pass, pass_taps(job, pass), (const float *)(const void *)from, (float *)(void *)result);
        from = result;
    }
    if (params->resampling.place == PLACE_TF_CROP_AND_RESIZE)
        extrapolate(job, (float *)(void *)to);
}

static void resize_planes(void *context, int64_t begin, int64_t end, int member)
{
    const struct resize_job *job = context;
    const struct resize *params = job->params;
    char *buffers = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    for (int64_t plane = begin; plane < end; plane++)
        resize_plane(job, (const char *)job->call->inputs[0].data + (size_t)(plane * params->plane_in) * params->size,
                     (char *)job->call->outputs[0].data + (size_t)(plane * params->plane_out) * params->size, buffers);
}

void resize(const struct kernel_call *call)
{
    struct resize_job job = {call->params, call};
    const struct resize *params = job.params;
    if (params->pass_count == 0) {
        memcpy(call->outputs[0].data, call->inputs[0].data,
               (size_t)(params->planes * params->plane_out) * params->size);
        return;
    }
    fill_tables(&job);
    team_run(call->team, params->planes, parallel_grain(params->plane_out), resize_planes, &job);
}
