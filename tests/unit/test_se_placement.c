/* Where a block sits in its residual unit, on graphs made by hand: x is the unit's input, y its output. */
#include "se_forms.h"

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

/* ------------------------------------------------------------------- parts */

static struct value *conv3(struct builder *builder, struct value *x, int outputs, int stride)
{
    struct node *node =
        builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(outputs, x->shape.dim[1], 3, 3)));
    builder_ints(builder, node, "pads", 4, 1, 1, 1, 1);
    builder_ints(builder, node, "strides", 2, stride, stride);
    return builder_append(builder, node);
}

static struct value *conv1(struct builder *builder, struct value *x, int outputs, int stride)
{
    struct node *node =
        builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(outputs, x->shape.dim[1], 1, 1)));
    builder_ints(builder, node, "strides", 2, stride, stride);
    return builder_append(builder, node);
}

static struct value *relu(struct builder *builder, struct value *x)
{
    return builder_unary(builder, OP_RELU, x);
}

static struct value *sum(struct builder *builder, struct value *a, struct value *b)
{
    return builder_binary(builder, OP_ADD, a, b);
}

/* One that becomes a Rescale node keeps its excitation in the graph, whose layers are not the unit's. */
static bool keeps_nodes;

static struct value *se(struct builder *builder, struct value *x)
{
    return keeps_nodes ? form_max(builder, x) : form_canonical_conv(builder, x);
}

static struct value *branch(struct builder *builder, struct value *x, int stride)
{
    return conv3(builder, relu(builder, conv3(builder, x, FORM_CHANNELS, stride)), FORM_CHANNELS, 1);
}

/* ------------------------------------------------------------------- units */

static struct value *plain(struct builder *builder, struct value *x)
{
    return relu(builder, sum(builder, branch(builder, x, 1), x));
}

static struct value *standard(struct builder *builder, struct value *x)
{
    return relu(builder, sum(builder, se(builder, branch(builder, x, 1)), x));
}

static struct value *standard_projected(struct builder *builder, struct value *x)
{
    struct value *shortcut = conv1(builder, x, FORM_CHANNELS, 2);
    return relu(builder, sum(builder, shortcut, se(builder, branch(builder, x, 2))));
}

/* A normalisation that nothing has taken up, and a function, before the addition. */
static struct value *standard_normalised(struct builder *builder, struct value *x)
{
    struct value *y = builder_batch_norm(builder, relu(builder, se(builder, branch(builder, x, 1))));
    return sum(builder, y, x);
}

static struct value *pre(struct builder *builder, struct value *x)
{
    return relu(builder, sum(builder, branch(builder, se(builder, x), 1), x));
}

static struct value *pre_projected(struct builder *builder, struct value *x)
{
    struct value *y = branch(builder, se(builder, x), 2);
    return relu(builder, sum(builder, y, conv1(builder, x, FORM_CHANNELS, 2)));
}

static struct value *post(struct builder *builder, struct value *x)
{
    return se(builder, plain(builder, x));
}

/* Two more units behind, with and without a projection: both ways of each start from the block. */
static struct value *post_amid_units(struct builder *builder, struct value *x)
{
    x = plain(builder, post(builder, x));
    return relu(builder, sum(builder, branch(builder, x, 2), conv1(builder, x, FORM_CHANNELS, 2)));
}

static struct value *identity(struct builder *builder, struct value *x)
{
    return relu(builder, sum(builder, branch(builder, x, 1), se(builder, x)));
}

static struct value *identity_projected(struct builder *builder, struct value *x)
{
    struct value *shortcut = se(builder, conv1(builder, x, FORM_CHANNELS, 2));
    return relu(builder, sum(builder, branch(builder, x, 2), shortcut));
}

/* MobileNetV3, EfficientNet: expand, 3x3, block, project. */
static struct value *inverted(struct builder *builder, struct value *x)
{
    struct value *y = relu(builder, conv1(builder, x, FORM_CHANNELS, 1));
    y = se(builder, relu(builder, conv3(builder, y, FORM_CHANNELS, 1)));
    return sum(builder, conv1(builder, y, (int)x->shape.dim[1], 1), x);
}

/* The same with a stride, which has no addition; the next unit's is another's. */
static struct value *inverted_strided(struct builder *builder, struct value *x)
{
    struct value *y = relu(builder, conv1(builder, x, FORM_CHANNELS, 1));
    y = se(builder, relu(builder, conv3(builder, y, FORM_CHANNELS, 2)));
    return plain(builder, conv1(builder, y, FORM_CHANNELS, 1));
}

static struct value *no_unit(struct builder *builder, struct value *x)
{
    return conv3(builder, se(builder, relu(builder, conv3(builder, x, FORM_CHANNELS, 1))), FORM_CHANNELS, 1);
}

/* An inception module: a Concat is no addition. */
static struct value *after_concat(struct builder *builder, struct value *x)
{
    struct node *concat = builder_node(builder, OP_CONCAT, 1, 2, conv3(builder, x, 2, 1), conv1(builder, x, 4, 1));
    builder_int(concat, "axis", 1);
    return conv3(builder, se(builder, builder_append(builder, concat)), FORM_CHANNELS, 1);
}

/* What is added is the same for every image and position: a bias, or a scale that some call so. */
static struct value *before_bias(struct builder *builder, struct value *x)
{
    struct value *y = se(builder, relu(builder, conv3(builder, x, FORM_CHANNELS, 1)));
    return conv3(builder, sum(builder, y, builder_random(builder, SHAPE(1, 1, 5, 7))), FORM_CHANNELS, 1);
}

static const struct {
    const char *description;
    struct value *(*build)(struct builder *builder, struct value *x);
    const char *placement;
    bool from_input; /* the unit's input is the network's */
} units[] = {
    {"standard", standard, "standard", false},
    {"standard at the input", standard, "standard", true},
    {"standard, projected", standard_projected, "standard", false},
    {"standard, projected at the input", standard_projected, "standard", true},
    {"standard, normalised", standard_normalised, "standard", false},
    {"pre", pre, "pre", false},
    {"pre at the input", pre, "pre", true},
    {"pre, projected", pre_projected, "pre", false},
    {"post", post, "post", false},
    {"post amid units", post_amid_units, "post", false},
    {"identity", identity, "identity", false},
    {"identity at the input", identity, "identity", true},
    {"identity, projected", identity_projected, "identity", false},
    {"identity, projected at the input", identity_projected, "identity", true},
    {"inverted residual", inverted, "branch", false},
    {"inverted residual at the input", inverted, "branch", true},
    {"inverted, strided", inverted_strided, "none", false},
    {"no unit", no_unit, "none", false},
    {"after a concat", after_concat, "none", false},
    {"before a bias", before_bias, "none", false},
};

static int current;

/* A unit before, so that U may follow another addition. */
static void build_unit(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, FORM_CHANNELS, FORM_HEIGHT, FORM_WIDTH));
    x = units[current].build(builder, units[current].from_input ? x : plain(builder, x));
    builder_graph_output(builder, builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, x));
}

static void check(int index, bool keeps)
{
    current = index;
    keeps_nodes = keeps;
    const struct node *block = form_find(pass_test(&pair, build_unit, pass_all));
    ck_assert_ptr_nonnull(block);
    /* A gate of nodes is apart from its product where a convolution does that. */
    ck_assert(keeps ? block->op == OP_RESCALE || block->op == OP_GATE : block->op == OP_EXCITATION);
    ck_assert_msg(!strcmp(se_placement_text(block->se->placement), units[index].placement), "%s: %s is %s",
                  units[index].description, op_table[block->op].name, se_placement_text(block->se->placement));
}

START_TEST(the_place_of_a_block_is_told_from_the_graph)
{
    check(_i, false);
}
END_TEST

START_TEST(the_place_of_a_block_does_not_depend_on_its_form)
{
    check(_i, true);
}
END_TEST

/* Each unit's block is told by its own addition, however many follow. */
static void build_two_units(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, FORM_CHANNELS, FORM_HEIGHT, FORM_WIDTH));
    builder_graph_output(builder, post(builder, pre(builder, x)));
}

START_TEST(blocks_are_placed_each_in_its_unit)
{
    static const char *const placements[] = {"pre", "post"};
    const struct graph *graph = pass_test(&pair, build_two_units, pass_all);
    int blocks = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->se)
            ck_assert_str_eq(se_placement_text(graph->nodes[n]->se->placement), placements[blocks++]);
    ck_assert_int_eq(blocks, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("se_placement");
    TCase *tcase = builder_case(suite, "placement");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, the_place_of_a_block_is_told_from_the_graph, 0, (int)(sizeof units / sizeof *units));
    tcase_add_loop_test(tcase, the_place_of_a_block_does_not_depend_on_its_form, 0,
                        (int)(sizeof units / sizeof *units));
    tcase_add_test(tcase, blocks_are_placed_each_in_its_unit);
    return harness_run(suite);
}
