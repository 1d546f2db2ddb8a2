/*
 * Single nodes with random constant operands, and every kernel that accepts them run against the reference, by
 * teams of one, two and three.
 */
#ifndef SENET_TESTS_KERNEL_BUILDER_H
#define SENET_TESTS_KERNEL_BUILDER_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/fold.h"
#include "graph/ops.h"
#include "harness.h"
#include "kernels/kernel.h"

#define BUILDER_TEAMS 3
#define BUILDER_OUTPUTS 3

struct builder {
    struct arena arena;
    struct graph graph;
    uint32_t seed;
    struct team *teams[BUILDER_TEAMS]; /* of 1, 2 and 3 */
};

static inline void builder_init(struct builder *builder, uint32_t seed)
{
    *builder = (struct builder){.seed = seed};
    builder->graph = (struct graph){.arena = &builder->arena, .name = "test", .opset = 13};
    fold_budget_init(&builder->graph.fold_budget);
    for (int i = 0; i < BUILDER_TEAMS; i++) {
        builder->teams[i] = team_create(i + 1);
        ck_assert_ptr_nonnull(builder->teams[i]);
    }
}

static inline void builder_release(struct builder *builder)
{
    for (int i = 0; i < BUILDER_TEAMS; i++)
        team_free(builder->teams[i]);
    arena_release(&builder->arena);
}

#define SHAPE(...) ((struct senet_shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}})

static inline struct value *builder_floats(struct builder *builder, struct senet_shape shape, const float *data)
{
    return graph_add_constant(&builder->graph, "constant", DTYPE_FLOAT32, &shape, data);
}

static inline struct value *builder_int64s(struct builder *builder, struct senet_shape shape, const int64_t *data)
{
    return graph_add_constant(&builder->graph, "constant", DTYPE_INT64, &shape, data);
}

static inline struct value *builder_random(struct builder *builder, struct senet_shape shape)
{
    int64_t count = senet_shape_elements(&shape);
    float *data = arena_alloc(&builder->arena, (size_t)count, sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = harness_random(&builder->seed);
    return builder_floats(builder, shape, data);
}

/* The inputs are `struct value *`, NULL for an omitted one. */
static inline struct node *builder_node(struct builder *builder, enum op op, int outputs, int inputs, ...)
{
    struct node *node = graph_new_node(&builder->graph, op, "node", inputs, outputs);
    va_list list;
    va_start(list, inputs);
    for (int i = 0; i < inputs; i++)
        node->inputs[i] = va_arg(list, struct value *);
    va_end(list);
    for (int i = 0; i < outputs; i++) {
        node->outputs[i] = graph_add_value(&builder->graph, "output");
        node->outputs[i]->producer = node;
    }
    /* Room for what infer adds is made by infer; ours is fixed. */
    node->attributes = arena_alloc(&builder->arena, 16, sizeof *node->attributes);
    return node;
}

static inline struct attribute *builder_attribute(struct node *node, const char *name, enum attribute_type type)
{
    struct attribute *attribute = &node->attributes[node->attribute_count++];
    *attribute = (struct attribute){.name = name, .type = type};
    return attribute;
}

static inline void builder_int(struct node *node, const char *name, int64_t i)
{
    builder_attribute(node, name, ATTRIBUTE_INT)->i = i;
}

static inline void builder_float(struct node *node, const char *name, float f)
{
    builder_attribute(node, name, ATTRIBUTE_FLOAT)->f = f;
}

static inline void builder_ints(struct builder *builder, struct node *node, const char *name, size_t count, ...)
{
    struct attribute *attribute = builder_attribute(node, name, ATTRIBUTE_INTS);
    int64_t *ints = arena_alloc(&builder->arena, count, sizeof *ints);
    va_list list;
    va_start(list, count);
    for (size_t i = 0; i < count; i++)
        ints[i] = va_arg(list, int);
    va_end(list);
    attribute->ints = ints;
    attribute->count = count;
}

static inline void builder_infer(struct builder *builder, struct node *node)
{
    struct senet_error error = {SENET_OK, ""};
    enum senet_code code = op_table[node->op].infer(&builder->graph, node, &error);
    ck_assert_msg(code == SENET_OK, "infer: %s", error.message);
}

static inline size_t builder_bytes(const struct value *value)
{
    return (size_t)senet_shape_elements(&value->shape) * dtype_size(value->dtype);
}

static inline struct tensor builder_tensor(const struct value *value)
{
    return value ? (struct tensor){(void *)(uintptr_t)value->data, &value->shape, value->dtype} : (struct tensor){0};
}

static inline bool builder_is_image(const struct value *value)
{
    return value->dtype == DTYPE_FLOAT32 && value->shape.rank == 4;
}

static inline bool builder_converts(const struct node *node, int index, enum layout layout)
{
    const struct value *value = node->inputs[index];
    bool weights = node->op == OP_CONV && index == 1;
    return value && builder_is_image(value) && !weights && layout != LAYOUT_PLANAR;
}

/*
 * The node as a kernel that reads `layout` would see it in a network, where images are computed and no constants.
 * It lives in `arena`.
 */
static inline const struct node *builder_planned(const struct node *node, enum layout layout, struct arena *arena)
{
    struct node *planned = arena_alloc(arena, 1, sizeof *planned);
    *planned = *node;
    planned->inputs = arena_alloc(arena, (size_t)node->input_count, sizeof *planned->inputs);
    for (int i = 0; i < node->input_count; i++) {
        planned->inputs[i] = node->inputs[i];
        if (!builder_converts(node, i, layout))
            continue;
        planned->inputs[i] = arena_alloc(arena, 1, sizeof **planned->inputs);
        *planned->inputs[i] = *node->inputs[i];
        planned->inputs[i]->data = NULL;
    }
    return planned;
}

/* What the planner would hand to a kernel that reads `layout`: activations in it, weights as they are. */
static inline struct tensor builder_input(const struct node *node, int index, enum layout layout, struct arena *arena)
{
    const struct value *value = node->inputs[index];
    if (!builder_converts(node, index, layout))
        return builder_tensor(value);
    size_t elements = (size_t)layout_elements(&value->shape, layout);
    float *copy = arena_alloc(arena, elements, sizeof *copy);
    memset(copy, 0xff, elements * sizeof *copy); /* NaN between pixels: what reads that shows */
    layout_convert(value->data, LAYOUT_PLANAR, copy, layout, &value->shape);
    return (struct tensor){copy, &value->shape, value->dtype};
}

/* A block of exactly the size of `value` in `layout`, of NaN so that what is not written shows. */
static inline void *builder_output(const struct value *value, enum layout layout)
{
    size_t bytes = (size_t)layout_elements(&value->shape, layout) * dtype_size(value->dtype);
    void *block = malloc(bytes);
    memset(block, 0xff, bytes);
    return block;
}

static inline enum layout builder_layout(const struct value *value, enum layout wanted)
{
    return builder_is_image(value) ? wanted : LAYOUT_PLANAR;
}

/*
 * The outputs of `kernel` with the loops of `simd` on the node's constants, planar; NULL for those that the node does
 * not name. Every block has its own exact size so that a sanitiser sees overruns. builder_free gives them back.
 */
static inline void builder_run_with(const struct simd *simd, const struct kernel *kernel, const struct node *node,
                                    struct team *team, const float *gate_override, void **results)
{
    struct arena arena = {0};
    struct kernel_setup setup = {.arena = &arena, .simd = simd};
    struct senet_error error = {SENET_OK, ""};
    if (kernel->prepare)
        ck_assert_msg(kernel->prepare(builder_planned(node, kernel->reads, &arena), &setup, &error) == SENET_OK,
                      "%s: %s", kernel->name, error.message);
    struct tensor inputs[8], outputs[BUILDER_OUTPUTS] = {{0}};
    ck_assert_int_le(node->input_count, 8);
    ck_assert_int_le(node->output_count, BUILDER_OUTPUTS);
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = setup.packed_inputs >> i & 1 ? (struct tensor){0} : builder_input(node, i, kernel->reads, &arena);
    for (int i = 0; i < node->output_count; i++) {
        results[i] = NULL;
        if (!node->outputs[i])
            continue;
        results[i] = builder_output(node->outputs[i], builder_layout(node->outputs[i], kernel->writes));
        outputs[i] = (struct tensor){results[i], &node->outputs[i]->shape, node->outputs[i]->dtype};
    }
    size_t member_bytes = (setup.member_bytes + 63) / 64 * 64;
    size_t scratch_bytes = member_bytes * (size_t)team_size(team);
    void *workspace = aligned_alloc(64, (setup.workspace_bytes + 64) / 64 * 64);
    void *scratch = aligned_alloc(64, scratch_bytes + 64);
    memset(workspace, 0xff, setup.workspace_bytes);
    memset(scratch, 0xff, scratch_bytes);
    const struct kernel_call call = {.params = setup.params,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .workspace = workspace,
                                     .member_scratch = scratch,
                                     .member_bytes = member_bytes,
                                     .gate_override = gate_override,
                                     .team = team};
    kernel->run(&call);
    for (int i = 0; i < node->output_count; i++) {
        if (!results[i] || builder_layout(node->outputs[i], kernel->writes) == LAYOUT_PLANAR)
            continue;
        float *planar = malloc(builder_bytes(node->outputs[i]));
        layout_convert(results[i], kernel->writes, planar, LAYOUT_PLANAR, &node->outputs[i]->shape);
        free(results[i]);
        results[i] = planar;
    }
    free(workspace);
    free(scratch);
    arena_release(&arena);
}

static inline void builder_run(const struct kernel *kernel, const struct node *node, struct team *team,
                               const float *gate_override, void **results)
{
    builder_run_with(simd_find(NULL), kernel, node, team, gate_override, results);
}

static inline void builder_free(const struct node *node, void **results)
{
    for (int i = 0; i < node->output_count; i++)
        free(results[i]);
}

static inline void builder_check_output(const struct value *value, const float *expected, const float *actual,
                                        float tolerance, const char *kernel, int team, const char *description)
{
    int64_t count = senet_shape_elements(&value->shape);
    float largest = 1;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(expected[i]));
    int64_t at = harness_first_difference(expected, actual, count, tolerance * largest);
    ck_assert_msg(at < 0, "%s, team of %d, %s: element %lld of %lld is %.9g, the reference has %.9g", kernel, team,
                  description, (long long)at, (long long)count, (double)actual[at < 0 ? 0 : at],
                  (double)expected[at < 0 ? 0 : at]);
}

static inline void builder_check_int64s(const struct value *value, const int64_t *expected, const int64_t *actual,
                                        const char *description)
{
    for (int64_t i = 0; i < senet_shape_elements(&value->shape); i++)
        ck_assert_msg(actual[i] == expected[i], "%s: element %lld is %lld, not %lld", description, (long long)i,
                      (long long)actual[i], (long long)expected[i]);
}

static inline void builder_compare_kernel(struct builder *builder, const struct simd *simd, const struct kernel *kernel,
                                          const struct node *node, float tolerance, const float *gate_override,
                                          void *const *expected, const char *description)
{
    void *actual[BUILDER_OUTPUTS];
    char name[128];
    snprintf(name, sizeof name, "%s (%s)", kernel->name, simd->name);
    for (int i = 0; i < BUILDER_TEAMS; i++) {
        builder_run_with(simd, kernel, node, builder->teams[i], gate_override, actual);
        for (int output = 0; output < node->output_count; output++) {
            const struct value *value = node->outputs[output];
            if (value && value->dtype == DTYPE_INT64)
                builder_check_int64s(value, expected[output], actual[output], description);
            else if (value)
                builder_check_output(value, expected[output], actual[output], tolerance, name, i + 1, description);
        }
        builder_free(node, actual);
    }
}

/*
 * Every kernel that accepts the node agrees with the reference to `tolerance` of the largest element (or of 1), with
 * each instruction set that the machine has.
 */
static inline void builder_compare_gated(struct builder *builder, const struct node *node, float tolerance,
                                         const float *gate_override, const char *description)
{
    void *expected[BUILDER_OUTPUTS];
    const struct kernel *oracle = kernel_find(&reference_kernel_table, node);
    ck_assert_msg(oracle, "%s has no reference kernel", op_table[node->op].name);
    builder_run(oracle, node, NULL, gate_override, expected);
    struct arena arena = {0};
    for (size_t row = 0; row < kernel_table.count; row++) {
        const struct kernel *kernel = &kernel_table.rows[row];
        const struct node *planned = builder_planned(node, kernel->reads, &arena);
        if (kernel->op != node->op || (kernel->accepts && !kernel->accepts(planned)))
            continue;
        for (size_t set = 0; simd_at(set); set++)
            builder_compare_kernel(builder, simd_at(set), kernel, node, tolerance, gate_override, expected,
                                   description);
    }
    arena_release(&arena);
    builder_free(node, expected);
}

static inline void builder_compare(struct builder *builder, const struct node *node, float tolerance,
                                   const char *description)
{
    builder_compare_gated(builder, node, tolerance, NULL, description);
}

/* The first kernel of either table gives the numbers worked out by hand, as output `output`. */
static inline void builder_expect_at(const struct node *node, int output, const void *expected, float tolerance)
{
    static const struct kernel_table *const tables[] = {&kernel_table, &reference_kernel_table};
    const struct value *value = node->outputs[output];
    for (int i = 0; i < 2; i++) {
        void *results[BUILDER_OUTPUTS];
        const struct kernel *kernel = kernel_find(tables[i], node);
        builder_run(kernel, node, NULL, NULL, results);
        if (value->dtype == DTYPE_INT64)
            builder_check_int64s(value, expected, results[output], kernel->name);
        else
            ck_assert_floats_near((const float *)expected, (const float *)results[output],
                                  senet_shape_elements(&value->shape), tolerance);
        builder_free(node, results);
    }
}

static inline void builder_expect(const struct node *node, const float *expected, float tolerance)
{
    builder_expect_at(node, 0, expected, tolerance);
}

static inline void builder_expect_int64s(const struct node *node, const int64_t *expected)
{
    builder_expect_at(node, 0, expected, 0);
}

/* The same for outputs of any type, to the bit. */
static inline void builder_expect_bytes(const struct node *node, const void *expected)
{
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    ck_assert_mem_eq(results[0], expected, builder_bytes(node->outputs[0]));
    for (int output = 0; output < node->output_count; output++)
        free(results[output]);
}

/* 0, 1, 2, ... */
static inline struct value *builder_counting(struct builder *builder, struct senet_shape shape)
{
    int64_t count = senet_shape_elements(&shape);
    float *data = arena_alloc(&builder->arena, (size_t)count, sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = (float)i;
    return builder_floats(builder, shape, data);
}

static inline struct value *builder_counting_integers(struct builder *builder, struct senet_shape shape)
{
    int64_t count = senet_shape_elements(&shape);
    int64_t *data = arena_alloc(&builder->arena, (size_t)count, sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = i;
    return builder_int64s(builder, shape, data);
}

/* A constant list of `count` int64. */
static inline struct value *builder_numbers(struct builder *builder, int count, ...)
{
    int64_t *data = arena_alloc(&builder->arena, (size_t)count, sizeof *data);
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        data[i] = va_arg(list, int);
    va_end(list);
    return builder_int64s(builder, SHAPE(count), data);
}

static inline void builder_string(struct node *node, const char *name, const char *text)
{
    builder_attribute(node, name, ATTRIBUTE_STRING)->s = text;
}

static inline TCase *builder_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60); /* sanitisers and busy machines are slow */
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
