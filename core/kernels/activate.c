#include <string.h>

#include "graph/ops.h"
#include "kernels/planar.h"

struct activate {
    struct activation function;
    const struct simd *simd;
};

struct activate_job {
    const struct activate *params;
    const float *input;
    float *output;
};

bool activation_accepts(const struct node *node)
{
    return node->inputs[0]->dtype == DTYPE_FLOAT32;
}

enum senet_code activation_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct activate *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->simd = setup->simd;
    node_activation(node, &params->function);
    return SENET_OK;
}

static void activate_range(void *context, int64_t begin, int64_t end, int member)
{
    enum { CACHED = 4096 }; /* copied and changed while in the first-level cache */
    (void)member;
    const struct activate_job *job = context;
    const struct activate *params = job->params;
    for (int64_t first = begin; first < end; first += CACHED) {
        int64_t count = end - first < CACHED ? end - first : CACHED;
        memcpy(job->output + first, job->input + first, (size_t)count * sizeof *job->output);
        params->simd->activate(&params->function, -0.0f, job->output + first, count); /* zeros keep their sign */
    }
}

void activate(const struct kernel_call *call)
{
    struct activate_job job = {call->params, call->inputs[0].data, call->outputs[0].data};
    team_run(call->team, senet_shape_elements(call->outputs[0].shape), parallel_grain(1), activate_range, &job);
}
