/* Small graphs made by hand, with random weights, as the passes would leave them. */
#ifndef SENET_TESTS_PLAN_BUILDER_H
#define SENET_TESTS_PLAN_BUILDER_H

#include "kernel_builder.h"
#include "plan/plan.h"

#define BUILDER_NODES 32

static inline void builder_init_graph(struct builder *builder, uint32_t seed)
{
    builder_init(builder, seed);
    builder->graph.nodes = arena_alloc(&builder->arena, BUILDER_NODES, sizeof(struct node *));
    builder->graph.inputs = arena_alloc(&builder->arena, BUILDER_NODES, sizeof(struct value *));
    builder->graph.outputs = arena_alloc(&builder->arena, BUILDER_NODES, sizeof(struct value *));
}

static inline struct value *builder_graph_input(struct builder *builder, struct senet_shape shape)
{
    struct value *value = graph_add_value(&builder->graph, "input");
    value->shape = shape;
    builder->graph.inputs[builder->graph.input_count++] = value;
    return value;
}

static inline void builder_graph_output(struct builder *builder, struct value *value)
{
    value->uses++;
    builder->graph.outputs[builder->graph.output_count++] = value;
}

/* Infers the node and makes it the graph's next. Returns its output 0. */
static inline struct value *builder_append(struct builder *builder, struct node *node)
{
    ck_assert_uint_lt(builder->graph.node_count, BUILDER_NODES);
    builder_infer(builder, node);
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            node->inputs[i]->uses++;
    builder->graph.nodes[builder->graph.node_count++] = node;
    return node->outputs[0];
}

static inline struct value *builder_unary(struct builder *builder, enum op op, struct value *input)
{
    return builder_append(builder, builder_node(builder, op, 1, 1, input));
}

static inline struct value *builder_binary(struct builder *builder, enum op op, struct value *a, struct value *b)
{
    return builder_append(builder, builder_node(builder, op, 1, 2, a, b));
}

/* 3x3, padded to keep the size, with a ReLU. */
static inline struct value *builder_conv(struct builder *builder, struct value *input, int outputs)
{
    struct node *node =
        builder_node(builder, OP_CONV, 1, 3, input, builder_random(builder, SHAPE(outputs, input->shape.dim[1], 3, 3)),
                     builder_random(builder, SHAPE(outputs)));
    builder_ints(builder, node, "pads", 4, 1, 1, 1, 1);
    node->activation.kind = ACTIVATION_RELU;
    return builder_append(builder, node);
}

static inline struct value *builder_se(struct builder *builder, struct value *input, int reduced)
{
    int64_t channels = input->shape.dim[1];
    struct node *node =
        builder_node(builder, OP_SE, 2, 5, input, builder_random(builder, SHAPE(reduced, channels)),
                     builder_random(builder, SHAPE(reduced)), builder_random(builder, SHAPE(channels, reduced)),
                     builder_random(builder, SHAPE(channels)));
    node->se = arena_alloc(&builder->arena, 1, sizeof *node->se);
    *node->se = (struct se_block){.layer = "se",
                                  .activation = {ACTIVATION_RELU, 0, 0},
                                  .gate = {ACTIVATION_SIGMOID, 0, 0},
                                  .channels = channels,
                                  .reduced = reduced};
    node->outputs[1]->uses = 1; /* the session's */
    return builder_append(builder, node);
}

static inline struct value *builder_flatten(struct builder *builder, struct value *input)
{
    return builder_unary(builder, OP_FLATTEN, input);
}

static inline struct value *builder_dense(struct builder *builder, struct value *input, int outputs)
{
    return builder_append(builder, builder_node(builder, OP_GEMM, 1, 3, input,
                                                builder_random(builder, SHAPE(input->shape.dim[1], outputs)),
                                                builder_random(builder, SHAPE(outputs))));
}

/* Marks what a step writes: each 64 bytes of the arena remember the tensor that lies there. */
static inline void builder_write(const struct plan *plan, int *owners, int tensor)
{
    const struct plan_tensor *written = &plan->tensors[tensor];
    size_t bytes = (size_t)layout_elements(&written->shape, written->layout) * dtype_size(written->dtype);
    ck_assert_uint_le(written->offset + bytes, plan->arena_bytes);
    for (size_t block = written->offset / 64; block * 64 < written->offset + bytes; block++)
        owners[block] = tensor;
}

/* Whether all of the tensor still lies where it is read; a view, which no step writes, is its operand. */
static inline void builder_check_read(const struct plan *plan, const int *owners, const bool *written, int tensor)
{
    const struct plan_tensor *read = &plan->tensors[tensor];
    if (read->constant)
        return;
    size_t bytes = (size_t)layout_elements(&read->shape, read->layout) * dtype_size(read->dtype);
    int owner = written[tensor] ? tensor : owners[read->offset / 64];
    for (size_t block = read->offset / 64; block * 64 < read->offset + bytes; block++)
        ck_assert_msg(owners[block] == owner, "tensor %d was overwritten by tensor %d", tensor, owners[block]);
}

/* Plays the steps without computing: nothing that will still be read may be overwritten. */
static inline void builder_check_memory(struct builder *builder, const struct plan *plan)
{
    int *owners = arena_alloc(&builder->arena, plan->arena_bytes / 64 + 1, sizeof *owners);
    bool *written = arena_alloc(&builder->arena, plan->tensor_count, sizeof *written);
    memset(owners, 0xff, plan->arena_bytes / 64 * sizeof *owners);
    for (size_t i = 0; i < plan->input_count; i++) {
        builder_write(plan, owners, plan->inputs[i]);
        written[plan->inputs[i]] = true;
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];
        for (int j = 0; j < step->output_count; j++) {
            if (step->outputs[j] < 0)
                continue;
            builder_write(plan, owners, step->outputs[j]);
            written[step->outputs[j]] = true;
        }
        /* After the writes: a kernel's outputs never overlap its inputs. */
        for (int j = 0; j < step->input_count; j++)
            if (step->inputs[j] >= 0)
                builder_check_read(plan, owners, written, step->inputs[j]);
    }
    for (size_t i = 0; i < plan->input_count; i++)
        builder_check_read(plan, owners, written, plan->inputs[i]);
    for (size_t i = 0; i < plan->output_count; i++)
        builder_check_read(plan, owners, written, plan->outputs[i]);
    for (size_t i = 0; i < plan->gate_count; i++)
        builder_check_read(plan, owners, written, plan->gates[i]);
}

static inline const struct plan *builder_plan(struct builder *builder, const struct kernel_table *kernels)
{
    struct plan *plan = NULL;
    struct senet_error error = {SENET_OK, ""};
    enum senet_code code = plan_create(&builder->graph, kernels, simd_find(NULL), &plan, &error);
    ck_assert_msg(code == SENET_OK, "plan: %s", error.message);
    builder_check_memory(builder, plan);
    return plan;
}

static inline void builder_relu_channels_last(const struct kernel_call *call)
{
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t count = layout_elements(call->outputs[0].shape, LAYOUT_CHANNELS_LAST);
    for (int64_t i = 0; i < count; i++)
        output[i] = input[i] > 0 ? input[i] : 0;
}

/* A Gemm of one row without bias that keeps its own copy of the weights. */
static inline bool builder_is_product(const struct node *node)
{
    return node->input_count == 2 && node->inputs[0]->shape.dim[0] == 1;
}

static inline enum senet_code builder_pack_product(const struct node *node, struct kernel_setup *setup,
                                                   struct senet_error *error)
{
    (void)error;
    size_t count;
    const float *weights = value_floats(node->inputs[1], &count);
    setup->params = memcpy(arena_alloc(setup->arena, count, sizeof *weights), weights, count * sizeof *weights);
    setup->packed_inputs = 1 << 1;
    return SENET_OK;
}

static inline void builder_run_product(const struct kernel_call *call)
{
    const float *weights = call->params, *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t depth = call->inputs[0].shape->dim[1], columns = call->outputs[0].shape->dim[1];
    ck_assert_ptr_null(call->inputs[1].data);
    for (int64_t column = 0; column < columns; column++) {
        output[column] = 0;
        for (int64_t i = 0; i < depth; i++)
            output[column] += input[i] * weights[i * columns + column];
    }
}

/* Before every kernel the Gemm that packs. */
static inline struct kernel_table builder_packing_table(struct builder *builder)
{
    struct kernel *row = arena_alloc(&builder->arena, 1, sizeof *row);
    *row = (struct kernel){OP_GEMM,
                           LAYOUT_PLANAR,
                           LAYOUT_PLANAR,
                           "gemm_packing",
                           builder_is_product,
                           builder_pack_product,
                           builder_run_product};
    return (struct kernel_table){.rows = row, .count = 1, .fallback = &kernel_table};
}

/* Before every kernel a Relu on pixels that takes images alone. */
static inline bool builder_takes_image(const struct node *node)
{
    return node->inputs[0]->shape.rank == 4;
}

static inline struct kernel_table builder_mixed_table(struct builder *builder)
{
    struct kernel *row = arena_alloc(&builder->arena, 1, sizeof *row);
    *row = (struct kernel){
        OP_RELU, LAYOUT_CHANNELS_LAST,      LAYOUT_CHANNELS_LAST, "relu_channels_last", builder_takes_image,
        NULL,    builder_relu_channels_last};
    return (struct kernel_table){.rows = row, .count = 1, .fallback = &reference_kernel_table};
}

#endif
