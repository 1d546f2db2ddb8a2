/* Activations as exporters spell them, and look-alikes that must stay as they are. */
#include "pass_builder.h"

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

/*
 * An expression in postfix order: "x" is the operand, "y" another tensor of its shape, a number a constant without
 * axes, "=" gives what is on top out as an output of the graph as well, and a name is an operator, "Clip:0:6" one whose
 * parameters follow. What one operator leaves is the next one's operand; "dup" repeats it.
 */
struct expression {
    const char *text;
    enum op op; /* what the pass leaves, alone */
    float a, b;
};

static const struct expression spelled[] = {
    /* SiLU: PyTorch, and by hand. */
    {"x x Sigmoid Mul", OP_SWISH, 1, 0},
    {"x Sigmoid x Mul", OP_SWISH, 1, 0},
    {"x x 1.702 Mul Sigmoid Mul", OP_SWISH, 1.702f, 0},
    /* Hard-swish, by every order of factors. */
    {"x x HardSigmoid:0.16666667:0.5 Mul", OP_HARD_SWISH, 0, 0},
    {"x HardSigmoid:0.166667:0.5 x Mul", OP_HARD_SWISH, 0, 0},
    {"x x 3 Add Clip:0:6 Mul 6 Div", OP_HARD_SWISH, 0, 0},
    {"x 3 x Add Clip:0:6 Mul 0.16666667 Mul", OP_HARD_SWISH, 0, 0},
    {"x x 3 Add Clip:0:6 6 Div Mul", OP_HARD_SWISH, 0, 0},
    {"x 3 Add Clip:0:6 0.16666667 Mul x Mul", OP_HARD_SWISH, 0, 0},
    {"x 6 Div x 3 Add Clip:0:6 Mul", OP_HARD_SWISH, 0, 0},
    {"x 3 Add Clip:0:6 0.16666667 x Mul Mul", OP_HARD_SWISH, 0, 0},
    {"x x 3 Add Relu 6 Min 6 Div Mul", OP_HARD_SWISH, 0, 0},
    {"x x 3 Add 0 Max 6 Min Mul 6 Div", OP_HARD_SWISH, 0, 0},
    {"0.16666667 x x 3 Add 6 Min 0 Max Mul Mul", OP_HARD_SWISH, 0, 0},
    /* Hard-sigmoid. */
    {"x 3 Add Clip:0:6 6 Div", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    {"x 3 Add Clip:0:6 0.16666667 Mul", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    {"0.16666667 3 x Add 0 Max 6 Min Mul", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    {"x 3 Add Relu 6 Min 6 Div", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    {"x -3 Sub Clip:0:6 6 Div", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    {"x 0.2 Mul 0.5 Add Clip:0:1", OP_HARD_SIGMOID, 0.2f, 0.5f},
    {"x 5 Div 0.5 Add 0 Max 1 Min", OP_HARD_SIGMOID, 0.2f, 0.5f},
    {"x 3 Add 6 Div Clip:0:1", OP_HARD_SIGMOID, 1 / 6.0f, 0.5f},
    /* GELU: TorchScript, decomposed by PyTorch, TensorFlow. */
    {"x x 1.4142135 Div Erf 1 Add Mul 0.5 Mul", OP_GELU, 0, 0},
    {"x 0.5 Mul x 0.70710678 Mul Erf 1 Add Mul", OP_GELU, 0, 0},
    {"0.5 x Mul 1 x 1.4142 Div Erf Add Mul", OP_GELU, 0, 0},
    {"x 0.5 x 0.70710678 Mul Erf 1 Add Mul Mul", OP_GELU, 0, 0},
    {"0.5 x x 0.70710678 Mul Erf 1 Add Mul Mul", OP_GELU, 0, 0},
    {"x x x 3 Pow 0.044715 Mul Add 0.7978846 Mul Tanh 1 Add Mul 0.5 Mul", OP_GELU, 1, 0},
    {"x 0.5 Mul x x 3 Pow 0.044715 Mul Add 0.7978846 Mul Tanh 1 Add Mul", OP_GELU, 1, 0},
    {"x x x 3 Pow 0.044715 Mul Add 0.7978846 Mul Tanh 1 Add 0.5 Mul Mul", OP_GELU, 1, 0},
    {"0.5 x 1 0.7978846 x 0.044715 x x x Mul Mul Mul Add Mul Tanh Add Mul Mul", OP_GELU, 1, 0},
    {"0.5 x Mul 1 0.7978846 x 0.044715 x x Mul x Mul Mul Add Mul Tanh Add Mul", OP_GELU, 1, 0},
    {"x 0.5 1 0.7978846 x 0.044715 x x Mul x Mul Mul Add Mul Tanh Add Mul Mul", OP_GELU, 1, 0},
    /* Mish, and the Softplus that is exact where exp would be large. */
    {"x x Softplus Tanh Mul", OP_MISH, 0, 0},
    {"x Exp 1 Add Log Tanh x Mul", OP_MISH, 0, 0},
    {"1 x Exp Add Log", OP_SOFTPLUS, 0, 0},
    {"x 20 Greater x x Softplus Where", OP_SOFTPLUS, 0, 0},
    {"x x 20 Greater x x Softplus Where Tanh Mul", OP_MISH, 0, 0},
    /* Bounds. */
    {"x 0 Max", OP_RELU, 0, 0},
    {"0 x Max", OP_RELU, 0, 0},
    {"x Relu 6 Min", OP_CLIP, 0, 6},
    {"x 6 Min Relu", OP_CLIP, 0, 6},
    {"x -1 Max 2 Min", OP_CLIP, -1, 2},
    {"x 2 Min -1 Max", OP_CLIP, -1, 2},
    {"x x 0.1 Mul Max", OP_LEAKY_RELU, 0.1f, 0},
    {"0.25 x Mul x Max", OP_LEAKY_RELU, 0.25f, 0},
};
enum { SPELLED = sizeof spelled / sizeof *spelled };

/* Nothing of these is one activation; the pass may still find smaller ones inside. */
static const struct {
    const char *text;
    enum op op; /* not to be found afterwards */
} look_alikes[] = {
    {"x y Sigmoid Mul", OP_SWISH},                  /* a gate */
    {"x x Sigmoid = Mul", OP_SWISH},                /* the sigmoid is read */
    {"x x Sigmoid dup Mul Mul", OP_SWISH},          /* twice */
    {"x x y Mul Sigmoid Mul", OP_SWISH},            /* not by a number */
    {"x x HardSigmoid:0.2:0.5 Mul", OP_HARD_SWISH}, /* another slope */
    {"x x 3.0001 Add Clip:0:6 Mul 6 Div", OP_HARD_SWISH},
    {"x x 3 Add Clip:0:6 Mul 6.1 Div", OP_HARD_SWISH},
    {"x x 3 Add Clip:0:6 Mul 6 Mul", OP_HARD_SWISH},
    {"x y 3 Add Clip:0:6 Mul 6 Div", OP_HARD_SWISH},
    {"x x 3 Add Clip:0:6 Mul = 6 Div", OP_HARD_SWISH},
    {"x 3 Add Clip:0:6 5 Div", OP_HARD_SIGMOID}, /* not 1 at the top */
    {"x 3 Add Clip:1:6 6 Div", OP_HARD_SIGMOID},
    {"x 3 Add = Clip:0:6 6 Div", OP_HARD_SIGMOID},
    {"6 x 3 Add Clip:0:6 Div", OP_HARD_SIGMOID}, /* a number by it, not it by a number */
    {"3 x Sub Clip:0:6 6 Div", OP_HARD_SIGMOID},
    {"x 0.2 Mul 0.5 Add Clip:0:2", OP_HARD_SIGMOID},
    {"x x 1.4143 Div Erf 1 Add Mul 0.5 Mul", OP_GELU},
    {"x y 1.4142135 Div Erf 1 Add Mul 0.5 Mul", OP_GELU},
    {"x x 1.4142135 Div Erf = 1 Add Mul 0.5 Mul", OP_GELU},
    {"x x 1.4142135 Div Erf 1 Sub Mul 0.5 Mul", OP_GELU},
    {"x x 3 x Pow 0.044715 Mul Add 0.7978846 Mul Tanh 1 Add Mul 0.5 Mul", OP_GELU},
    {"x y Softplus Tanh Mul", OP_MISH},
    {"x Exp 2 Add Log", OP_SOFTPLUS},
    {"x 0.00001 Max", OP_RELU}, /* zero is exact */
    {"x y Max", OP_RELU},
    {"x 2 Max -1 Min", OP_CLIP}, /* bounds that cross */
    {"x -1 Min Relu", OP_CLIP},
    {"x Relu = 6 Min", OP_CLIP},
    {"x x 1.5 Mul Max", OP_LEAKY_RELU},
    {"x x -0.5 Mul Max", OP_LEAKY_RELU},
};
enum { LOOK_ALIKES = sizeof look_alikes / sizeof *look_alikes };

static const char *text; /* to be built */
static struct senet_shape constant_shape;

enum { STACK = 16 };

static struct value *constant(struct builder *builder, const char *number)
{
    float *data = arena_alloc(&builder->arena, 1, sizeof *data);
    *data = strtof(number, NULL);
    return builder_floats(builder, constant_shape, data);
}

static void append_operator(struct builder *builder, char *word, struct value **stack, int *count)
{
    char *rest, *name = strtok_r(word, ":", &rest), *a = strtok_r(NULL, ":", &rest), *b = strtok_r(NULL, ":", &rest);
    enum op op = op_find(name);
    ck_assert_msg(op < OP_COUNT, "%s", name);
    int inputs = op == OP_MAX || op == OP_MIN ? 2 : op_table[op].min_inputs;
    ck_assert_int_ge(*count, inputs);
    *count -= inputs;
    struct node *node = builder_node(builder, op, 1, inputs, stack[*count], inputs > 1 ? stack[*count + 1] : NULL,
                                     inputs > 2 ? stack[*count + 2] : NULL);
    if (a)
        builder_float(node, op == OP_CLIP ? "min" : "alpha", strtof(a, NULL));
    if (b)
        builder_float(node, op == OP_CLIP ? "max" : "beta", strtof(b, NULL));
    stack[(*count)++] = builder_append(builder, node);
}

static void build(struct builder *builder)
{
    struct value *stack[STACK], *x = builder_graph_input(builder, SHAPE(2, 3, 4)),
                                *y = builder_graph_input(builder, SHAPE(2, 3, 4));
    int count = 0;
    char *words = arena_strdup(&builder->arena, text), *rest;
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(count, STACK);
        if (!strcmp(word, "x") || !strcmp(word, "y"))
            stack[count++] = *word == 'x' ? x : y;
        else if (!strcmp(word, "="))
            builder_graph_output(builder, stack[count - 1]);
        else if (!strcmp(word, "dup")) {
            stack[count] = stack[count - 1];
            count++;
        } else if (strspn(word, "-0123456789"))
            stack[count++] = constant(builder, word);
        else
            append_operator(builder, word, stack, &count);
    }
    ck_assert_int_eq(count, 1);
    builder_graph_output(builder, stack[0]);
}

static void check_result(const struct expression *expected)
{
    const struct graph *graph = &pair.after.graph;
    struct activation found;
    ck_assert_msg(graph->node_count == 1, "%s: %zu nodes", expected->text, graph->node_count);
    ck_assert_msg(graph->nodes[0]->op == expected->op, "%s: %s", expected->text, op_table[graph->nodes[0]->op].name);
    ck_assert_ptr_eq(graph->nodes[0]->inputs[0], graph->inputs[0]);
    ck_assert(node_activation(graph->nodes[0], &found));
    ck_assert_msg(fabsf(found.a - expected->a) <= 1e-6f && fabsf(found.b - expected->b) <= 1e-6f, "%s: %g %g",
                  expected->text, (double)found.a, (double)found.b);
}

START_TEST(a_spelled_activation_becomes_one_node)
{
    text = spelled[_i].text;
    constant_shape = (struct senet_shape){0};
    pass_test(&pair, build, pass_recognise_activations);
    check_result(&spelled[_i]);
}
END_TEST

START_TEST(constants_may_have_axes_of_one)
{
    text = spelled[_i].text;
    constant_shape = SHAPE(1, 1);
    pass_test(&pair, build, pass_recognise_activations);
    check_result(&spelled[_i]);
}
END_TEST

static bool has_constants(const char *expression)
{
    for (const char *at = expression; *at; at++)
        if (strspn(at, "0123456789") && (at == expression || at[-1] == ' '))
            return true;
    return false;
}

START_TEST(constants_that_add_axes_to_the_result_are_none)
{
    text = spelled[_i].text;
    constant_shape = SHAPE(1, 1, 1, 1);
    pass_test(&pair, build, pass_recognise_activations);
    if (has_constants(text))
        ck_assert_msg(pass_count(&pair.after.graph, spelled[_i].op) == pass_count(&pair.before.graph, spelled[_i].op),
                      "%s", text);
}
END_TEST

START_TEST(a_look_alike_stays)
{
    text = look_alikes[_i].text;
    constant_shape = (struct senet_shape){0};
    const struct graph *graph = pass_test(&pair, build, pass_recognise_activations);
    ck_assert_msg(pass_count(graph, look_alikes[_i].op) == (strstr(text, "Relu") && look_alikes[_i].op == OP_RELU),
                  "%s", text);
}
END_TEST

/* Softplus where x is small, x where it is not: the other way round is another function. */
START_TEST(operands_in_another_order_are_another_function)
{
    text = "20 x Greater x x Softplus Where";
    constant_shape = (struct senet_shape){0};
    ck_assert_uint_eq(pass_test(&pair, build, pass_recognise_activations)->node_count, 3);
}
END_TEST

/* A constant with several numbers is no number. */
static void build_scales(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(2, 3, 4));
    struct value *shifted = builder_binary(builder, OP_ADD, x, builder_random(builder, SHAPE(3, 1)));
    struct node *clip = builder_node(builder, OP_CLIP, 1, 1, shifted);
    builder_float(clip, "min", 0);
    builder_float(clip, "max", 6);
    builder_graph_output(builder,
                         builder_binary(builder, OP_DIV, builder_append(builder, clip), builder_scalar(builder, 6)));
}

START_TEST(a_constant_of_several_numbers_is_none)
{
    ck_assert_uint_eq(pass_test(&pair, build_scales, pass_recognise_activations)->node_count, 3);
}
END_TEST

/* Integers are not activated. */
static void build_integers(struct builder *builder)
{
    static const int64_t zero = 0;
    struct value *x = builder_graph_input(builder, SHAPE(2, 3, 4));
    struct node *cast = builder_node(builder, OP_CAST, 1, 1, x), *back;
    builder_int(cast, "to", 7);
    struct value *integers = builder_append(builder, cast);
    struct value *bounded =
        builder_binary(builder, OP_MAX, integers, builder_int64s(builder, (struct senet_shape){0}, &zero));
    back = builder_node(builder, OP_CAST, 1, 1, builder_unary(builder, OP_RELU, bounded));
    builder_int(back, "to", 1);
    builder_graph_output(builder, builder_append(builder, back));
}

START_TEST(integers_are_left_alone)
{
    const struct graph *graph = pass_test(&pair, build_integers, pass_all);
    ck_assert_int_eq(pass_count(graph, OP_MAX), 1);
    ck_assert_int_eq(pass_count(graph, OP_RELU), 1);
}
END_TEST

/* Convolution, then what PyTorch makes of Hardswish and Mish; both end up in the convolution before them. */
static void build_activated_convolutions(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, 3, 6, 5));
    for (int i = 0; i < 2; i++) {
        struct node *node =
            builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(4, x->shape.dim[1], 3, 3)));
        builder_ints(builder, node, "pads", 4, 1, 1, 1, 1);
        x = builder_append(builder, node);
        if (i == 0) {
            struct value *sum = builder_binary(builder, OP_ADD, x, builder_scalar(builder, 3));
            struct value *low = builder_binary(builder, OP_MAX, sum, builder_scalar(builder, 0));
            struct value *clipped = builder_binary(builder, OP_MIN, low, builder_scalar(builder, 6));
            struct value *product = builder_binary(builder, OP_MUL, x, clipped);
            x = builder_binary(builder, OP_DIV, product, builder_scalar(builder, 6));
        } else {
            struct value *tanh = builder_unary(builder, OP_TANH, builder_unary(builder, OP_SOFTPLUS, x));
            x = builder_binary(builder, OP_MUL, x, tanh);
        }
    }
    builder_graph_output(builder, x);
}

START_TEST(all_passes_leave_activated_convolutions)
{
    const struct graph *graph = pass_test(&pair, build_activated_convolutions, pass_all);
    ck_assert_uint_eq(graph->node_count, 2);
    ck_assert_int_eq(graph->nodes[0]->activation.kind, ACTIVATION_HARD_SWISH);
    ck_assert_int_eq(graph->nodes[1]->activation.kind, ACTIVATION_MISH);
    pass_compare_by(&pair, &kernel_table, "fast kernels");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recognise_activations");
    TCase *tcase = builder_case(suite, "recognise_activations");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, a_spelled_activation_becomes_one_node, 0, SPELLED);
    tcase_add_loop_test(tcase, constants_may_have_axes_of_one, 0, SPELLED);
    tcase_add_loop_test(tcase, constants_that_add_axes_to_the_result_are_none, 0, SPELLED);
    tcase_add_loop_test(tcase, a_look_alike_stays, 0, LOOK_ALIKES);
    tcase_add_test(tcase, operands_in_another_order_are_another_function);
    tcase_add_test(tcase, a_constant_of_several_numbers_is_none);
    tcase_add_test(tcase, integers_are_left_alone);
    tcase_add_test(tcase, all_passes_leave_activated_convolutions);
    return harness_run(suite);
}
