/*
 * DESIGN
 * One walk over the nodes assigns tensors and steps. Each value is bound to at most one tensor per layout: the
 * one that its producer wrote, and a converted copy once somebody asks for the other layout, unless both are the same
 * floats in the same places. Tensors that are computed draw on a memory request whose lifetime grows with every reader;
 * a view draws on its operand's. When the walk is over, memory_plan turns requests into offsets.
 */
#include "plan/plan.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/processors.h"
#include "graph/ops.h"
#include "plan/constants.h"
#include "plan/memory.h"

#define LAYOUT_COUNT 2
/* Packing is soon as fast as memory. */
#define PACKING_TEAM_MAX 4
#define PARALLEL_BYTES_MIN ((size_t)4 << 20)
/*
 * A small file can describe tensors of any size. Sessions that need more than this would not fit machines that
 * serve networks; what does not fit this one fails when the session is made.
 */
#define SESSION_BYTES_MAX ((size_t)16 << 30)
/* The step after every step: what lives until then can be read when the run is over. */
#define END_OF_RUN INT_MAX

struct binding {
    const struct value *value;
    int tensor[LAYOUT_COUNT];       /* -1 while there is none */
    const struct kernel *absorbing; /* computes the value's reader together with its producer, or NULL; then */
    int producer;                   /* is the index of that */
};

struct builder {
    const struct graph *graph;
    const struct kernel_table *kernels;
    const struct simd *simd;
    struct team *team; /* packs weights; gone when the plan is made */
    struct plan *plan;
    struct arena scratch;     /* everything below */
    struct binding *bindings; /* in order of address */
    size_t binding_count;
    struct memory_request *requests;
    int request_count;
    int *tensor_request;    /* by tensor; -1 for constants */
    int *workspace_request; /* by step; -1 for none */
    struct constants constants;
};

/* ------------------------------------------------------------------ values */

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct binding *)a)->value;
    uintptr_t right = (uintptr_t)((const struct binding *)b)->value;
    return (left > right) - (left < right);
}

static struct binding *find_binding(const struct builder *builder, const struct value *value)
{
    const struct binding key = {.value = value};
    return bsearch(&key, builder->bindings, builder->binding_count, sizeof key, by_address);
}

static void add_bindings(struct builder *builder, struct value *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i])
            builder->bindings[builder->binding_count++] = (struct binding){.value = values[i], .tensor = {-1, -1}};
}

/* One binding for each value of the graph. False when memory is short. */
static bool collect_values(struct builder *builder)
{
    const struct graph *graph = builder->graph;
    size_t mentions = graph->input_count + graph->output_count;
    for (size_t n = 0; n < graph->node_count; n++)
        mentions += (size_t)graph->nodes[n]->input_count + (size_t)graph->nodes[n]->output_count;
    builder->bindings = arena_alloc(&builder->scratch, mentions, sizeof *builder->bindings);
    if (!builder->bindings)
        return false;
    add_bindings(builder, graph->inputs, graph->input_count);
    add_bindings(builder, graph->outputs, graph->output_count);
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        add_bindings(builder, node->inputs, (size_t)node->input_count);
        add_bindings(builder, node->outputs, (size_t)node->output_count);
    }
    qsort(builder->bindings, builder->binding_count, sizeof *builder->bindings, by_address);
    size_t kept = 0;
    for (size_t i = 0; i < builder->binding_count; i++)
        if (kept == 0 || builder->bindings[kept - 1].value != builder->bindings[i].value)
            builder->bindings[kept++] = builder->bindings[i];
    builder->binding_count = kept;
    return true;
}

/* Each value has a tensor per layout at most, hence one conversion at most. False when memory is short. */
static bool allocate(struct builder *builder)
{
    const struct graph *graph = builder->graph;
    size_t tensors = builder->binding_count * LAYOUT_COUNT, steps = graph->node_count + builder->binding_count;
    struct plan *plan = builder->plan;
    plan->tensors = arena_alloc(graph->arena, tensors, sizeof *plan->tensors);
    plan->steps = arena_alloc(graph->arena, steps, sizeof *plan->steps);
    plan->inputs = arena_alloc(graph->arena, graph->input_count, sizeof *plan->inputs);
    plan->outputs = arena_alloc(graph->arena, graph->output_count, sizeof *plan->outputs);
    plan->gates = arena_alloc(graph->arena, graph->node_count, sizeof *plan->gates);
    builder->requests = arena_alloc(&builder->scratch, tensors + steps, sizeof *builder->requests);
    builder->tensor_request = arena_alloc(&builder->scratch, tensors, sizeof *builder->tensor_request);
    builder->workspace_request = arena_alloc(&builder->scratch, steps, sizeof *builder->workspace_request);
    return plan->tensors && plan->steps && plan->inputs && plan->outputs && plan->gates && builder->requests &&
           builder->tensor_request && builder->workspace_request;
}

/* ----------------------------------------------------------------- tensors */

static int add_request(struct builder *builder, size_t bytes, int first, int last)
{
    builder->requests[builder->request_count] = (struct memory_request){bytes, first, last, 0};
    return builder->request_count++;
}

/* Binds `value` in `layout` to a new tensor, which draws on `request`, or on `constant` if that is not NULL. */
static int add_tensor(struct builder *builder, const struct value *value, enum layout layout, const void *constant,
                      int request)
{
    int index = (int)builder->plan->tensor_count++;
    builder->plan->tensors[index] = (struct plan_tensor){value->shape, value->dtype, layout, constant, 0};
    builder->tensor_request[index] = request;
    find_binding(builder, value)->tensor[layout] = index;
    if (constant)
        constants_keep(&builder->constants, constant);
    return index;
}

/* A tensor to be written by step `step`. */
static int add_computed(struct builder *builder, const struct value *value, enum layout layout, int step)
{
    size_t bytes = (size_t)layout_elements(&value->shape, layout) * dtype_size(value->dtype);
    return add_tensor(builder, value, layout, NULL, add_request(builder, bytes, step, step));
}

static void keep_until(struct builder *builder, int tensor, int step)
{
    int request = builder->tensor_request[tensor];
    if (request >= 0 && builder->requests[request].last < step)
        builder->requests[request].last = step;
}

static struct plan_step *add_step(struct builder *builder, const struct plan_step *step)
{
    struct plan *plan = builder->plan;
    builder->workspace_request[plan->step_count] = -1;
    plan->steps[plan->step_count] = *step;
    return &plan->steps[plan->step_count++];
}

/* Room for the tensor indices of a step. NULL when memory is short. */
static int *new_indices(const struct builder *builder, int count)
{
    return arena_alloc(builder->graph->arena, (size_t)count, sizeof(int));
}

/* One pixel an image, and nothing behind its channels: both layouts are the same floats. */
static bool lies_alike(const struct senet_shape *shape)
{
    return shape->dim[2] * shape->dim[3] == 1 && layout_pixel_stride(shape) == shape->dim[1];
}

/*
 * The tensor that holds `value` in `layout`; where only the other layout exists, and differs, a conversion step is
 * added. -1 when memory is short.
 */
static int tensor_in(struct builder *builder, const struct value *value, enum layout layout)
{
    struct binding *binding = find_binding(builder, value);
    if (binding->tensor[layout] >= 0)
        return binding->tensor[layout];
    if (value->data)
        return add_tensor(builder, value, LAYOUT_PLANAR, value->data, -1);
    int source = binding->tensor[layout == LAYOUT_PLANAR ? LAYOUT_CHANNELS_LAST : LAYOUT_PLANAR];
    assert(source >= 0); /* nodes are in topological order */
    if (lies_alike(&value->shape))
        return binding->tensor[layout] = source;
    int *input = new_indices(builder, 1), *output = new_indices(builder, 1);
    if (!input || !output)
        return -1;
    int step = (int)builder->plan->step_count;
    *input = source;
    *output = add_computed(builder, value, layout, step);
    keep_until(builder, source, step);
    add_step(builder, &(struct plan_step){.inputs = input,
                                          .outputs = output,
                                          .input_count = 1,
                                          .output_count = 1,
                                          .node = -1,
                                          .absorbed = -1,
                                          .se_block = -1});
    return *output;
}

/* Only float activations of rank 4 are ever anything but planar. */
static enum layout layout_for(const struct value *value, enum layout wanted)
{
    bool image = !value->data && value->dtype == DTYPE_FLOAT32 && value->shape.rank == 4;
    return image ? wanted : LAYOUT_PLANAR;
}

/* Where one of the node's operands lies channels-last already, that is where it is cheapest to go on. */
static enum layout present_layout(const struct builder *builder, const struct node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] && find_binding(builder, node->inputs[i])->tensor[LAYOUT_CHANNELS_LAST] >= 0)
            return LAYOUT_CHANNELS_LAST;
    return LAYOUT_PLANAR;
}

/* ------------------------------------------------------------------- nodes */

static bool is_view(enum op op)
{
    return op_is_view(op) || op == OP_IDENTITY || op == OP_DROPOUT;
}

static enum senet_code add_view(struct builder *builder, const struct node *node, struct senet_error *error)
{
    int source = tensor_in(builder, node->inputs[0], LAYOUT_PLANAR);
    if (source < 0)
        return error_out_of_memory(error);
    add_tensor(builder, node->outputs[0], LAYOUT_PLANAR, builder->plan->tensors[source].constant,
               builder->tensor_request[source]);
    return SENET_OK;
}

static bool is_packed(const struct node *node, const struct kernel_setup *setup, int input)
{
    bool packed = input < 32 && (setup->packed_inputs >> input & 1);
    assert(!packed || !node->inputs[input] || node->inputs[input]->data); /* what is computed cannot be packed */
    return packed;
}

/* What of the node's first input is never there: it is computed along with the node. NULL when it is there. */
static const struct binding *find_absorbed(const struct builder *builder, const struct node *node)
{
    const struct value *first = node->input_count > 0 ? node->inputs[0] : NULL;
    const struct binding *binding = first ? find_binding(builder, first) : NULL;
    return binding && binding->absorbing ? binding : NULL;
}

/*
 * Decides which values are never there as a whole. Two in a row never are: what computes a node together with the one
 * before it reads a whole input.
 */
static void find_absorbing_kernels(struct builder *builder)
{
    const struct graph *graph = builder->graph;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        const struct kernel *kernel = node->outputs[0]->data ? NULL : kernel_find_absorbing(builder->kernels, node);
        if (kernel && !find_absorbed(builder, node->inputs[0]->producer))
            find_binding(builder, node->inputs[0])->absorbing = kernel;
    }
}

/* Fills `inputs`; conversions that they need become steps. False when memory is short. */
static bool resolve_inputs(struct builder *builder, const struct node *node, const struct kernel *kernel,
                           const struct kernel_setup *setup, int *inputs)
{
    const struct binding *absorbed = find_absorbed(builder, node);
    for (int i = 0; i < node->input_count; i++) {
        const struct value *operand = i == 0 && absorbed ? absorbed->value->producer->inputs[0] : node->inputs[i];
        inputs[i] = -1;
        if (!operand || is_packed(node, setup, i))
            continue;
        inputs[i] = tensor_in(builder, operand, layout_for(operand, kernel->reads));
        if (inputs[i] < 0)
            return false;
    }
    return true;
}

static void assign_memory(struct builder *builder, const struct node *node, const struct kernel *kernel, int step,
                          const int *inputs, int *outputs)
{
    for (int i = 0; i < node->input_count; i++)
        if (inputs[i] >= 0)
            keep_until(builder, inputs[i], step);
    for (int i = 0; i < node->output_count; i++) {
        const struct value *value = node->outputs[i];
        outputs[i] = value ? add_computed(builder, value, layout_for(value, kernel->writes), step) : -1;
    }
}

/* Where weights are packed: that of the constants, whose places they take. */
static struct arena *packed_arena(const struct graph *graph)
{
    return graph->constants ? graph->constants : graph->arena;
}

static enum senet_code add_node(struct builder *builder, size_t index, struct senet_error *error)
{
    const struct node *node = builder->graph->nodes[index];
    struct plan *plan = builder->plan;
    char text[160];
    const struct binding *absorbed = find_absorbed(builder, node);
    const struct kernel *kernel =
        absorbed ? absorbed->absorbing : kernel_find_near(builder->kernels, node, present_layout(builder, node));
    if (!kernel)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "there is no kernel for %s",
                               node_describe(node, text, sizeof text));
    struct kernel_setup setup = {.arena = packed_arena(builder->graph), .simd = builder->simd, .team = builder->team};
    enum senet_code code = kernel->prepare ? kernel->prepare(node, &setup, error) : SENET_OK;
    if (code)
        return code;
    int *inputs = new_indices(builder, node->input_count), *outputs = new_indices(builder, node->output_count);
    if (!inputs || !outputs || !resolve_inputs(builder, node, kernel, &setup, inputs))
        return error_out_of_memory(error);
    int step = (int)plan->step_count;
    assign_memory(builder, node, kernel, step, inputs, outputs);
    size_t member_bytes = (setup.member_bytes + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
    if (plan->member_bytes < member_bytes)
        plan->member_bytes = member_bytes;
    add_step(builder, &(struct plan_step){.kernel = kernel,
                                          .params = setup.params,
                                          .member_bytes = member_bytes,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .input_count = node->input_count,
                                          .output_count = node->output_count,
                                          .node = (int)index,
                                          .absorbed = absorbed ? absorbed->producer : -1,
                                          .se_block = node->se ? (int)plan->gate_count : -1});
    if (node->se) {
        int gate = outputs[node_gate_output(node)];
        plan->gates[plan->gate_count++] = gate;
        keep_until(builder, gate, END_OF_RUN);
    }
    if (setup.workspace_bytes > 0)
        builder->workspace_request[step] = add_request(builder, setup.workspace_bytes, step, step);
    if (absorbed)
        constants_node_done(&builder->constants, absorbed->value->producer);
    constants_node_done(&builder->constants, node);
    return SENET_OK;
}

/* Nodes that are known already, or will be computed along with another, take no step of their own. */
static bool is_skipped(struct builder *builder, size_t index)
{
    const struct node *node = builder->graph->nodes[index];
    struct binding *binding = find_binding(builder, node->outputs[0]);
    if (binding->absorbing)
        binding->producer = (int)index;
    return node->outputs[0]->data || binding->absorbing;
}

/* ------------------------------------------------------------------- whole */

static void add_inputs(struct builder *builder)
{
    const struct graph *graph = builder->graph;
    for (size_t i = 0; i < graph->input_count; i++) {
        int tensor = add_computed(builder, graph->inputs[i], LAYOUT_PLANAR, 0);
        keep_until(builder, tensor, END_OF_RUN);
        builder->plan->inputs[builder->plan->input_count++] = tensor;
    }
}

static enum senet_code add_outputs(struct builder *builder, struct senet_error *error)
{
    const struct graph *graph = builder->graph;
    for (size_t i = 0; i < graph->output_count; i++) {
        int tensor = tensor_in(builder, graph->outputs[i], LAYOUT_PLANAR);
        if (tensor < 0)
            return error_out_of_memory(error);
        keep_until(builder, tensor, END_OF_RUN);
        builder->plan->outputs[builder->plan->output_count++] = tensor;
    }
    return SENET_OK;
}

static enum senet_code place_tensors(struct builder *builder, struct senet_error *error)
{
    struct plan *plan = builder->plan;
    if (!memory_plan(builder->requests, (size_t)builder->request_count, &plan->arena_bytes))
        return error_out_of_memory(error);
    if (plan->arena_bytes > SESSION_BYTES_MAX || plan->member_bytes > SESSION_BYTES_MAX)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "a session of the model would need more than %zu GiB",
                               SESSION_BYTES_MAX >> 30);
    for (size_t i = 0; i < plan->tensor_count; i++)
        if (builder->tensor_request[i] >= 0)
            plan->tensors[i].offset = builder->requests[builder->tensor_request[i]].offset;
    for (size_t i = 0; i < plan->step_count; i++)
        if (builder->workspace_request[i] >= 0)
            plan->steps[i].workspace = builder->requests[builder->workspace_request[i]].offset;
    return SENET_OK;
}

static enum senet_code build(struct builder *builder, struct senet_error *error)
{
    const struct graph *graph = builder->graph;
    if (!builder->plan || !collect_values(builder) || !allocate(builder) ||
        !constants_list(&builder->constants, graph, &builder->scratch))
        return error_out_of_memory(error);
    find_absorbing_kernels(builder);
    add_inputs(builder);
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && !code; n++) {
        const struct node *node = graph->nodes[n];
        if (is_skipped(builder, n))
            continue;
        code = is_view(node->op) ? add_view(builder, node, error) : add_node(builder, n, error);
    }
    if (!code)
        code = add_outputs(builder, error);
    if (!code)
        constants_discard_rest(&builder->constants);
    return code ? code : place_tensors(builder, error);
}

/* NULL, which does as well, for networks that are packed before threads are started. */
static struct team *packing_team(const struct graph *graph)
{
    int processors = processors_usable();
    if (!graph->constants || graph->constants->total < PARALLEL_BYTES_MIN)
        return NULL;
    return team_create(processors < PACKING_TEAM_MAX ? processors : PACKING_TEAM_MAX);
}

enum senet_code plan_create(const struct graph *graph, const struct kernel_table *kernels, const struct simd *simd,
                            struct plan **plan, struct senet_error *error)
{
    struct builder builder = {.graph = graph, .kernels = kernels, .simd = simd};
    builder.plan = arena_alloc(graph->arena, 1, sizeof *builder.plan);
    builder.team = packing_team(graph);
    enum senet_code code = build(&builder, error);
    team_free(builder.team);
    arena_release(&builder.scratch);
    if (!code)
        *plan = builder.plan;
    return code;
}
