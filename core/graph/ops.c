#include "graph/ops.h"

#include <float.h>
#include <limits.h>
#include <string.h>

#include "graph/infer.h"

/* Keeps the sum over a graph of a million nodes inside 64 bits. No such node could be run in a lifetime. */
#define MACS_MAX ((int64_t)1 << 42)

/* a * b, both positive, at most MACS_MAX. */
static int64_t macs_multiply(int64_t a, int64_t b)
{
    return a > MACS_MAX / b ? MACS_MAX : a * b;
}

/* Per output element one multiplication for each weight that leads to it. */
static int64_t macs_conv(const struct node *node)
{
    const struct senet_shape *weight = &node->inputs[1]->shape;
    return macs_multiply(senet_shape_elements(&node->outputs[0]->shape), senet_shape_elements(weight) / weight->dim[0]);
}

static int64_t macs_gemm(const struct node *node)
{
    const struct senet_shape *a = &node->inputs[0]->shape;
    int64_t depth = a->dim[node_attribute_int(node, "transA", 0) ? 0 : 1];
    return macs_multiply(senet_shape_elements(&node->outputs[0]->shape), depth);
}

static int64_t macs_matmul(const struct node *node)
{
    const struct senet_shape *a = &node->inputs[0]->shape;
    return macs_multiply(senet_shape_elements(&node->outputs[0]->shape), a->dim[a->rank - 1]);
}

/* The two excitation layers. Squeeze and rescale are no matrix products. */
static int64_t macs_se(const struct node *node)
{
    return macs_multiply(node->inputs[0]->shape.dim[0], macs_multiply(2 * node->se->channels, node->se->reduced));
}

const struct op_info op_table[OP_COUNT] = {
    [OP_ADD] = {"Add", 2, 2, 1, infer_broadcast, NULL},
    [OP_AVERAGE_POOL] = {"AveragePool", 1, 1, 1, infer_pool, NULL},
    [OP_BATCH_NORMALIZATION] = {"BatchNormalization", 5, 5, 5, infer_batch_normalization, NULL},
    [OP_CLIP] = {"Clip", 1, 3, 1, infer_clip, NULL},
    [OP_CONCAT] = {"Concat", 1, INT_MAX, 1, infer_concat, NULL},
    [OP_CONSTANT] = {"Constant", 0, 0, 1, infer_constant, NULL},
    [OP_CONV] = {"Conv", 2, 3, 1, infer_conv, macs_conv},
    [OP_DROPOUT] = {"Dropout", 1, 3, 2, infer_dropout, NULL},
    [OP_FLATTEN] = {"Flatten", 1, 1, 1, infer_flatten, NULL},
    [OP_GEMM] = {"Gemm", 2, 3, 1, infer_gemm, macs_gemm},
    [OP_GLOBAL_AVERAGE_POOL] = {"GlobalAveragePool", 1, 1, 1, infer_global_pool, NULL},
    [OP_HARD_SIGMOID] = {"HardSigmoid", 1, 1, 1, infer_elementwise, NULL},
    [OP_HARD_SWISH] = {"HardSwish", 1, 1, 1, infer_elementwise, NULL},
    [OP_IDENTITY] = {"Identity", 1, 1, 1, infer_identity, NULL},
    [OP_MATMUL] = {"MatMul", 2, 2, 1, infer_matmul, macs_matmul},
    [OP_MAX_POOL] = {"MaxPool", 1, 1, 2, infer_pool, NULL},
    [OP_MUL] = {"Mul", 2, 2, 1, infer_broadcast, NULL},
    [OP_PAD] = {"Pad", 1, 4, 1, infer_pad, NULL},
    [OP_REDUCE_MEAN] = {"ReduceMean", 1, 2, 1, infer_reduce_mean, NULL},
    [OP_RELU] = {"Relu", 1, 1, 1, infer_elementwise, NULL},
    [OP_RESHAPE] = {"Reshape", 2, 2, 1, infer_reshape, NULL},
    [OP_SIGMOID] = {"Sigmoid", 1, 1, 1, infer_elementwise, NULL},
    [OP_SOFTMAX] = {"Softmax", 1, 1, 1, infer_softmax, NULL},
    [OP_SQUEEZE] = {"Squeeze", 1, 2, 1, infer_squeeze, NULL},
    [OP_TRANSPOSE] = {"Transpose", 1, 1, 1, infer_transpose, NULL},
    [OP_UNSQUEEZE] = {"Unsqueeze", 1, 2, 1, infer_unsqueeze, NULL},
    [OP_SE] = {"SE", 5, 5, 2, infer_se, macs_se},
};

enum op op_find(const char *onnx_name)
{
    for (int op = 0; op < OP_COUNT; op++)
        if (op != OP_SE && !strcmp(op_table[op].name, onnx_name)) /* ONNX has no SE */
            return (enum op)op;
    return OP_COUNT;
}

static const void *constant_data(const struct value *value, enum dtype dtype, size_t *count)
{
    if (!value || !value->data || value->dtype != dtype)
        return NULL;
    *count = (size_t)senet_shape_elements(&value->shape);
    return value->data;
}

const int64_t *value_int64s(const struct value *value, size_t *count)
{
    return constant_data(value, DTYPE_INT64, count);
}

const float *value_floats(const struct value *value, size_t *count)
{
    return constant_data(value, DTYPE_FLOAT32, count);
}

bool value_scalar(const struct value *value, float *scalar)
{
    size_t count;
    const float *floats = value_floats(value, &count);
    if (!floats || count != 1)
        return false;
    *scalar = *floats;
    return true;
}

struct value *node_input(const struct node *node, int index)
{
    return index < node->input_count ? node->inputs[index] : NULL;
}

bool clip_bounds(const struct node *node, float *low, float *high)
{
    *low = node_attribute_float(node, "min", -FLT_MAX);
    *high = node_attribute_float(node, "max", FLT_MAX);
    const struct value *minimum = node_input(node, 1), *maximum = node_input(node, 2);
    return (!minimum || value_scalar(minimum, low)) && (!maximum || value_scalar(maximum, high));
}

bool op_is_view(enum op op)
{
    return op == OP_RESHAPE || op == OP_FLATTEN || op == OP_SQUEEZE || op == OP_UNSQUEEZE;
}

bool node_activation(const struct node *node, struct activation *activation)
{
    struct activation found = {ACTIVATION_NONE, 0, 0};
    switch (node->op) {
    case OP_RELU:
        found.kind = ACTIVATION_RELU;
        break;
    case OP_CLIP:
        found.kind = ACTIVATION_CLIP;
        if (!clip_bounds(node, &found.a, &found.b))
            return false;
        break;
    case OP_SIGMOID:
        found.kind = ACTIVATION_SIGMOID;
        break;
    case OP_HARD_SIGMOID:
        found.kind = ACTIVATION_HARD_SIGMOID;
        found.a = node_attribute_float(node, "alpha", 0.2f);
        found.b = node_attribute_float(node, "beta", 0.5f);
        break;
    case OP_HARD_SWISH:
        found.kind = ACTIVATION_HARD_SWISH;
        break;
    default:
        return false;
    }
    *activation = found;
    return true;
}
