/* Channel shuffles as exporters write them, and what only looks like one. */
#include "pass_builder.h"

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

struct shuffle {
    int64_t grouped[5], perm[5], back[4];
    int grouped_rank, views; /* views more between the Transpose and the end */
    bool read;               /* somebody else reads what lies between */
};

static const struct shuffle *shuffle;

static struct value *reshape(struct builder *builder, struct value *x, int rank, const int64_t *dims)
{
    return builder_binary(builder, OP_RESHAPE, x, builder_list(builder, rank, dims));
}

/* Of 2 x 6 x 4 x 5. */
static void build_shuffle(struct builder *builder)
{
    struct value *x = builder_unary(builder, OP_RELU, builder_graph_input(builder, SHAPE(2, 6, 4, 5)));
    struct value *grouped = reshape(builder, x, shuffle->grouped_rank, shuffle->grouped);
    struct node *transpose = builder_node(builder, OP_TRANSPOSE, 1, 1, grouped);
    struct attribute *perm = builder_attribute(transpose, "perm", ATTRIBUTE_INTS);
    perm->ints = shuffle->perm;
    perm->count = (size_t)shuffle->grouped_rank;
    struct value *turned = builder_append(builder, transpose), *y = turned;
    static const int64_t flat[] = {2, -1};
    for (int i = 0; i < shuffle->views; i++)
        y = reshape(builder, y, 2, flat);
    y = builder_unary(builder, OP_SIGMOID, reshape(builder, y, 4, shuffle->back));
    builder_graph_output(builder, y);
    if (shuffle->read)
        builder_graph_output(builder, builder_unary(builder, OP_RELU, turned));
}

static const struct shuffle recognised[] = {
    {{2, 2, 3, 4, 5}, {0, 2, 1, 3, 4}, {2, 6, 4, 5}, 5, 0, false},
    {{2, 3, 2, 20}, {0, 2, 1, 3}, {2, 6, 4, 5}, 4, 0, false},
    {{2, 2, 3, 4, 5}, {0, 2, 1, 3, 4}, {2, 6, 4, 5}, 5, 2, false},
};

START_TEST(a_channel_shuffle_becomes_one_node)
{
    shuffle = &recognised[_i];
    const struct graph *graph = pass_test(&pair, build_shuffle, pass_recognise_channel_shuffle);
    ck_assert_uint_eq(graph->node_count, 3);
    ck_assert_int_eq(graph->nodes[1]->op, OP_CHANNEL_SHUFFLE);
    ck_assert_int_eq(node_attribute_int(graph->nodes[1], "group", 0), recognised[_i].grouped[1]);
}
END_TEST

static const struct shuffle others[] = {
    {{2, 2, 3, 4, 5}, {0, 2, 1, 4, 3}, {2, 6, 4, 5}, 5, 0, false}, /* pixels are turned */
    {{2, 2, 3, 4, 5}, {1, 0, 2, 3, 4}, {2, 6, 4, 5}, 5, 0, false}, /* images are */
    {{2, 2, 3, 4, 5}, {0, 2, 1, 3, 4}, {2, 6, 5, 4}, 5, 0, false}, /* the end is another image */
    {{2, 6, 2, 2, 5}, {0, 2, 1, 3, 4}, {2, 6, 4, 5}, 5, 0, false}, /* rows are shuffled */
    {{4, 3, 1, 4, 5}, {0, 2, 1, 3, 4}, {2, 6, 4, 5}, 5, 0, false}, /* images are cut */
    {{2, 2, 3, 4, 5}, {0, 2, 1, 3, 4}, {2, 6, 4, 5}, 5, 0, true},
};

START_TEST(what_shuffles_otherwise_stays)
{
    shuffle = &others[_i];
    const struct graph *graph = pass_test(&pair, build_shuffle, pass_recognise_channel_shuffle);
    ck_assert_int_eq(pass_count(graph, OP_CHANNEL_SHUFFLE), 0);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel_shuffle");
    TCase *tcase = builder_case(suite, "pass");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, a_channel_shuffle_becomes_one_node, 0, sizeof recognised / sizeof *recognised);
    tcase_add_loop_test(tcase, what_shuffles_otherwise_stays, 0, sizeof others / sizeof *others);
    return harness_run(suite);
}
