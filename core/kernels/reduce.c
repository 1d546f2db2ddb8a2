/*
 * Means, sums and maxima over axes that lie side by side: the input is outer x count x inner, the output outer x inner.
 * Squeezes reduce the last axes, where inner is 1; spatial attention reduces the channels.
 */
#include <string.h>

#include "kernels/planar.h"
#include "kernels/sum.h"

typedef float row_work(const float *values, int64_t count);
/* into[i] takes from[i] in. */
typedef void lane_work(float *into, const float *from, int64_t count);

struct reduce_job {
    row_work *reduce_row;
    lane_work *take;
    const float *input;
    float *output;
    int64_t count, inner;
    float divisor; /* of each result */
};

static void add_row(float *restrict into, const float *restrict from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        into[i] += from[i];
}

static void larger_row(float *restrict into, const float *restrict from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        into[i] = larger_float(into[i], from[i]);
}

/* The listed axes, which are in ascending order, have none between them. */
bool reduce_accepts(const struct node *node)
{
    const struct attribute *axes = node_attribute(node, "axes");
    if (node->inputs[0]->dtype != DTYPE_FLOAT32)
        return false;
    return axes->count == 0 || axes->ints[axes->count - 1] - axes->ints[0] == (int64_t)axes->count - 1;
}

/* Outputs begin..end-1, in pieces that lie in one row of `inner`. */
static void reduce_outputs(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct reduce_job *job = context;
    for (int64_t first = begin, length; first < end; first += length) {
        int64_t column = first % job->inner;
        length = job->inner - column < end - first ? job->inner - column : end - first;
        const float *input = job->input + first / job->inner * job->count * job->inner + column;
        float *output = job->output + first;
        if (job->inner == 1) {
            *output = job->reduce_row(input, job->count) / job->divisor;
            continue;
        }
        memcpy(output, input, (size_t)length * sizeof *output);
        for (int64_t row = 1; row < job->count; row++)
            job->take(output, input + row * job->inner, length);
        for (int64_t i = 0; job->divisor != 1 && i < length; i++)
            output[i] /= job->divisor;
    }
}

static void run(const struct kernel_call *call, int64_t inner, row_work *reduce_row, lane_work *take, bool is_mean)
{
    int64_t outputs = senet_shape_elements(call->outputs[0].shape);
    int64_t count = senet_shape_elements(call->inputs[0].shape) / outputs;
    struct reduce_job job = {reduce_row, take,  call->inputs[0].data,         call->outputs[0].data,
                             count,      inner, is_mean ? (float)count : 1.0f};
    team_run(call->team, outputs, parallel_grain(count), reduce_outputs, &job);
}

/* What lies behind the last of the reduced axes. */
static int64_t inner_elements(const struct kernel_call *call)
{
    const struct attribute *axes = node_attribute(call->params, "axes");
    const struct senet_shape *shape = call->inputs[0].shape;
    int64_t inner = 1;
    for (int64_t axis = axes->count ? axes->ints[axes->count - 1] + 1 : shape->rank; axis < shape->rank; axis++)
        inner *= shape->dim[axis];
    return inner;
}

void reduce_mean(const struct kernel_call *call)
{
    run(call, inner_elements(call), sum_floats, add_row, true);
}

void reduce_sum(const struct kernel_call *call)
{
    run(call, inner_elements(call), sum_floats, add_row, false);
}

void reduce_max(const struct kernel_call *call)
{
    run(call, inner_elements(call), max_floats, larger_row, false);
}

void global_average_pool(const struct kernel_call *call)
{
    run(call, 1, sum_floats, add_row, true);
}

void global_max_pool(const struct kernel_call *call)
{
    run(call, 1, max_floats, larger_row, false);
}
