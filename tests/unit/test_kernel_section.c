/* Expand, Pad, Slice and Tile against their definitions, one element after the other. */
#include "kernel_builder.h"

/* The shape of every input: each test changes axis `_i`. */
static const int64_t dims[] = {2, 5, 3};

/* Where output element `at` along the axis comes from, or -1: the constant 9. */
typedef int64_t origin(const void *rule, int64_t at);

/* All of the output of `node`, which changes `axis` of a counting input. */
static void check_axis(struct builder *builder, struct node *node, int axis, origin *from, const void *rule,
                       const char *description)
{
    void *results[1];
    int64_t strides[] = {15, 3, 1}, out[3], index[3];
    const struct value *output = node->outputs[0];
    builder_infer(builder, node);
    for (int i = 0; i < 3; i++)
        out[i] = output->shape.dim[i];
    for (int team = 0; team < 2; team++) {
        builder_run(kernel_find(&kernel_table, node), node, builder->teams[team], NULL, results);
        for (int64_t i = 0; i < out[0] * out[1] * out[2]; i++) {
            index[0] = i / (out[1] * out[2]);
            index[1] = i / out[2] % out[1];
            index[2] = i % out[2];
            index[axis] = from(rule, index[axis]);
            int64_t expected =
                index[axis] < 0 ? 9 : index[0] * strides[0] + index[1] * strides[1] + index[2] * strides[2];
            int64_t actual =
                output->dtype == DTYPE_INT64 ? ((int64_t *)results[0])[i] : (int64_t)((float *)results[0])[i];
            ck_assert_msg(actual == expected, "%s, axis %d: element %lld is %lld, not %lld", description, axis,
                          (long long)i, (long long)actual, (long long)expected);
        }
        free(results[0]);
    }
}

static struct value *input_of(struct builder *builder, bool integers)
{
    struct senet_shape shape = SHAPE(dims[0], dims[1], dims[2]);
    return integers ? builder_counting_integers(builder, shape) : builder_counting(builder, shape);
}

/* ------------------------------------------------------------------- Slice */

struct python_slice {
    int64_t elements[8];
    int64_t count;
};

/* As Python's indices() finds them, by walking. */
static struct python_slice python_slice(int64_t start, int64_t end, int64_t step, int64_t dim)
{
    struct python_slice slice = {{0}, 0};
    int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? dim : dim - 1;
    start += start < 0 ? dim : 0;
    end += end < 0 ? dim : 0;
    start = start < lowest ? lowest : start > highest ? highest : start;
    end = end < lowest ? lowest : end > highest ? highest : end;
    for (int64_t at = start; step > 0 ? at < end : at > end; at += step)
        slice.elements[slice.count++] = at;
    return slice;
}

static int64_t slice_origin(const void *rule, int64_t at)
{
    return ((const struct python_slice *)rule)->elements[at];
}

START_TEST(slice_takes_what_python_takes)
{
    int64_t dim = dims[_i];
    for (int start = -7; start <= 7; start++)
        for (int end = -7; end <= 7; end++)
            for (int step = -4; step <= 4; step++) {
                struct python_slice expected = {{0}, 0};
                if (step)
                    expected = python_slice(start, end, step, dim);
                if (!expected.count)
                    continue;
                struct builder builder;
                char text[80];
                builder_init(&builder, 1);
                struct node *node = builder_node(&builder, OP_SLICE, 1, 5, input_of(&builder, (start + end) & 1),
                                                 builder_numbers(&builder, 1, start), builder_numbers(&builder, 1, end),
                                                 builder_numbers(&builder, 1, _i), builder_numbers(&builder, 1, step));
                builder_infer(&builder, node);
                ck_assert_int_eq(node->outputs[0]->shape.dim[_i], expected.count);
                snprintf(text, sizeof text, "[%d:%d:%d]", start, end, step);
                check_axis(&builder, node, _i, slice_origin, &expected, text);
                builder_release(&builder);
            }
}
END_TEST

START_TEST(slice_of_nothing_is_nothing)
{
    const struct senet_shape shape = {1, {0}};
    struct builder builder;
    builder_init(&builder, 1);
    for (int step = -1; step <= 1; step += 2) {
        struct node *node = builder_node(&builder, OP_SLICE, 1, 5, builder_int64s(&builder, shape, &shape.dim[0]),
                                         builder_numbers(&builder, 1, -1), builder_numbers(&builder, 1, -9),
                                         builder_numbers(&builder, 1, 0), builder_numbers(&builder, 1, step));
        builder_infer(&builder, node);
        ck_assert_int_eq(node->outputs[0]->shape.dim[0], 0);
    }
    builder_release(&builder);
}
END_TEST

/* --------------------------------------------------------------------- Pad */

struct pad_rule {
    const char *mode;
    int64_t begin, dim;
};

/* Walks back into the tensor, one reflection or turn at a time. */
static int64_t pad_origin(const void *context, int64_t at)
{
    const struct pad_rule *rule = context;
    int64_t place = at - rule->begin, last = rule->dim - 1;
    while (place < 0 || place > last) {
        if (!strcmp(rule->mode, "constant"))
            return -1;
        if (!strcmp(rule->mode, "edge"))
            place = place < 0 ? 0 : last;
        else if (!strcmp(rule->mode, "wrap"))
            place += place < 0 ? rule->dim : -rule->dim;
        else
            place = place < 0 ? -place : 2 * last - place;
    }
    return place;
}

START_TEST(pad_continues_as_its_mode_says)
{
    static const char *const modes[] = {"constant", "edge", "reflect", "wrap"};
    for (size_t mode = 0; mode < 4; mode++)
        for (int begin = -1; begin <= 7; begin++)
            for (int end = -1; end <= 7; end += 2) {
                struct pad_rule rule = {modes[mode], begin, dims[_i]};
                struct builder builder;
                bool integers = (begin & 1) != 0;
                static const float nine = 9;
                bool folds = mode >= 2, mixed = (begin < 0) != (end < 0) && begin && end;
                if (dims[_i] + begin + end < 1 || (folds && mixed))
                    continue;
                builder_init(&builder, 1);
                struct value *fill = integers ? builder_numbers(&builder, 1, 9)
                                              : builder_floats(&builder, (struct senet_shape){0}, &nine);
                struct node *node =
                    builder_node(&builder, OP_PAD, 1, 4, input_of(&builder, integers),
                                 builder_numbers(&builder, 2, begin, end), fill, builder_numbers(&builder, 1, _i - 3));
                builder_string(node, "mode", modes[mode]);
                check_axis(&builder, node, _i, pad_origin, &rule, modes[mode]);
                builder_release(&builder);
            }
}
END_TEST

START_TEST(pad_frames_several_axes_at_once)
{
    static const float expected[] = {3, 2, 3, 2, 1, 0, 1, 0, 3, 2, 3, 2};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_PAD, 1, 2, builder_counting(&builder, SHAPE(2, 2)),
                                     builder_numbers(&builder, 4, 1, 1, 0, 1));
    builder_string(node, "mode", "reflect");
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

/* --------------------------------------------------------- Expand and Tile */

static int64_t tile_origin(const void *rule, int64_t at)
{
    return at % *(const int64_t *)rule;
}

START_TEST(tile_repeats)
{
    for (int repeats = 1; repeats <= 3; repeats++) {
        struct builder builder;
        builder_init(&builder, 1);
        struct value *list =
            builder_numbers(&builder, 3, _i == 0 ? repeats : 1, _i == 1 ? repeats : 1, _i == 2 ? repeats : 1);
        struct node *node = builder_node(&builder, OP_TILE, 1, 2, input_of(&builder, repeats == 2), list);
        check_axis(&builder, node, _i, tile_origin, &dims[_i], "tile");
        builder_release(&builder);
    }
}
END_TEST

START_TEST(expand_repeats_axes_of_one_element)
{
    static const int64_t expected[] = {0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_EXPAND, 1, 2, builder_counting_integers(&builder, SHAPE(3, 1)),
                                     builder_numbers(&builder, 3, 2, 1, 2));
    builder_infer(&builder, node);
    ck_assert_int_eq(node->outputs[0]->shape.rank, 3);
    builder_expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

START_TEST(sections_that_change_nothing_are_copies)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_counting(&builder, SHAPE(2, 3)), *scalar = builder_counting(&builder, SHAPE(1));
    scalar->shape.rank = 0;
    struct node *nodes[] = {
        builder_node(&builder, OP_EXPAND, 1, 2, input, builder_numbers(&builder, 2, 2, 3)),
        builder_node(&builder, OP_TILE, 1, 2, input, builder_numbers(&builder, 2, 1, 1)),
        builder_node(&builder, OP_SLICE, 1, 3, input, builder_numbers(&builder, 1, 0), builder_numbers(&builder, 1, 9)),
        builder_node(&builder, OP_PAD, 1, 2, input, builder_numbers(&builder, 4, 0, 0, 0, 0)),
        builder_node(&builder, OP_EXPAND, 1, 2, scalar, builder_int64s(&builder, SHAPE(0), input->data)),
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        builder_infer(&builder, nodes[i]);
        builder_expect_bytes(nodes[i], input->data);
    }
    builder_release(&builder);
}
END_TEST

/* Exporters' lists of nothing: only folding meets them. */
START_TEST(empty_lists_fold)
{
    struct builder builder;
    struct senet_error error;
    builder_init(&builder, 1);
    struct value *list = builder_counting_integers(&builder, SHAPE(4)),
                 *none = builder_counting_integers(&builder, SHAPE(0));
    struct node *nodes[] = {
        builder_node(&builder, OP_SLICE, 1, 3, list, builder_numbers(&builder, 1, 2), builder_numbers(&builder, 1, 2)),
        builder_node(&builder, OP_TILE, 1, 2, list, builder_numbers(&builder, 1, 0)),
        builder_node(&builder, OP_EXPAND, 1, 2, none, builder_numbers(&builder, 2, 3, 1)),
        builder_node(&builder, OP_TRANSPOSE, 1, 1, none),
        builder_node(&builder, OP_CONCAT, 1, 2, none, none),
        builder_node(&builder, OP_GATHER, 1, 2, list, none),
        builder_node(&builder, OP_RESHAPE, 1, 2, none, builder_numbers(&builder, 2, 0, 5)),
    };
    builder_int(nodes[4], "axis", 0);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        builder_infer(&builder, nodes[i]);
        ck_assert_int_eq(senet_shape_elements(&nodes[i]->outputs[0]->shape), 0);
        ck_assert_int_eq(node_fold(&builder.graph, nodes[i], &error), SENET_OK);
        ck_assert_ptr_nonnull(nodes[i]->outputs[0]->data);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_section");
    TCase *tcase = builder_case(suite, "section");
    tcase_add_loop_test(tcase, slice_takes_what_python_takes, 0, 3);
    tcase_add_test(tcase, slice_of_nothing_is_nothing);
    tcase_add_loop_test(tcase, pad_continues_as_its_mode_says, 0, 3);
    tcase_add_loop_test(tcase, tile_repeats, 0, 3);
    tcase_add_test(tcase, pad_frames_several_axes_at_once);
    tcase_add_test(tcase, expand_repeats_axes_of_one_element);
    tcase_add_test(tcase, sections_that_change_nothing_are_copies);
    tcase_add_test(tcase, empty_lists_fold);
    return harness_run(suite);
}
