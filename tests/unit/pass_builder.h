/*
 * A graph built twice from the same numbers, one of the two handed to a pass. Both are run by the reference
 * kernels and have to agree; the one that the pass left keeps the facts that graph.h states.
 */
#ifndef SENET_TESTS_PASS_BUILDER_H
#define SENET_TESTS_PASS_BUILDER_H

#include "graph/passes.h"
#include "model/model.h"
#include "plan_builder.h"

typedef void pass_graph(struct builder *builder);
typedef enum senet_code pass_function(struct graph *graph, struct senet_error *error);

struct pass_pair {
    struct builder before, after;
};

/* In 0.1..1.1: variances. */
static inline struct value *builder_positive(struct builder *builder, struct senet_shape shape)
{
    struct value *value = builder_random(builder, shape);
    float *data = (float *)(uintptr_t)value->data;
    for (int64_t i = 0; i < senet_shape_elements(&shape); i++)
        data[i] = fabsf(data[i]) + 0.1f;
    return value;
}

static inline struct value *builder_batch_norm(struct builder *builder, struct value *input)
{
    int64_t channels = input->shape.dim[1];
    struct value *scale = builder_random(builder, SHAPE(channels)), *bias = builder_random(builder, SHAPE(channels));
    struct value *mean = builder_random(builder, SHAPE(channels)),
                 *variance = builder_positive(builder, SHAPE(channels));
    struct node *node = builder_node(builder, OP_BATCH_NORMALIZATION, 1, 5, input, scale, bias, mean, variance);
    builder_float(node, "epsilon", 1e-3f);
    return builder_append(builder, node);
}

static inline struct value *builder_scalar(struct builder *builder, float number)
{
    float *data = arena_alloc(&builder->arena, 1, sizeof *data);
    *data = number;
    return builder_floats(builder, (struct senet_shape){0}, data);
}

/* An int64 constant of one axis. */
static inline struct value *builder_list(struct builder *builder, int count, const int64_t *numbers)
{
    return builder_int64s(builder, SHAPE(count), numbers);
}

static inline int pass_count(const struct graph *graph, enum op op)
{
    int count = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        count += graph->nodes[n]->op == op;
    return count;
}

/* The first `op`; NULL when there is none. */
static inline const struct node *pass_find(const struct graph *graph, enum op op)
{
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->op == op)
            return graph->nodes[n];
    return NULL;
}

static inline int pass_uses(const struct graph *graph, const struct value *value)
{
    int uses = 0;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        for (int i = 0; i < node->input_count; i++)
            uses += node->inputs[i] == value;
        uses += node->se && node->outputs[node_gate_output(node)] == value; /* the session's */
    }
    for (size_t i = 0; i < graph->output_count; i++)
        uses += graph->outputs[i] == value;
    return uses;
}

static inline bool pass_is_produced(const struct graph *graph, const struct value *value, size_t before)
{
    for (size_t n = 0; n < before; n++)
        for (int i = 0; i < graph->nodes[n]->output_count; i++)
            if (graph->nodes[n]->outputs[i] == value)
                return true;
    return false;
}

static inline void pass_check_value(const struct graph *graph, const struct value *value, size_t before)
{
    ck_assert_int_eq(value->uses, pass_uses(graph, value));
    if (value->data)
        return;
    bool is_input = false;
    for (size_t i = 0; i < graph->input_count; i++)
        is_input |= graph->inputs[i] == value;
    ck_assert(is_input || pass_is_produced(graph, value, before));
}

static inline void pass_check_graph(const struct graph *graph)
{
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        ck_assert_ptr_nonnull(node);
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                pass_check_value(graph, node->inputs[i], n);
        for (int i = 0; i < node->output_count; i++) {
            if (!node->outputs[i])
                continue;
            ck_assert_ptr_eq(node->outputs[i]->producer, node);
            ck_assert_int_eq(node->outputs[i]->uses, pass_uses(graph, node->outputs[i]));
        }
    }
    for (size_t i = 0; i < graph->output_count; i++)
        pass_check_value(graph, graph->outputs[i], graph->node_count);
}

static inline struct senet_model pass_model(struct builder *builder, const struct kernel_table *kernels)
{
    struct senet_model model = {.graph = builder->graph};
    struct senet_error error = {SENET_OK, ""};
    enum senet_code code = plan_create(&builder->graph, kernels, simd_find(NULL), &model.plan, &error);
    ck_assert_msg(code == SENET_OK, "plan: %s", error.message);
    return model;
}

static inline struct senet_session *pass_run(const struct senet_model *model)
{
    struct senet_session *session = NULL;
    struct senet_error error = {SENET_OK, ""};
    uint32_t seed = 11;
    ck_assert_int_eq(senet_session_create(model, 1, &session, &error), SENET_OK);
    for (size_t i = 0; i < model->graph.input_count; i++) {
        float *input = senet_session_input(session, i);
        for (int64_t j = 0; j < senet_shape_elements(&model->graph.inputs[i]->shape); j++)
            input[j] = harness_random(&seed);
    }
    senet_session_run(session);
    return session;
}

/* Outputs 0.. of `after`, by `kernels`, are those of `before`, which may have more. */
static inline void pass_compare_by(struct pass_pair *pair, const struct kernel_table *kernels, const char *description)
{
    struct senet_model before = pass_model(&pair->before, &reference_kernel_table);
    struct senet_model after = pass_model(&pair->after, kernels);
    struct senet_session *expected = pass_run(&before), *actual = pass_run(&after);
    for (size_t i = 0; i < after.graph.output_count; i++) {
        const struct value *value = before.graph.outputs[i], *again = after.graph.outputs[i];
        ck_assert_int_eq(value->shape.rank, again->shape.rank);
        for (int axis = 0; axis < value->shape.rank; axis++)
            ck_assert_int_eq(value->shape.dim[axis], again->shape.dim[axis]);
        builder_check_output(value, senet_session_output(expected, i), senet_session_output(actual, i), 1e-5f,
                             "after the pass", 1, description);
    }
    senet_session_free(expected);
    senet_session_free(actual);
}

static inline void pass_compare(struct pass_pair *pair, const char *description)
{
    pass_compare_by(pair, &reference_kernel_table, description);
}

static inline void pass_build(struct builder *builder, pass_graph *build)
{
    builder_init_graph(builder, 5);
    build(builder);
    pass_check_graph(&builder->graph);
}

/* Only the structure: for graphs that are not to be run. */
static inline void pass_apply(struct pass_pair *pair, pass_graph *build, pass_function *pass)
{
    struct senet_error error = {SENET_OK, ""};
    pass_build(&pair->before, build);
    pass_build(&pair->after, build);
    ck_assert_msg(pass(&pair->after.graph, &error) == SENET_OK, "%s", error.message);
    pass_check_graph(&pair->after.graph);
}

static inline struct graph *pass_test(struct pass_pair *pair, pass_graph *build, pass_function *pass)
{
    pass_apply(pair, build, pass);
    pass_compare(pair, "the pass's graph");
    return &pair->after.graph;
}

static inline void pass_release(struct pass_pair *pair)
{
    builder_release(&pair->before);
    builder_release(&pair->after);
}

/* All passes; the sizes are not open in these graphs. */
static inline enum senet_code pass_all(struct graph *graph, struct senet_error *error)
{
    const struct input_size size = {1, 1, 1};
    return graph_optimise(graph, &size, error);
}

#endif
