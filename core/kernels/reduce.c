/*
 * Reductions over axes that lie side by side: the input is outer x count x inner, the output outer x inner. Squeezes
 * reduce the last axes, where inner is 1; spatial attention reduces the channels.
 */
#include <tgmath.h>

#include "graph/reduction.h"
#include "kernels/planar.h"
#include "kernels/sum.h"

#define FUNCTIONS(symbol, start, step, join, end)                                                                      \
    static inline float symbol##_step(float sum, float x)                                                              \
    {                                                                                                                  \
        return step;                                                                                                   \
    }                                                                                                                  \
    static inline float symbol##_join(float sum, float x)                                                              \
    {                                                                                                                  \
        return join;                                                                                                   \
    }                                                                                                                  \
    static inline float symbol##_end(float sum, float count)                                                           \
    {                                                                                                                  \
        (void)count;                                                                                                   \
        return end;                                                                                                    \
    }                                                                                                                  \
    static float symbol##_row(const float *values, int64_t count)                                                      \
    {                                                                                                                  \
        FOLD_LANES(start, symbol##_step, symbol##_join)                                                                \
        return symbol##_end(lanes[0], (float)count);                                                                   \
    }                                                                                                                  \
    static void symbol##_rows(const float *restrict input, int64_t pitch, int64_t count, int64_t columns,              \
                              float *restrict output)                                                                  \
    {                                                                                                                  \
        for (int64_t i = 0; i < columns; i++)                                                                          \
            output[i] = start;                                                                                         \
        for (int64_t row = 0; row < count; row++)                                                                      \
            for (int64_t i = 0; i < columns; i++)                                                                      \
                output[i] = symbol##_step(output[i], input[row * pitch + i]);                                          \
        for (int64_t i = 0; i < columns; i++)                                                                          \
            output[i] = symbol##_end(output[i], (float)count);                                                         \
    }
FAST_REDUCTIONS(FUNCTIONS)
#undef FUNCTIONS

static const struct reduction {
    float (*row)(const float *values, int64_t count); /* to one number */
    /* Columns of `count` rows, `pitch` apart, each to one number. */
    void (*rows)(const float *input, int64_t pitch, int64_t count, int64_t columns, float *output);
} reductions[OP_COUNT] = {
#define ROW(symbol, start, step, join, end) [OP_REDUCE_##symbol] = {symbol##_row, symbol##_rows},
    FAST_REDUCTIONS(ROW)
#undef ROW
        [OP_GLOBAL_AVERAGE_POOL] = {MEAN_row, MEAN_rows},
    [OP_GLOBAL_MAX_POOL] = {MAX_row, MAX_rows},
};

struct reduce {
    const struct reduction *reduction;
    int64_t count, inner;
};

struct reduce_job {
    const struct reduce *params;
    const float *input;
    float *output;
};

/* The listed axes, which are in ascending order, have none between them. */
bool reduce_accepts(const struct node *node)
{
    const struct attribute *axes = node_attribute(node, "axes");
    if (node->inputs[0]->dtype != DTYPE_FLOAT32)
        return false;
    return axes->count == 0 || axes->ints[axes->count - 1] - axes->ints[0] == (int64_t)axes->count - 1;
}

enum senet_code reduce_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reduce *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    bool is_global = node->op == OP_GLOBAL_AVERAGE_POOL || node->op == OP_GLOBAL_MAX_POOL;
    const struct attribute *axes = is_global ? NULL : node_attribute(node, "axes");
    int64_t behind = axes && axes->count ? axes->ints[axes->count - 1] + 1 : shape->rank;
    *params = (struct reduce){&reductions[node->op], 1, 1};
    for (int64_t axis = behind; axis < shape->rank; axis++)
        params->inner *= shape->dim[axis];
    params->count = senet_shape_elements(shape) / senet_shape_elements(&node->outputs[0]->shape);
    return SENET_OK;
}

/* Outputs begin..end-1, in pieces that lie in one row of `inner`. */
static void reduce_outputs(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct reduce_job *job = context;
    const struct reduce *params = job->params;
    for (int64_t first = begin, length; first < end; first += length) {
        int64_t column = first % params->inner;
        length = params->inner - column < end - first ? params->inner - column : end - first;
        const float *input = job->input + first / params->inner * params->count * params->inner + column;
        if (params->inner == 1)
            job->output[first] = params->reduction->row(input, params->count);
        else
            params->reduction->rows(input, params->inner, params->count, length, job->output + first);
    }
}

void reduce(const struct kernel_call *call)
{
    struct reduce_job job = {call->params, call->inputs[0].data, call->outputs[0].data};
    team_run(call->team, senet_shape_elements(call->outputs[0].shape), parallel_grain(job.params->count),
             reduce_outputs, &job);
}
