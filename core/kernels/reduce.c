#include "kernels/planar.h"
#include "kernels/sum.h"

struct mean_job {
    const float *input;
    float *output;
    int64_t length;
};

/* The listed axes, which are in ascending order, are the last ones: each output is the mean of one row. */
bool reduce_mean_rows_accepts(const struct node *node)
{
    const struct attribute *axes = node_attribute(node, "axes");
    int64_t first = node->inputs[0]->shape.rank - (int64_t)axes->count;
    return axes->count == 0 || axes->ints[0] == first;
}

static void average_rows(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct mean_job *job = context;
    for (int64_t row = begin; row < end; row++)
        job->output[row] = sum_floats(job->input + row * job->length, job->length) / (float)job->length;
}

void mean_rows(const struct kernel_call *call)
{
    int64_t rows = senet_shape_elements(call->outputs[0].shape);
    struct mean_job job = {call->inputs[0].data, call->outputs[0].data,
                           senet_shape_elements(call->inputs[0].shape) / rows};
    team_run(call->team, rows, parallel_grain(job.length), average_rows, &job);
}
