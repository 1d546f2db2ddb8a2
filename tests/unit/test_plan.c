#include "plan/plan.h"

#include "graph/passes.h"
#include "plan_builder.h"

static bool is_conversion(const struct plan_step *step)
{
    return step->kernel == NULL;
}

static size_t count_conversions(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->step_count; i++)
        count += is_conversion(&plan->steps[i]);
    return count;
}

/* Sigmoid, four deep, over 1x1x4x16 floats: 256 bytes each. */
START_TEST(a_chain_takes_turns_while_input_and_output_keep_their_places)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *value = builder_graph_input(&builder, SHAPE(1, 1, 4, 16));
    for (int i = 0; i < 4; i++)
        value = builder_unary(&builder, OP_SIGMOID, value);
    builder_graph_output(&builder, value);
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    ck_assert_uint_eq(plan->step_count, 4);
    ck_assert_uint_eq(plan->tensor_count, 5);
    /* The input stays; the last three take turns in two places. */
    ck_assert_uint_eq(plan->arena_bytes, 3 * 256);
    size_t input = plan->tensors[plan->inputs[0]].offset;
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];
        ck_assert_int_eq(step->node, (int)i);
        ck_assert_int_eq(step->se_block, -1);
        ck_assert_uint_ne(plan->tensors[step->outputs[0]].offset, input);
        ck_assert_uint_ne(plan->tensors[step->outputs[0]].offset, plan->tensors[step->inputs[0]].offset);
    }
    ck_assert_int_eq(plan->outputs[0], plan->steps[3].outputs[0]);
    builder_release(&builder);
}
END_TEST

START_TEST(views_take_no_step_and_keep_their_operand_alive)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 2, 4, 8));
    struct value *sigmoid = builder_unary(&builder, OP_SIGMOID, input);
    struct value *flat = builder_flatten(&builder, sigmoid); /* node 1 */
    struct value *other = builder_unary(&builder, OP_RELU, builder_unary(&builder, OP_RELU, input));
    struct value *sum = builder_binary(&builder, OP_ADD, flat, builder_flatten(&builder, other));
    builder_graph_output(&builder, sum);
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    ck_assert_uint_eq(plan->step_count, 4);
    const struct plan_step *add = &plan->steps[3];
    ck_assert_int_eq(add->node, 5);
    const struct plan_tensor *view = &plan->tensors[add->inputs[0]];
    const struct plan_tensor *operand = &plan->tensors[plan->steps[0].outputs[0]];
    ck_assert_int_eq(view->shape.rank, 2);
    ck_assert_int_eq(operand->shape.rank, 4);
    ck_assert_uint_eq(view->offset, operand->offset);
    /* Neither Relu may write where the view will still be read. */
    ck_assert_uint_ne(plan->tensors[plan->steps[1].outputs[0]].offset, operand->offset);
    ck_assert_uint_ne(plan->tensors[plan->steps[2].outputs[0]].offset, operand->offset);
    builder_release(&builder);
}
END_TEST

START_TEST(a_value_is_converted_once_for_all_its_readers)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 9, 2, 2));
    struct value *a = builder_unary(&builder, OP_RELU, input), *b = builder_unary(&builder, OP_RELU, input);
    struct value *deep = builder_unary(&builder, OP_RELU, a); /* pixels to pixels: nothing to convert */
    struct value *sum = builder_binary(&builder, OP_ADD, builder_unary(&builder, OP_SIGMOID, b), b);
    builder_graph_output(&builder, deep);
    builder_graph_output(&builder, sum);
    const struct plan *plan = builder_plan(&builder, &mixed);
    /* input to pixels, b to planar, the output `deep` to planar */
    ck_assert_uint_eq(count_conversions(plan), 3);
    ck_assert_uint_eq(plan->step_count, 8);
    ck_assert(is_conversion(&plan->steps[0]) && is_conversion(&plan->steps[7]));
    ck_assert_int_eq(plan->steps[0].node, -1);
    ck_assert_int_eq(plan->tensors[plan->steps[1].inputs[0]].layout, LAYOUT_CHANNELS_LAST);
    ck_assert_int_eq(plan->steps[1].inputs[0], plan->steps[2].inputs[0]);
    ck_assert_int_eq(plan->tensors[plan->outputs[0]].layout, LAYOUT_PLANAR);
    ck_assert_int_eq(plan->tensors[plan->outputs[1]].layout, LAYOUT_PLANAR);
    builder_release(&builder);
}
END_TEST

START_TEST(one_pixel_lies_the_same_in_both_layouts)
{
    static const struct {
        int channels, width;
        size_t conversions;
    } cases[] = {{8, 1, 0}, {512, 1, 0}, {9, 1, 2}, {8, 2, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct builder builder;
        builder_init_graph(&builder, 1);
        struct kernel_table mixed = builder_mixed_table(&builder);
        struct value *input = builder_graph_input(&builder, SHAPE(2, cases[i].channels, 1, cases[i].width));
        builder_graph_output(&builder, builder_unary(&builder, OP_RELU, input));
        const struct plan *plan = builder_plan(&builder, &mixed);
        ck_assert_uint_eq(count_conversions(plan), cases[i].conversions);
        builder_release(&builder);
    }
}
END_TEST

/* 1 channel of 2x2 floats is 16 bytes planar and 128 in pixels of eight. */
START_TEST(pixels_have_room_for_their_padding)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 1, 2, 2));
    builder_graph_output(&builder, builder_unary(&builder, OP_RELU, input));
    const struct plan *plan = builder_plan(&builder, &mixed);
    /* Input 64 (kept), its pixels 128 beside Relu's 128; the planar output lies where the first pixels were. */
    ck_assert_uint_eq(plan->step_count, 3);
    ck_assert_uint_eq(plan->arena_bytes, 64 + 128 + 128);
    builder_release(&builder);
}
END_TEST

START_TEST(a_view_of_blocks_is_a_view_of_their_planar_copy)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 9, 2, 2));
    builder_graph_output(&builder, builder_flatten(&builder, builder_unary(&builder, OP_RELU, input)));
    const struct plan *plan = builder_plan(&builder, &mixed);
    ck_assert_uint_eq(plan->step_count, 3);
    ck_assert(is_conversion(&plan->steps[2]));
    ck_assert_uint_eq(plan->tensors[plan->outputs[0]].offset, plan->tensors[plan->steps[2].outputs[0]].offset);
    ck_assert_int_eq(plan->tensors[plan->outputs[0]].shape.rank, 2);
    builder_release(&builder);
}
END_TEST

/* Were the Sigmoids' places free once written, the copies in blocks would be laid over them. */
START_TEST(a_conversion_never_overwrites_what_it_reads)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct value *value = builder_graph_input(&builder, SHAPE(1, 8, 4, 4));
    for (int i = 0; i < 3; i++)
        value = builder_unary(&builder, OP_RELU, builder_unary(&builder, OP_SIGMOID, value));
    builder_graph_output(&builder, value);
    const struct plan *plan = builder_plan(&builder, &mixed);
    ck_assert_uint_eq(count_conversions(plan), 6);
    builder_release(&builder);
}
END_TEST

START_TEST(outputs_may_be_constants_inputs_views_and_repeated)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 2, 4, 8));
    struct value *constant = builder_random(&builder, SHAPE(3));
    struct value *flat = builder_flatten(&builder, input);
    struct value *flat_constant = builder_flatten(&builder, constant);
    struct value *relu = builder_unary(&builder, OP_RELU, input);
    struct value *outputs[] = {constant, input, flat, relu, relu, flat_constant};
    for (int i = 0; i < 6; i++)
        builder_graph_output(&builder, outputs[i]);
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    ck_assert_uint_eq(plan->output_count, 6);
    ck_assert_ptr_eq(plan->tensors[plan->outputs[0]].constant, constant->data);
    ck_assert_int_eq(plan->outputs[1], plan->inputs[0]);
    ck_assert_uint_eq(plan->tensors[plan->outputs[2]].offset, plan->tensors[plan->inputs[0]].offset);
    ck_assert_int_eq(plan->outputs[3], plan->outputs[4]);
    ck_assert_ptr_eq(plan->tensors[plan->outputs[5]].constant, constant->data);
    ck_assert_uint_eq(plan->step_count, 1);
    ck_assert_uint_eq(plan->arena_bytes, 2 * 256);
    builder_release(&builder);
}
END_TEST

/* Two images of 4 channels, 4x8: 1024 bytes; the workspace holds 2 * 2 hidden units. */
START_TEST(gates_are_kept_and_workspaces_share_the_arena)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *value = builder_graph_input(&builder, SHAPE(2, 4, 4, 8));
    for (int i = 0; i < 2; i++)
        value = builder_se(&builder, builder_unary(&builder, OP_SIGMOID, value), 2);
    builder_graph_output(&builder, value);
    struct senet_error error;
    ck_assert_int_eq(pass_lower_se(&builder.graph, &error), SENET_OK);
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    ck_assert_uint_eq(plan->gate_count, 2);
    ck_assert_int_eq(plan->steps[2].se_block, 0);
    ck_assert_int_eq(plan->steps[6].se_block, 1);
    size_t first_gate = plan->tensors[plan->gates[0]].offset;
    for (int i = 0; i < 2; i++) {
        const struct plan_tensor *gate = &plan->tensors[plan->gates[i]];
        ck_assert_int_eq(plan->gates[i], plan->steps[2 + 4 * i].outputs[0]);
        ck_assert_int_eq(gate->shape.rank, 2);
        ck_assert_int_eq(gate->shape.dim[1], 4);
    }
    ck_assert_uint_ne(first_gate, plan->tensors[plan->gates[1]].offset);
    ck_assert_uint_ne(first_gate, plan->steps[6].workspace);
    ck_assert_uint_eq(plan->steps[2].workspace % 64, 0);
    /* The input and two places for images, two gates; means and workspaces lie where the next image will. */
    ck_assert_uint_eq(plan->arena_bytes, 3 * 1024 + 2 * 64);
    builder_release(&builder);
}
END_TEST

START_TEST(member_scratch_is_the_largest_that_a_step_needs)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *value = builder_graph_input(&builder, SHAPE(1, 2, 5, 5));
    builder_graph_output(&builder, builder_conv(&builder, builder_conv(&builder, value, 3), 2));
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    size_t largest = 0;
    for (size_t i = 0; i < plan->step_count; i++) {
        ck_assert_uint_eq(plan->steps[i].member_bytes % 64, 0);
        largest = plan->steps[i].member_bytes > largest ? plan->steps[i].member_bytes : largest;
    }
    ck_assert_uint_gt(largest, 0);
    ck_assert_uint_eq(plan->member_bytes, largest);
    builder_release(&builder);
}
END_TEST

START_TEST(constants_and_omitted_inputs_are_told_apart)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 4)), *weights = builder_random(&builder, SHAPE(4, 2));
    struct node *node = builder_node(&builder, OP_GEMM, 1, 3, input, weights, NULL);
    builder_graph_output(&builder, builder_append(&builder, node));
    const struct plan *plan = builder_plan(&builder, &kernel_table);
    const struct plan_step *step = &plan->steps[0];
    ck_assert_int_eq(step->input_count, 3);
    ck_assert_int_eq(step->inputs[0], plan->inputs[0]);
    ck_assert_ptr_eq(plan->tensors[step->inputs[1]].constant, weights->data);
    ck_assert_int_eq(step->inputs[2], -1);
    builder_release(&builder);
}
END_TEST

/* 512 KiB of weights in an arena of constants; 1x256 by 256x512. */
static struct value *add_product(struct builder *builder, struct value *input, struct value *weights)
{
    return builder_append(builder, builder_node(builder, OP_GEMM, 1, 2, input, weights));
}

static struct value *new_weights(struct builder *builder)
{
    const struct senet_shape shape = SHAPE(256, 512);
    float *weights = graph_new_contents(&builder->graph, 256 * 512, sizeof *weights);
    for (size_t i = 0; i < 256 * 512; i++)
        weights[i] = harness_random(&builder->seed);
    return graph_add_constant(&builder->graph, "weights", DTYPE_FLOAT32, &shape, weights);
}

#define WEIGHT_BYTES ((size_t)512 << 10)
#define OTHER_BYTES ((size_t)8 << 10)

START_TEST(packed_weights_get_no_tensor_and_their_contents_go)
{
    struct builder builder;
    struct arena constants = {0};
    builder_init_graph(&builder, 1);
    builder.graph.constants = &constants;
    struct kernel_table packing = builder_packing_table(&builder);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 256)), *weights = new_weights(&builder);
    new_weights(&builder); /* as a pass leaves behind what it has replaced */
    builder_graph_output(&builder, add_product(&builder, input, weights));
    builder_graph_output(&builder, add_product(&builder, input, weights));
    float *before = memcpy(malloc(WEIGHT_BYTES), weights->data, WEIGHT_BYTES);
    const struct plan *plan = builder_plan(&builder, &packing);
    ck_assert_uint_eq(plan->tensor_count, 3);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(plan->steps[i].inputs[1], -1);
        ck_assert_mem_eq(plan->steps[i].params, before, WEIGHT_BYTES);
    }
    /* What both packed, and nothing of what the file had. */
    ck_assert_uint_ge(constants.total, 2 * WEIGHT_BYTES);
    ck_assert_uint_le(constants.total, 2 * WEIGHT_BYTES + OTHER_BYTES);
    free(before);
    builder_release(&builder);
    arena_release(&constants);
}
END_TEST

/* The product of two rows is no kernel's that packs. */
START_TEST(what_one_node_packs_and_another_reads_stays_once)
{
    struct builder builder;
    struct arena constants = {0};
    builder_init_graph(&builder, 1);
    builder.graph.constants = &constants;
    struct kernel_table packing = builder_packing_table(&builder);
    struct value *one = builder_graph_input(&builder, SHAPE(1, 256));
    struct value *two = builder_graph_input(&builder, SHAPE(2, 256));
    struct value *shared = new_weights(&builder), *own = new_weights(&builder), *given = new_weights(&builder);
    struct value *again = graph_add_constant(&builder.graph, "again", DTYPE_FLOAT32, &shared->shape, shared->data);
    builder_graph_output(&builder, add_product(&builder, one, shared));
    builder_graph_output(&builder, add_product(&builder, one, own));
    builder_graph_output(&builder, add_product(&builder, two, again));
    builder_graph_output(&builder, add_product(&builder, one, shared));
    builder_graph_output(&builder, given);
    float *before = memcpy(malloc(WEIGHT_BYTES), shared->data, WEIGHT_BYTES);
    const struct plan *plan = builder_plan(&builder, &packing);
    const int packed[] = {0, 1, 3};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(plan->steps[packed[i]].inputs[1], -1);
    ck_assert_ptr_eq(plan->tensors[plan->steps[2].inputs[1]].constant, shared->data);
    ck_assert_ptr_eq(plan->tensors[plan->outputs[4]].constant, given->data);
    ck_assert_mem_eq(shared->data, before, WEIGHT_BYTES);
    /* Two that are read, three that are packed. */
    ck_assert_uint_ge(constants.total, 5 * WEIGHT_BYTES);
    ck_assert_uint_le(constants.total, 5 * WEIGHT_BYTES + OTHER_BYTES);
    free(before);
    builder_release(&builder);
    arena_release(&constants);
}
END_TEST

static void expect_unsupported(struct builder *builder, const struct kernel_table *kernels, const char *named)
{
    struct plan *plan = NULL;
    struct senet_error error = {SENET_OK, ""};
    ck_assert_int_eq(plan_create(&builder->graph, kernels, simd_find(NULL), &plan, &error), SENET_MODEL_UNSUPPORTED);
    ck_assert_int_eq(error.code, SENET_MODEL_UNSUPPORTED);
    ck_assert_msg(strstr(error.message, named), "%s", error.message);
    ck_assert_ptr_null(plan);
}

START_TEST(a_node_without_kernel_is_named)
{
    struct builder builder;
    builder_init_graph(&builder, 1);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 4));
    builder_graph_output(&builder, builder_unary(&builder, OP_SIGMOID, input));
    builder.graph.nodes[0]->name = "/head/Sigmoid";
    expect_unsupported(&builder, &(struct kernel_table){.rows = NULL}, "/head/Sigmoid");
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = builder_case(suite, "plan");
    tcase_add_test(tcase, a_chain_takes_turns_while_input_and_output_keep_their_places);
    tcase_add_test(tcase, views_take_no_step_and_keep_their_operand_alive);
    tcase_add_test(tcase, a_value_is_converted_once_for_all_its_readers);
    tcase_add_test(tcase, one_pixel_lies_the_same_in_both_layouts);
    tcase_add_test(tcase, pixels_have_room_for_their_padding);
    tcase_add_test(tcase, a_view_of_blocks_is_a_view_of_their_planar_copy);
    tcase_add_test(tcase, a_conversion_never_overwrites_what_it_reads);
    tcase_add_test(tcase, outputs_may_be_constants_inputs_views_and_repeated);
    tcase_add_test(tcase, gates_are_kept_and_workspaces_share_the_arena);
    tcase_add_test(tcase, member_scratch_is_the_largest_that_a_step_needs);
    tcase_add_test(tcase, constants_and_omitted_inputs_are_told_apart);
    tcase_add_test(tcase, packed_weights_get_no_tensor_and_their_contents_go);
    tcase_add_test(tcase, what_one_node_packs_and_another_reads_stays_once);
    tcase_add_test(tcase, a_node_without_kernel_is_named);
    return harness_run(suite);
}
