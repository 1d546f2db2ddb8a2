/* A 1x1 convolution and the depthwise convolution behind it as one step: the same numbers, and when it is one. */
#include "graph/conv.h"
#include "pass_builder.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* Expanded images of these are large enough. */
struct block {
    int64_t batch, channels, expanded, height, width;
    int kernel, stride, top, left, bottom, right; /* of the depthwise convolution, and its padding */
    bool biased, residual, scaled;
    enum activation_kind activation;
    enum { READ_ONCE, READ_TWICE, AN_OUTPUT } reading; /* of the expanded image */
};

static const struct block block_plain = {1, 8, 64, 96, 96, 3, 1, 1, 1, 1, 1, true, false, false, ACTIVATION_RELU, 0};

static struct block block; /* that `build` makes */

static struct value *bias(struct builder *builder)
{
    return block.biased ? builder_random(builder, SHAPE(block.expanded)) : NULL;
}

static struct value *expand(struct builder *builder, struct value *x)
{
    struct value *weights = builder_random(builder, SHAPE(block.expanded, block.channels, 1, 1));
    struct node *node = builder_node(builder, OP_CONV, 1, 3, x, weights, bias(builder));
    node->activation = (struct activation){.kind = block.activation, .a = 1.0f};
    return builder_append(builder, node);
}

static struct value *filter(struct builder *builder, struct value *x)
{
    int64_t height = (block.height + block.top + block.bottom - block.kernel) / block.stride + 1;
    int64_t width = (block.width + block.left + block.right - block.kernel) / block.stride + 1;
    struct senet_shape vector = SHAPE(block.batch, block.expanded, 1, 1);
    struct value *residual =
        block.residual ? builder_graph_input(builder, SHAPE(block.batch, block.expanded, height, width)) : NULL;
    struct value *scale = block.scaled ? builder_graph_input(builder, vector) : NULL;
    struct value *input_scale = block.scaled ? builder_graph_input(builder, vector) : NULL;
    struct value *weights = builder_random(builder, SHAPE(block.expanded, 1, block.kernel, block.kernel));
    struct node *node = builder_node(builder, OP_CONV, 1, 6, x, weights, bias(builder), residual, scale, input_scale);
    builder_ints(builder, node, "strides", 2, block.stride, block.stride);
    builder_ints(builder, node, "pads", 4, block.top, block.left, block.bottom, block.right);
    builder_int(node, "group", (int)block.expanded);
    node->activation = (struct activation){.kind = block.activation, .a = 1.0f};
    return builder_append(builder, node);
}

static void build(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(block.batch, block.channels, block.height, block.width));
    struct value *expanded = expand(builder, x);
    builder_graph_output(builder, filter(builder, expanded));
    if (block.reading == READ_TWICE)
        builder_graph_output(builder, builder_unary(builder, OP_RELU, expanded));
    if (block.reading == AN_OUTPUT)
        builder_graph_output(builder, expanded);
}

static struct senet_session *run(struct builder *builder, const struct kernel_table *kernels, const struct simd *simd,
                                 int threads, struct senet_model *model)
{
    struct senet_session *session = NULL;
    struct senet_error error = {SENET_OK, ""};
    uint32_t seed = 11;
    builder_init_graph(builder, 5);
    build(builder);
    model->graph = builder->graph;
    ck_assert_int_eq(plan_create(&builder->graph, kernels, simd, &model->plan, &error), SENET_OK);
    ck_assert_int_eq(senet_session_create(model, threads, &session, &error), SENET_OK);
    for (size_t i = 0; i < model->graph.input_count; i++) {
        float *input = senet_session_input(session, i);
        for (int64_t j = 0; j < senet_shape_elements(&model->graph.inputs[i]->shape); j++)
            input[j] = harness_random(&seed);
    }
    senet_session_run(session);
    return session;
}

/* Steps that compute a node along with theirs. */
static int count_absorbing(const struct plan *plan)
{
    int count = 0;
    for (size_t i = 0; i < plan->step_count; i++)
        count += plan->steps[i].absorbed >= 0;
    return count;
}

static void compare(const struct senet_model *plain, const struct senet_session *expected, const struct simd *simd,
                    int threads)
{
    struct builder builder;
    struct senet_model fused = {0};
    struct senet_session *actual = run(&builder, &kernel_table, simd, threads, &fused);
    ck_assert_int_eq(count_absorbing(fused.plan), block.reading == READ_ONCE);
    for (size_t i = 0; i < plain->graph.output_count; i++)
        builder_check_output(plain->graph.outputs[i], senet_session_output(expected, i),
                             senet_session_output(actual, i), 1e-5f, simd->name, threads, "expansion and depthwise");
    senet_session_free(actual);
    builder_release(&builder);
}

static void compare_all(const struct block *tested)
{
    struct builder builder;
    struct senet_model plain = {0};
    block = *tested;
    struct senet_session *expected = run(&builder, &reference_kernel_table, simd_at(0), 1, &plain);
    ck_assert_int_eq(count_absorbing(plain.plan), 0);
    for (size_t i = 0; simd_at(i); i++)
        for (int threads = 1; threads <= 3; threads += 2)
            compare(&plain, expected, simd_at(i), threads);
    senet_session_free(expected);
    builder_release(&builder);
}

static const struct {
    int kernel, stride, top, left, bottom, right;
    int64_t height, width;
} windows_tested[] = {
    {3, 1, 1, 1, 1, 1, 96, 96},  {3, 2, 0, 0, 1, 1, 96, 96},  {3, 2, 1, 1, 1, 1, 97, 91}, {5, 1, 2, 2, 2, 2, 93, 98},
    {5, 2, 1, 2, 2, 1, 97, 97},  {7, 3, 3, 3, 3, 3, 95, 95},  {1, 2, 0, 0, 0, 0, 96, 96}, {3, 1, 0, 0, 0, 0, 13, 700},
    {3, 1, 1, 1, 1, 1, 700, 13}, {5, 4, 2, 2, 2, 2, 3, 3000},
};

START_TEST(windows)
{
    struct block tested = block_plain;
    tested.kernel = windows_tested[_i].kernel, tested.stride = windows_tested[_i].stride;
    tested.top = windows_tested[_i].top, tested.left = windows_tested[_i].left;
    tested.bottom = windows_tested[_i].bottom, tested.right = windows_tested[_i].right;
    tested.height = windows_tested[_i].height, tested.width = windows_tested[_i].width;
    compare_all(&tested);
}
END_TEST

/* Blocks of channels do not come out even, nor do panels and vectors. */
static const int64_t channels_tested[][2] = {{3, 72}, {24, 144}, {5, 61}, {40, 65}, {1, 130}};

START_TEST(channels)
{
    struct block tested = block_plain;
    tested.channels = channels_tested[_i][0];
    tested.expanded = channels_tested[_i][1];
    compare_all(&tested);
}
END_TEST

START_TEST(everything_at_the_end)
{
    struct block tested = block_plain;
    tested.batch = 2;
    tested.activation = ACTIVATION_SWISH;
    tested.residual = _i & 1;
    tested.scaled = _i & 2;
    tested.biased = _i != 0;
    compare_all(&tested);
}
END_TEST

/* What somebody else reads has to be there. */
START_TEST(expanded_image_is_read_elsewhere)
{
    struct block tested = block_plain;
    tested.reading = _i;
    compare_all(&tested);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expand_depthwise");
    TCase *tcase = builder_case(suite, "expand_depthwise");
    tcase_add_loop_test(tcase, windows, 0, COUNT(windows_tested));
    tcase_add_loop_test(tcase, channels, 0, COUNT(channels_tested));
    tcase_add_loop_test(tcase, everything_at_the_end, 0, 4);
    tcase_add_loop_test(tcase, expanded_image_is_read_elsewhere, READ_TWICE, AN_OUTPUT + 1);
    return harness_run(suite);
}
