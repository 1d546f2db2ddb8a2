/* The reductions of graph/reduction.h, over any axes. */
#include "graph/reduction.h"

#include <math.h>

#include "kernels/integer.h"
#include "kernels/reference.h"

/* log(exp(a) + exp(b)) without an exponential that overflows. */
static double log_add_exp(double a, double b)
{
    double larger = a > b ? a : b, smaller = a > b ? b : a;
    return larger + (larger == smaller ? log(2) : log1p(exp(smaller - larger))); /* inf - inf is NaN */
}

#define FLOAT_FUNCTIONS(symbol, start, step, join, end)                                                                \
    static double symbol##_step(double sum, double x)                                                                  \
    {                                                                                                                  \
        return step;                                                                                                   \
    }                                                                                                                  \
    static double symbol##_end(double sum, double count)                                                               \
    {                                                                                                                  \
        (void)count;                                                                                                   \
        return end;                                                                                                    \
    }
REDUCTIONS(FLOAT_FUNCTIONS)
#undef FLOAT_FUNCTIONS

#define INTEGER_FUNCTIONS(symbol, start, step, join, end)                                                              \
    static int64_t symbol##_step_int64(int64_t sum, int64_t x)                                                         \
    {                                                                                                                  \
        return step;                                                                                                   \
    }                                                                                                                  \
    static int64_t symbol##_end_int64(int64_t sum, int64_t count)                                                      \
    {                                                                                                                  \
        (void)count;                                                                                                   \
        return end;                                                                                                    \
    }
INTEGER_REDUCTIONS(INTEGER_FUNCTIONS)
#undef INTEGER_FUNCTIONS

static const struct float_reduction {
    double start;
    double (*step)(double sum, double x);
    double (*end)(double sum, double count);
} float_reductions[OP_COUNT] = {
#define FLOAT_ROW(symbol, start, step, join, end) [OP_REDUCE_##symbol] = {start, symbol##_step, symbol##_end},
    REDUCTIONS(FLOAT_ROW)
#undef FLOAT_ROW
};

static const struct integer_reduction {
    int64_t start;
    int64_t (*step)(int64_t sum, int64_t x);
    int64_t (*end)(int64_t sum, int64_t count);
} integer_reductions[OP_COUNT] = {
#define INTEGER_ROW(symbol, start, step, join, end)                                                                    \
    [OP_REDUCE_##symbol] = {start, symbol##_step_int64, symbol##_end_int64},
    INTEGER_REDUCTIONS(INTEGER_ROW)
#undef INTEGER_ROW
};

/* The elements that go into one output, and the outputs: both as shapes of the input's rank, with ones between. */
struct walk {
    struct senet_shape kept, reduced;
    int64_t strides[SENET_MAX_RANK], outputs, count;
};

static struct walk plan_walk(const struct kernel_call *call)
{
    const struct attribute *axes = node_attribute(call->params, "axes");
    const struct senet_shape *shape = call->inputs[0].shape;
    struct walk walk = {.kept = *shape, .reduced = {shape->rank, {0}}};
    for (int axis = 0; axis < shape->rank; axis++)
        walk.reduced.dim[axis] = 1;
    for (size_t i = 0; i < axes->count; i++) {
        walk.reduced.dim[axes->ints[i]] = shape->dim[axes->ints[i]];
        walk.kept.dim[axes->ints[i]] = 1;
    }
    broadcast_strides(shape, shape, walk.strides);
    walk.outputs = senet_shape_elements(&walk.kept);
    walk.count = senet_shape_elements(&walk.reduced);
    return walk;
}

static float reduce_floats(const struct float_reduction *reduction, const struct walk *walk, const float *input)
{
    int64_t index[SENET_MAX_RANK] = {0};
    double sum = reduction->start;
    for (int64_t i = 0; i < walk->count; i++, index_advance(index, &walk->reduced))
        sum = reduction->step(sum, (double)input[index_offset(index, walk->strides, walk->reduced.rank)]);
    return (float)reduction->end(sum, (double)walk->count);
}

static int64_t reduce_integers(const struct integer_reduction *reduction, const struct walk *walk, const int64_t *input)
{
    int64_t index[SENET_MAX_RANK] = {0}, sum = reduction->start;
    for (int64_t i = 0; i < walk->count; i++, index_advance(index, &walk->reduced))
        sum = reduction->step(sum, input[index_offset(index, walk->strides, walk->reduced.rank)]);
    return reduction->end(sum, walk->count);
}

void reference_reduce(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *input = &call->inputs[0], *output = &call->outputs[0];
    struct walk walk = plan_walk(call);
    int64_t index[SENET_MAX_RANK] = {0};
    for (int64_t i = 0; i < walk.outputs; i++, index_advance(index, &walk.kept)) {
        int64_t first = index_offset(index, walk.strides, walk.kept.rank);
        if (input->dtype == DTYPE_INT64)
            ((int64_t *)output->data)[i] =
                reduce_integers(&integer_reductions[node->op], &walk, (const int64_t *)input->data + first);
        else
            ((float *)output->data)[i] =
                reduce_floats(&float_reductions[node->op], &walk, (const float *)input->data + first);
    }
}

/* Over the listed axes: (x - mean) / (standard deviation + 1e-9), as ONNX spells it out. */
void reference_mean_variance(const struct kernel_call *call)
{
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    struct walk walk = plan_walk(call);
    int64_t index[SENET_MAX_RANK] = {0};
    for (int64_t i = 0; i < walk.outputs; i++, index_advance(index, &walk.kept)) {
        int64_t first = index_offset(index, walk.strides, walk.kept.rank), inner[SENET_MAX_RANK] = {0};
        double sum = 0, squares = 0;
        for (int64_t j = 0; j < walk.count; j++, index_advance(inner, &walk.reduced))
            sum += (double)input[first + index_offset(inner, walk.strides, walk.kept.rank)];
        double mean = sum / (double)walk.count;
        for (int64_t j = 0; j < walk.count; j++, index_advance(inner, &walk.reduced)) {
            double distance = (double)input[first + index_offset(inner, walk.strides, walk.kept.rank)] - mean;
            squares += distance * distance;
        }
        double deviation = sqrt(squares / (double)walk.count) + 1e-9;
        for (int64_t j = 0; j < walk.count; j++, index_advance(inner, &walk.reduced)) {
            int64_t at = first + index_offset(inner, walk.strides, walk.kept.rank);
            output[at] = (float)(((double)input[at] - mean) / deviation);
        }
    }
}
