/* Shapes that exporters write as arithmetic on other shapes are constants once the input's shape is known. */
#include "pass_builder.h"

static struct builder builder;

static void set_up(void)
{
    builder_init_graph(&builder, 1);
}

static void tear_down(void)
{
    builder_release(&builder);
}

/* As the importer leaves nodes: nothing is inferred. */
static struct value *add(struct node *node)
{
    struct graph *graph = &builder.graph;
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            node->inputs[i]->uses++;
    graph->nodes[graph->node_count++] = node;
    return node->outputs[0];
}

static struct value *unary(enum op op, struct value *x)
{
    return add(builder_node(&builder, op, 1, 1, x));
}

static struct value *binary(enum op op, struct value *a, struct value *b)
{
    return add(builder_node(&builder, op, 1, 2, a, b));
}

static struct value *number(int i)
{
    struct value *list = builder_numbers(&builder, 1, i);
    list->shape.rank = 0;
    return list;
}

/* Dimension `axis` of x, as a list of one. */
static struct value *dimension(struct value *x, int axis)
{
    struct value *gathered = binary(OP_GATHER, unary(OP_SHAPE, x), number(axis));
    return binary(OP_UNSQUEEZE, gathered, builder_numbers(&builder, 1, 0));
}

static struct value *joined(struct value *a, struct value *b)
{
    struct node *node = builder_node(&builder, OP_CONCAT, 1, 2, a, b);
    builder_int(node, "axis", 0);
    return add(node);
}

/* All of it, for a batch of 3 images of 8 x 10. */
static const struct graph *optimise(struct value *output)
{
    const struct input_size size = {3, 8, 10};
    struct senet_error error = {SENET_OK, ""};
    builder_graph_output(&builder, output);
    enum senet_code code = graph_optimise(&builder.graph, &size, &error);
    ck_assert_msg(code == SENET_OK, "%s", error.message);
    pass_check_graph(&builder.graph);
    return &builder.graph;
}

static void expect_output(int rank, ...)
{
    const struct senet_shape *shape = &builder.graph.outputs[0]->shape;
    va_list list;
    va_start(list, rank);
    ck_assert_int_eq(shape->rank, rank);
    for (int axis = 0; axis < rank; axis++)
        ck_assert_int_eq(shape->dim[axis], va_arg(list, int));
    va_end(list);
}

static struct value *image(void)
{
    return builder_graph_input(&builder, SHAPE(-1, 4, -1, -1));
}

/* x.view(x.size(0), -1) */
START_TEST(a_view_by_batch_folds)
{
    struct value *x = image(), *target = joined(dimension(x, 0), builder_numbers(&builder, 1, -1));
    const struct graph *graph = optimise(unary(OP_RELU, binary(OP_RESHAPE, x, target)));
    expect_output(2, 3, 320);
    ck_assert_uint_eq(graph->node_count, 2);
}
END_TEST

/* F.interpolate(x, size=y.shape[2:]) */
START_TEST(a_size_taken_from_another_tensor_folds)
{
    struct value *x = image();
    struct node *pool = builder_node(&builder, OP_MAX_POOL, 1, 1, x);
    builder_ints(&builder, pool, "kernel_shape", 2, 2, 2);
    builder_ints(&builder, pool, "strides", 2, 2, 2);
    struct value *small = add(pool);
    struct node *slice = builder_node(&builder, OP_SLICE, 1, 3, unary(OP_SHAPE, x), builder_numbers(&builder, 1, 2),
                                      builder_numbers(&builder, 1, 4));
    struct node *begin = builder_node(&builder, OP_SLICE, 1, 3, unary(OP_SHAPE, small), builder_numbers(&builder, 1, 0),
                                      builder_numbers(&builder, 1, 2));
    struct value *sizes = joined(add(begin), add(slice));
    struct node *resize = builder_node(&builder, OP_RESIZE, 1, 4, small, NULL, NULL, sizes);
    const struct graph *graph = optimise(binary(OP_ADD, add(resize), x));
    expect_output(4, 3, 4, 8, 10);
    ck_assert_uint_eq(graph->node_count, 3);
}
END_TEST

/* torch.zeros(x.size(0), 5), expanded and filled where a range says. */
START_TEST(series_and_patterns_fold)
{
    struct value *x = image(),
                 *zeros = unary(OP_CONSTANT_OF_SHAPE, joined(dimension(x, 0), builder_numbers(&builder, 1, 5)));
    struct value *range = add(builder_node(&builder, OP_RANGE, 1, 3, number(4), number(-1), number(-2)));
    struct node *gather = builder_node(&builder, OP_GATHER, 1, 2, zeros, range);
    builder_int(gather, "axis", 1);
    struct value *size = binary(OP_UNSQUEEZE, unary(OP_SIZE, add(gather)), builder_numbers(&builder, 1, 0));
    const struct graph *graph = optimise(binary(OP_EXPAND, builder_random(&builder, SHAPE(1)), size));
    expect_output(1, 9);
    ck_assert_uint_eq(graph->node_count, 0);
    ck_assert_ptr_nonnull(graph->outputs[0]->data);
}
END_TEST

START_TEST(a_shape_that_a_run_computes_is_refused)
{
    const struct input_size size = {3, 8, 10};
    struct senet_error error = {SENET_OK, ""};
    struct value *x = image(), *list = builder_graph_input(&builder, SHAPE(1));
    list->dtype = DTYPE_INT64;
    struct value *output = binary(OP_RESHAPE, x, list);
    builder_graph_output(&builder, output);
    ck_assert_int_eq(graph_optimise(&builder.graph, &size, &error), SENET_MODEL_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.message, "is not an int64 constant"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shape_arithmetic");
    TCase *tcase = builder_case(suite, "folding");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_view_by_batch_folds);
    tcase_add_test(tcase, a_size_taken_from_another_tensor_folds);
    tcase_add_test(tcase, series_and_patterns_fold);
    tcase_add_test(tcase, a_shape_that_a_run_computes_is_refused);
    return harness_run(suite);
}
