/* Operators that are told by integers where to read and write; numbers by hand or from ONNX's examples. */
#include "kernel_builder.h"

static struct builder builder;

static void set_up(void)
{
    builder_init(&builder, 1);
}

static void tear_down(void)
{
    builder_release(&builder);
}

static struct value *floats(struct senet_shape shape, const float *numbers)
{
    return builder_floats(&builder, shape, numbers);
}

static struct value *integers(struct senet_shape shape, const int64_t *numbers)
{
    return builder_int64s(&builder, shape, numbers);
}

/* As if the numbers came from the network: infer knows nothing of them. */
static void infer_blind(struct node *node, int input)
{
    struct value *value = node->inputs[input];
    const void *data = value->data;
    value->data = NULL;
    builder_infer(&builder, node);
    value->data = data;
}

START_TEST(gather_takes_slices)
{
    static const int64_t list[] = {-1, 0}, columns[] = {2, 3, 0, 1};
    static const float rows[] = {2, 3, 0, 1}, turned[] = {1, 0, 3, 2};
    struct value *data = builder_counting(&builder, SHAPE(2, 2));
    struct node *node = builder_node(&builder, OP_GATHER, 1, 2, data, integers(SHAPE(2), list));
    builder_infer(&builder, node);
    builder_expect_bytes(node, rows);
    node = builder_node(&builder, OP_GATHER, 1, 2, data, integers(SHAPE(2), list));
    builder_int(node, "axis", 1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, turned);
    node = builder_node(&builder, OP_GATHER, 1, 2, builder_counting_integers(&builder, SHAPE(4)),
                        integers(SHAPE(2, 2), columns));
    builder_infer(&builder, node);
    ck_assert_int_eq(node->outputs[0]->shape.rank, 2);
    builder_expect_bytes(node, columns);
}
END_TEST

START_TEST(gather_elements_and_scatter_elements_are_each_others_inverse)
{
    static const int64_t places[] = {1, 0, 2, 2, 1, 0};
    static const float gathered[] = {1, 0, 2, 5, 4, 3};
    struct value *data = builder_counting(&builder, SHAPE(2, 3)), *indices = integers(SHAPE(2, 3), places);
    struct node *node = builder_node(&builder, OP_GATHER_ELEMENTS, 1, 2, data, indices);
    builder_int(node, "axis", -1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, gathered);
    node = builder_node(&builder, OP_SCATTER_ELEMENTS, 1, 3, data, indices, floats(SHAPE(2, 3), gathered));
    builder_int(node, "axis", 1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, data->data);
}
END_TEST

START_TEST(gather_nd_reads_tuples)
{
    static const int64_t pairs[] = {0, 0, 1, -1}, single[] = {1, 0};
    static const float elements[] = {0, 3}, batches[] = {2, 3, 4, 5};
    struct node *node = builder_node(&builder, OP_GATHER_ND, 1, 2, builder_counting(&builder, SHAPE(2, 2)),
                                     integers(SHAPE(2, 2), pairs));
    builder_infer(&builder, node);
    builder_expect_bytes(node, elements);
    node = builder_node(&builder, OP_GATHER_ND, 1, 2, builder_counting(&builder, SHAPE(2, 2, 2)),
                        integers(SHAPE(2, 1), single));
    builder_int(node, "batch_dims", 1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, batches);
}
END_TEST

START_TEST(scatter_reduces)
{
    static const int64_t places[] = {1, 1, 0};
    static const float updates[] = {5, 3, -2};
    static const struct {
        const char *reduction;
        float floats[2];
        int64_t integers[2];
    } cases[] = {
        {NULL, {-2, 3}, {-2, 3}},      {"none", {-2, 3}, {-2, 3}}, {"add", {-2, 9}, {-2, 9}},
        {"mul", {-0.0f, 15}, {0, 15}}, {"max", {0, 5}, {0, 5}},    {"min", {-2, 1}, {-2, 1}},
    };
    static const int64_t same[] = {5, 3, -2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int nd = 0; nd < 2; nd++)
            for (int whole = 0; whole < 2; whole++) {
                struct value *data =
                    whole ? builder_counting_integers(&builder, SHAPE(2)) : builder_counting(&builder, SHAPE(2));
                struct value *with = whole ? integers(SHAPE(3), same) : floats(SHAPE(3), updates);
                struct value *indices = nd ? integers(SHAPE(3, 1), places) : integers(SHAPE(3), places);
                struct node *node =
                    builder_node(&builder, nd ? OP_SCATTER_ND : OP_SCATTER_ELEMENTS, 1, 3, data, indices, with);
                if (cases[i].reduction)
                    builder_string(node, "reduction", cases[i].reduction);
                builder_infer(&builder, node);
                builder_expect_bytes(node, whole ? (const void *)cases[i].integers : cases[i].floats);
            }
}
END_TEST

START_TEST(scatter_keeps_nan)
{
    static const int64_t places[] = {0, 1};
    static const float data[] = {NAN, 1}, updates[] = {1, NAN};
    static const char *const reductions[] = {"max", "min"};
    for (size_t i = 0; i < 2; i++) {
        void *results[1];
        struct node *node = builder_node(&builder, OP_SCATTER_ELEMENTS, 1, 3, floats(SHAPE(2), data),
                                         integers(SHAPE(2), places), floats(SHAPE(2), updates));
        builder_string(node, "reduction", reductions[i]);
        builder_infer(&builder, node);
        builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
        for (int element = 0; element < 2; element++)
            ck_assert(isnan(((float *)results[0])[element]));
        builder_free(node, results);
    }
}
END_TEST

START_TEST(scatter_nd_writes_slices)
{
    static const int64_t rows[] = {2, 0};
    static const float updates[] = {-1, -2, -3, -4}, expected[] = {-3, -4, 2, 3, -1, -2};
    struct node *node = builder_node(&builder, OP_SCATTER_ND, 1, 3, builder_counting(&builder, SHAPE(3, 2)),
                                     integers(SHAPE(2, 1), rows), floats(SHAPE(2, 2), updates));
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
}
END_TEST

/* A sanitiser sees what is outside. */
START_TEST(indices_of_a_run_stay_inside)
{
    static const int64_t wild[] = {INT64_MIN, INT64_MAX, -4, 3};
    static const float ends[] = {0, 2, 0, 2}, updates[] = {7, 8, 7, 8}, scattered[] = {7, 1, 8};
    struct value *data = builder_counting(&builder, SHAPE(3)), *with = floats(SHAPE(4), updates);
    struct node *nodes[] = {
        builder_node(&builder, OP_GATHER, 1, 2, data, integers(SHAPE(4), wild)),
        builder_node(&builder, OP_GATHER_ELEMENTS, 1, 2, data, integers(SHAPE(4), wild)),
        builder_node(&builder, OP_GATHER_ND, 1, 2, data, integers(SHAPE(4, 1), wild)),
        builder_node(&builder, OP_SCATTER_ELEMENTS, 1, 3, data, integers(SHAPE(4), wild), with),
        builder_node(&builder, OP_SCATTER_ND, 1, 3, data, integers(SHAPE(4, 1), wild), with),
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        infer_blind(nodes[i], 1);
        builder_expect_bytes(nodes[i], i < 3 ? ends : scattered);
    }
}
END_TEST

START_TEST(one_hot_marks_its_index)
{
    static const int64_t places[] = {1, -1, 5, INT64_MIN};
    static const float values[] = {2, 9}, expected[] = {2, 9, 2, 2, 2, 9, 2, 2, 2, 2, 2, 2};
    static const float along_0[] = {2, 2, 2, 2, 9, 2, 2, 2, 2, 9, 2, 2};
    struct value *indices = integers(SHAPE(4), places), *pair = floats(SHAPE(2), values);
    struct node *node = builder_node(&builder, OP_ONE_HOT, 1, 3, indices, builder_numbers(&builder, 1, 3), pair);
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
    node = builder_node(&builder, OP_ONE_HOT, 1, 3, indices, builder_numbers(&builder, 1, 3), pair);
    builder_int(node, "axis", 0);
    builder_infer(&builder, node);
    builder_expect_bytes(node, along_0);
}
END_TEST

START_TEST(non_zero_and_compress_find_their_elements)
{
    static const float sparse[] = {0, 5, 0, -1, 0, 2};
    static const int64_t expected[] = {0, 1, 1, 1, 0, 2};
    static const float columns[] = {0, 2, 3, 5}, flat[] = {1, 3};
    struct node *node = builder_node(&builder, OP_NON_ZERO, 1, 1, floats(SHAPE(2, 3), sparse));
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
    struct value *data = builder_counting(&builder, SHAPE(2, 3));
    node = builder_node(&builder, OP_COMPRESS, 1, 2, data, builder_numbers(&builder, 3, 1, 0, 1));
    builder_int(node, "axis", -1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, columns);
    node = builder_node(&builder, OP_COMPRESS, 1, 2, data, builder_numbers(&builder, 4, 0, 1, 0, 1));
    builder_infer(&builder, node);
    builder_expect_bytes(node, flat);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_index");
    TCase *tcase = builder_case(suite, "index");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, gather_takes_slices);
    tcase_add_test(tcase, gather_elements_and_scatter_elements_are_each_others_inverse);
    tcase_add_test(tcase, gather_nd_reads_tuples);
    tcase_add_test(tcase, scatter_reduces);
    tcase_add_test(tcase, scatter_keeps_nan);
    tcase_add_test(tcase, scatter_nd_writes_slices);
    tcase_add_test(tcase, indices_of_a_run_stay_inside);
    tcase_add_test(tcase, one_hot_marks_its_index);
    tcase_add_test(tcase, non_zero_and_compress_find_their_elements);
    return harness_run(suite);
}
