/* Softmax, LogSoftmax, Hardmax and LpNormalization: each line of a tensor is scaled for itself. */
#include <math.h>

#include "kernels/lines.h"
#include "kernels/planar.h"

/* One line: `count` elements, `stride` apart. */
typedef void line_work(const float *input, int64_t stride, int64_t count, float *output);

static float largest_of(const float *input, int64_t stride, int64_t count)
{
    float largest = input[0];
    for (int64_t i = 1; i < count; i++)
        largest = fmaxf(largest, input[i * stride]);
    return largest;
}

/* exp(x - max) / sum of them, so that nothing overflows. */
static void softmax_line(const float *input, int64_t stride, int64_t count, float *output)
{
    float largest = largest_of(input, stride, count);
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        output[i * stride] = expf(input[i * stride] - largest);
        sum += (double)output[i * stride];
    }
    float scale = (float)(1.0 / sum);
    for (int64_t i = 0; i < count; i++)
        output[i * stride] *= scale;
}

static void log_softmax_line(const float *input, int64_t stride, int64_t count, float *output)
{
    float largest = largest_of(input, stride, count);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)(input[i * stride] - largest));
    float shift = (float)log(sum);
    for (int64_t i = 0; i < count; i++)
        output[i * stride] = input[i * stride] - largest - shift;
}

/* 1 at the first of the largest, 0 elsewhere. */
static void hardmax_line(const float *input, int64_t stride, int64_t count, float *output)
{
    int64_t first = 0;
    for (int64_t i = 0; i < count; i++) {
        output[i * stride] = 0;
        first = input[i * stride] > input[first * stride] ? i : first;
    }
    output[first * stride] = 1;
}

/* A line of zeros stays what it is. */
static void scale_line(const float *input, int64_t stride, int64_t count, double norm, float *output)
{
    for (int64_t i = 0; i < count; i++)
        output[i * stride] = norm > 0 ? (float)((double)input[i * stride] / norm) : 0;
}

static void l1_line(const float *input, int64_t stride, int64_t count, float *output)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += fabs((double)input[i * stride]);
    scale_line(input, stride, count, sum, output);
}

static void l2_line(const float *input, int64_t stride, int64_t count, float *output)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)input[i * stride] * (double)input[i * stride];
    scale_line(input, stride, count, sqrt(sum), output);
}

struct vector_job {
    struct lines lines;
    const struct simd *simd;
    const float *input;
    float *output;
};

struct line_job {
    struct lines lines;
    line_work *work;
    const float *input;
    float *output;
};

static void work_lines(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct line_job *job = context;
    for (int64_t line = begin; line < end; line++) {
        int64_t first = lines_begin(&job->lines, line);
        job->work(job->input + first, job->lines.stride, job->lines.count, job->output + first);
    }
}

/* Along `axes` axes from the node's own on. */
static void each_line(const struct kernel_call *call, int64_t axes, line_work *work)
{
    int64_t axis = node_attribute_int(call->params, "axis", 0);
    struct line_job job = {lines_along(call->inputs[0].shape, axis, axes), work, call->inputs[0].data,
                           call->outputs[0].data};
    team_run(call->team, job.lines.outer * job.lines.stride, parallel_grain(job.lines.count * 4), work_lines, &job);
}

/* Older operator sets run over several axes at once. */
static int64_t flat_axes(const struct kernel_call *call)
{
    return node_attribute_int(call->params, "axis_count", 1);
}

void softmax(const struct kernel_call *call)
{
    each_line(call, flat_axes(call), softmax_line);
}

/* Lines begin..end-1, in pieces that lie side by side. */
static void vector_lines(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct vector_job *job = context;
    const struct lines *lines = &job->lines;
    for (int64_t line = begin, columns; line < end; line += columns) {
        int64_t first = lines_begin(lines, line), behind = lines->stride - line % lines->stride;
        columns = behind < end - line ? behind : end - line;
        if (lines->stride == 1)
            job->simd->softmax_row(job->input + first, lines->count, job->output + first);
        else
            job->simd->softmax_columns(job->input + first, lines->stride, lines->count, columns, job->output + first);
    }
}

void softmax_vectors(const struct kernel_call *call)
{
    const struct vector_node *params = call->params;
    int64_t axis = node_attribute_int(params->node, "axis", 0);
    int64_t axes = node_attribute_int(params->node, "axis_count", 1);
    struct vector_job job = {lines_along(call->inputs[0].shape, axis, axes), params->simd, call->inputs[0].data,
                             call->outputs[0].data};
    team_run(call->team, job.lines.outer * job.lines.stride, parallel_grain(job.lines.count * 4), vector_lines, &job);
}

void log_softmax(const struct kernel_call *call)
{
    each_line(call, flat_axes(call), log_softmax_line);
}

void hardmax(const struct kernel_call *call)
{
    each_line(call, flat_axes(call), hardmax_line);
}

void lp_normalization(const struct kernel_call *call)
{
    each_line(call, 1, node_attribute_int(call->params, "p", 2) == 1 ? l1_line : l2_line);
}
