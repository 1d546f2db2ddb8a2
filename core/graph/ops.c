#include "graph/ops.h"

#include <float.h>
#include <limits.h>
#include <string.h>

#include "graph/einsum.h"
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

/* Per input element one multiplication for each weight that leads from it. */
static int64_t macs_conv_transpose(const struct node *node)
{
    const struct senet_shape *weight = &node->inputs[1]->shape;
    return macs_multiply(senet_shape_elements(&node->inputs[0]->shape), senet_shape_elements(weight) / weight->dim[0]);
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

/* One for each combination of output and summed indices. */
static int64_t macs_einsum(const struct node *node)
{
    struct einsum einsum;
    struct senet_error ignored; /* infer has accepted the node */
    if (einsum_read(node, &einsum, &ignored))
        return 0;
    return macs_multiply(senet_shape_elements(&einsum.output), senet_shape_elements(&einsum.summed));
}

/* The two excitation layers. Squeeze and rescale are no matrix products. */
static int64_t macs_se(const struct node *node)
{
    return macs_multiply(node->inputs[0]->shape.dim[0], macs_multiply(2 * node->se->channels, node->se->reduced));
}

const struct op_info op_table[OP_COUNT] = {
#define OP_ROW(symbol, name, fewest, most, outputs, computed, infer, macs)                                             \
    [OP_##symbol] = {name, fewest, most, outputs, computed, infer, macs},
    OPERATORS(OP_ROW)
#undef OP_ROW
};

/* What passes make of several nodes; ONNX has no such operators. They are the last rows of operators.h. */
static bool is_ours(enum op op)
{
    return op >= OP_CHANNEL_SHUFFLE;
}

enum op op_find(const char *onnx_name)
{
    for (int op = 0; op < OP_COUNT; op++)
        if (!is_ours((enum op)op) && !strcmp(op_table[op].name, onnx_name))
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

bool value_integer(const struct value *value, int64_t *integer)
{
    size_t count;
    const int64_t *integers = value_int64s(value, &count);
    if (!integers || count != 1)
        return false;
    *integer = *integers;
    return true;
}

struct value *node_input(const struct node *node, int index)
{
    return index < node->input_count ? node->inputs[index] : NULL;
}

struct value *node_output(const struct node *node, int index)
{
    return index < node->output_count ? node->outputs[index] : NULL;
}

bool matmul_shapes(const struct node *node, struct senet_shape *a, struct senet_shape *b, struct senet_shape *product)
{
    *a = node->inputs[0]->shape;
    *b = node->inputs[1]->shape;
    if (a->rank == 1)
        *a = (struct senet_shape){2, {1, a->dim[0]}};
    if (b->rank == 1)
        *b = (struct senet_shape){2, {b->dim[0], 1}};
    *product = (struct senet_shape){a->rank > b->rank ? a->rank : b->rank, {0}};
    if (a->rank < 2 || b->rank < 2 || a->dim[a->rank - 1] != b->dim[b->rank - 2] || !shape_broadcast(a, b, 2, product))
        return false;
    product->dim[product->rank - 2] = a->dim[a->rank - 2];
    product->dim[product->rank - 1] = b->dim[b->rank - 1];
    return true;
}

bool clip_bounds(const struct node *node, float *low, float *high)
{
    *low = node_attribute_float(node, "min", -FLT_MAX);
    *high = node_attribute_float(node, "max", FLT_MAX);
    const struct value *minimum = node_input(node, 1), *maximum = node_input(node, 2);
    return (!minimum || value_scalar(minimum, low)) && (!maximum || value_scalar(maximum, high));
}

bool gelu_is_approximate(const struct node *node)
{
    const struct attribute *approximate = node_attribute(node, "approximate");
    return approximate && approximate->type == ATTRIBUTE_STRING && !strcmp(approximate->s, "tanh");
}

bool op_is_view(enum op op)
{
    return op == OP_RESHAPE || op == OP_FLATTEN || op == OP_SQUEEZE || op == OP_UNSQUEEZE;
}
