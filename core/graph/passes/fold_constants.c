/*
 * DESIGN
 * What folding may cost is bounded, because a small file can describe a large computation (a broadcast sum of
 * two vectors, a product of two matrices, a thousand means of one tensor). A node that exceeds what is left of the
 * budget stays a node and is computed in each run like any other.
 */
#include "base/checked.h"
#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"
#include "kernels/kernel.h"

#define BUDGET_BYTES ((int64_t)256 << 20)
#define BUDGET_STEPS ((int64_t)1 << 28)

struct budget {
    int64_t bytes; /* of results */
    int64_t steps; /* elements read and written, and multiply-accumulates */
};

/* Pooling costs more than its elements, and nobody pools constants. */
static bool is_pool(const struct node *node)
{
    return node->op == OP_MAX_POOL || node->op == OP_AVERAGE_POOL;
}

static bool has_constant_inputs(const struct node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !node->inputs[i]->data)
            return false;
    return node->input_count > 0 && node->inputs[0];
}

static int64_t value_bytes(const struct value *value)
{
    return senet_shape_elements(&value->shape) * (int64_t)dtype_size(value->dtype);
}

/* No node has so many operands, nor tensors so many elements, that the sum overflows. */
static int64_t count_steps(const struct node *node)
{
    int64_t steps = senet_shape_elements(&node->outputs[0]->shape);
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            steps += senet_shape_elements(&node->inputs[i]->shape);
    return steps + (op_table[node->op].macs ? op_table[node->op].macs(node) : 0);
}

/* False when the budget does not allow it; otherwise the cost is taken. */
static bool budget_spend(struct budget *budget, const struct node *node)
{
    int64_t bytes = value_bytes(node->outputs[0]), steps = count_steps(node);
    if (bytes > budget->bytes || steps > budget->steps)
        return false;
    budget->bytes -= bytes;
    budget->steps -= steps;
    return true;
}

/* Kernels take all operands as void * and write none of their inputs. */
static struct tensor tensor_of(const struct value *value, const void *data)
{
    return (struct tensor){.data = (void *)(uintptr_t)data, .shape = &value->shape, .dtype = value->dtype};
}

/* Runs `kernel` once on the node's constants; scratch and parameters are gone afterwards. */
static enum senet_code compute(struct graph *graph, const struct kernel *kernel, const struct node *node,
                               struct arena *scratch, struct senet_error *error)
{
    struct kernel_setup setup = {.arena = scratch};
    if (kernel->prepare) {
        enum senet_code code = kernel->prepare(node, &setup, error);
        if (code != SENET_OK)
            return code;
    }
    struct value *result = node->outputs[0];
    void *data = arena_alloc(graph->arena, (size_t)value_bytes(result), 1);
    struct tensor *inputs = arena_alloc(scratch, (size_t)node->input_count, sizeof *inputs);
    void *workspace = arena_alloc(scratch, setup.workspace_bytes, 1);
    void *member_scratch = arena_alloc(scratch, setup.member_bytes, 1);
    if (!data || !inputs || !workspace || !member_scratch)
        return error_out_of_memory(error);
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            inputs[i] = tensor_of(node->inputs[i], node->inputs[i]->data);
    const struct tensor output = tensor_of(result, data);
    const struct kernel_call call = {.params = setup.params,
                                     .inputs = inputs,
                                     .outputs = &output,
                                     .workspace = workspace,
                                     .member_scratch = member_scratch,
                                     .member_bytes = setup.member_bytes};
    kernel->run(&call);
    result->data = data;
    return SENET_OK;
}

/* On success the output is a constant if that was possible within the budget. */
static enum senet_code fold(struct graph *graph, struct node *node, struct budget *budget, struct senet_error *error)
{
    struct value *result = node->outputs[0];
    if (op_is_view(node->op)) {
        result->data = node->inputs[0]->data;
        return SENET_OK;
    }
    const struct kernel *kernel = kernel_find(&reference_kernel_table, node);
    if (!kernel || !budget_spend(budget, node))
        return SENET_OK;
    struct arena scratch = {0};
    enum senet_code code = compute(graph, kernel, node, &scratch, error);
    arena_release(&scratch);
    return code;
}

enum senet_code pass_fold_constants(struct graph *graph, struct senet_error *error)
{
    struct budget budget = {.bytes = BUDGET_BYTES, .steps = BUDGET_STEPS};
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        struct node *node = graph->nodes[n];
        if (node->output_count != 1 || is_pool(node) || !has_constant_inputs(node))
            continue;
        code = fold(graph, node, &budget, error);
        if (node->outputs[0]->data) {
            node->outputs[0]->producer = NULL;
            graph_drop_node(graph, n);
        }
    }
    graph_close_gaps(graph);
    return code;
}
