#include <string.h>

#include "graph/ops.h"
#include "kernels/activation.h"
#include "kernels/binary.h"
#include "kernels/reference.h"

typedef float of_floats(float a, float b);
typedef int64_t of_integers(int64_t a, int64_t b);
typedef int64_t test_of_floats(float a, float b);

#define ARITHMETIC_FUNCTIONS(symbol, name, floats, integers)                                                           \
    static float name##_floats(float a, float b)                                                                       \
    {                                                                                                                  \
        return floats;                                                                                                 \
    }                                                                                                                  \
    static int64_t name##_integers(int64_t a, int64_t b)                                                               \
    {                                                                                                                  \
        return integers;                                                                                               \
    }
ARITHMETIC(ARITHMETIC_FUNCTIONS)
#undef ARITHMETIC_FUNCTIONS

#define COMPARISON_FUNCTIONS(symbol, name, expression)                                                                 \
    static int64_t name##_floats(float a, float b)                                                                     \
    {                                                                                                                  \
        return expression;                                                                                             \
    }                                                                                                                  \
    static int64_t name##_integers(int64_t a, int64_t b)                                                               \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
COMPARISONS(COMPARISON_FUNCTIONS)
#undef COMPARISON_FUNCTIONS

#define LOGIC_FUNCTIONS(symbol, name, expression)                                                                      \
    static int64_t name##_integers(int64_t a, int64_t b)                                                               \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
LOGIC(LOGIC_FUNCTIONS)
#undef LOGIC_FUNCTIONS

struct functions {
    of_floats *floats;
    test_of_floats *tests;
    of_integers *integers;
};

static struct functions find_functions(enum op op)
{
    switch (op) {
#define ARITHMETIC_CASE(symbol, name, floats, integers)                                                                \
    case OP_##symbol:                                                                                                  \
        return (struct functions){name##_floats, NULL, name##_integers};
        ARITHMETIC(ARITHMETIC_CASE)
#undef ARITHMETIC_CASE
#define COMPARISON_CASE(symbol, name, expression)                                                                      \
    case OP_##symbol:                                                                                                  \
        return (struct functions){NULL, name##_floats, name##_integers};
        COMPARISONS(COMPARISON_CASE)
#undef COMPARISON_CASE
#define LOGIC_CASE(symbol, name, expression)                                                                           \
    case OP_##symbol:                                                                                                  \
        return (struct functions){NULL, NULL, name##_integers};
        LOGIC(LOGIC_CASE)
#undef LOGIC_CASE
    default: /* Mean, which divides at the end */
        return (struct functions){add_floats, NULL, NULL};
    }
}

/* Two operators do with integers what an attribute says. */
static struct functions node_functions(const struct node *node)
{
    struct functions functions = find_functions(node->op);
    if (node->op == OP_MOD && node_attribute_int(node, "fmod", 0))
        functions.integers = remainder_truncated;
    if (node->op == OP_BIT_SHIFT && !strcmp(node_attribute(node, "direction")->s, "RIGHT"))
        functions.integers = shift_right;
    return functions;
}

/* What is computed from the elements of `a` and `b` at some offsets, and where it goes. */
struct pair {
    const struct activation *activation;
    struct functions functions;
    const void *a, *b;
    void *output;
};

typedef void pair_work(const struct pair *pair, int64_t a, int64_t b, int64_t output);

static void combine_floats(const struct pair *pair, int64_t a, int64_t b, int64_t output)
{
    float result = pair->functions.floats(((const float *)pair->a)[a], ((const float *)pair->b)[b]);
    ((float *)pair->output)[output] = activation_value(pair->activation, result);
}

static void test_floats(const struct pair *pair, int64_t a, int64_t b, int64_t output)
{
    ((int64_t *)pair->output)[output] = pair->functions.tests(((const float *)pair->a)[a], ((const float *)pair->b)[b]);
}

static void combine_integers(const struct pair *pair, int64_t a, int64_t b, int64_t output)
{
    ((int64_t *)pair->output)[output] =
        pair->functions.integers(((const int64_t *)pair->a)[a], ((const int64_t *)pair->b)[b]);
}

static void raise_float_to_integer(const struct pair *pair, int64_t a, int64_t b, int64_t output)
{
    float result = (float)pow((double)((const float *)pair->a)[a], (double)((const int64_t *)pair->b)[b]);
    ((float *)pair->output)[output] = activation_value(pair->activation, result);
}

static void raise_integer_to_float(const struct pair *pair, int64_t a, int64_t b, int64_t output)
{
    ((int64_t *)pair->output)[output] =
        truncated(pow((double)((const int64_t *)pair->a)[a], (double)((const float *)pair->b)[b]));
}

static pair_work *choose_work(const struct functions *functions, enum dtype a, enum dtype b)
{
    if (a != b) /* only Pow may mix them */
        return a == DTYPE_FLOAT32 ? raise_float_to_integer : raise_integer_to_float;
    if (a == DTYPE_INT64)
        return combine_integers;
    return functions->floats ? combine_floats : test_floats;
}

static void combine(const struct kernel_call *call, const struct tensor *a, const struct tensor *b)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->outputs[0].shape;
    struct pair pair = {&node->activation, node_functions(node), a->data, b->data, call->outputs[0].data};
    int64_t a_strides[SENET_MAX_RANK], b_strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    int64_t elements = senet_shape_elements(shape);
    pair_work *work = choose_work(&pair.functions, a->dtype, b->dtype);
    broadcast_strides(a->shape, shape, a_strides);
    broadcast_strides(b->shape, shape, b_strides);
    for (int64_t i = 0; i < elements; i++, index_advance(index, shape))
        work(&pair, index_offset(index, a_strides, shape->rank), index_offset(index, b_strides, shape->rank), i);
}

void reference_binary(const struct kernel_call *call)
{
    combine(call, &call->inputs[0], &call->inputs[1]);
}

static void broadcast_copy(const struct tensor *from, const struct tensor *to)
{
    int64_t strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    size_t size = dtype_size(to->dtype);
    int64_t elements = senet_shape_elements(to->shape);
    broadcast_strides(from->shape, to->shape, strides);
    for (int64_t i = 0; i < elements; i++, index_advance(index, to->shape))
        memcpy((char *)to->data + (size_t)i * size,
               (const char *)from->data + (size_t)index_offset(index, strides, to->shape->rank) * size, size);
}

/* The first operand in the output's shape, to which the others are added (or whatever the operator does). */
void reference_variadic(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *output = &call->outputs[0];
    broadcast_copy(&call->inputs[0], output);
    for (int i = 1; i < node->input_count; i++)
        combine(call, output, &call->inputs[i]);
    int64_t elements = node->op == OP_MEAN ? senet_shape_elements(output->shape) : 0;
    for (int64_t i = 0; i < elements; i++)
        ((float *)output->data)[i] /= (float)node->input_count;
}
