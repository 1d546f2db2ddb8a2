#include "graph/fold.h"

#include <limits.h>

#include "base/checked.h"
#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "kernels/kernel.h"
#include "kernels/product.h"

#define BUDGET_BYTES ((int64_t)256 << 20)
#define BUDGET_STEPS ((int64_t)1 << 28)
/* A product by OpenBLAS does as many multiplications in the time that a naive kernel takes for one step. */
#define PRODUCT_MACS_PER_STEP 16

void fold_budget_init(struct fold_budget *budget)
{
    *budget = (struct fold_budget){0};
}

bool fold_budget_scan(struct fold_budget *budget, int64_t elements)
{
    if (elements > BUDGET_STEPS - budget->steps)
        return false;
    budget->steps += elements;
    return true;
}

/* Sums over neighbours and resizing cost more than their elements, and nobody does so to constants. */
static bool sums_neighbours(const struct node *node)
{
    return op_table[node->op].infer == infer_pool || op_table[node->op].infer == infer_resize || node->op == OP_LRN;
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

static int64_t count_bytes(const struct node *node)
{
    int64_t bytes = 0;
    for (int i = 0; i < node->output_count; i++)
        bytes += node->outputs[i] ? value_bytes(node->outputs[i]) : 0;
    return bytes;
}

/*
 * An operand that is broadcast is read once for each element of the output. No node has so many operands, nor tensors
 * so many elements, that the sum overflows.
 */
static int64_t count_steps(const struct node *node)
{
    int64_t steps = 0, outputs = senet_shape_elements(&node->outputs[0]->shape);
    for (int i = 0; i < node->output_count; i++)
        steps += node->outputs[i] ? senet_shape_elements(&node->outputs[i]->shape) : 0;
    for (int i = 0; i < node->input_count; i++) {
        int64_t elements = node->inputs[i] ? senet_shape_elements(&node->inputs[i]->shape) : 0;
        steps += elements > outputs ? elements : outputs;
    }
    return steps + (op_table[node->op].macs ? op_table[node->op].macs(node) : 0);
}

/* False when the budget does not allow it; otherwise the cost is taken. */
static bool budget_spend(struct fold_budget *budget, int64_t bytes, int64_t steps)
{
    if (bytes > BUDGET_BYTES - budget->bytes || steps > BUDGET_STEPS - budget->steps)
        return false;
    budget->bytes += bytes;
    budget->steps += steps;
    return true;
}

/* Kernels take all operands as void * and write none of their inputs. */
static struct tensor tensor_of(const struct value *value, const void *data)
{
    return (struct tensor){.data = (void *)(uintptr_t)data, .shape = &value->shape, .dtype = value->dtype};
}

/* Room for every output. False when memory is short. */
static bool allocate_outputs(struct graph *graph, const struct node *node, struct tensor *outputs)
{
    for (int i = 0; i < node->output_count; i++) {
        const struct value *output = node->outputs[i];
        if (!output)
            continue;
        void *data = graph_new_contents(graph, (size_t)value_bytes(output), 1);
        if (!data)
            return false;
        outputs[i] = tensor_of(output, data);
    }
    return true;
}

/* Runs `kernel` once on the node's constants; scratch and parameters are gone afterwards. */
static enum senet_code compute(struct graph *graph, const struct kernel *kernel, const struct node *node,
                               struct arena *scratch, struct senet_error *error)
{
    struct kernel_setup setup = {.arena = scratch, .simd = simd_find(NULL)};
    if (kernel->prepare) {
        enum senet_code code = kernel->prepare(node, &setup, error);
        if (code != SENET_OK)
            return code;
    }
    struct tensor *inputs = arena_alloc(scratch, (size_t)node->input_count, sizeof *inputs);
    struct tensor *outputs = arena_alloc(scratch, (size_t)node->output_count, sizeof *outputs);
    void *workspace = arena_alloc(scratch, setup.workspace_bytes, 1);
    void *member_scratch = arena_alloc(scratch, setup.member_bytes, 1);
    if (!inputs || !outputs || !workspace || !member_scratch || !allocate_outputs(graph, node, outputs))
        return error_out_of_memory(error);
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            inputs[i] = tensor_of(node->inputs[i], node->inputs[i]->data);
    const struct kernel_call call = {.params = setup.params,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .workspace = workspace,
                                     .member_scratch = member_scratch,
                                     .member_bytes = setup.member_bytes};
    kernel->run(&call);
    for (int i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            node->outputs[i]->data = outputs[i].data;
    return SENET_OK;
}

enum senet_code node_fold(struct graph *graph, struct node *node, struct senet_error *error)
{
    if (node->outputs[0]->data || sums_neighbours(node) || !has_constant_inputs(node))
        return SENET_OK;
    if (op_is_view(node->op)) {
        node->outputs[0]->data = node->inputs[0]->data;
        return SENET_OK;
    }
    const struct kernel *kernel = kernel_find(&reference_kernel_table, node);
    if (!kernel || !budget_spend(&graph->fold_budget, count_bytes(node), count_steps(node)))
        return SENET_OK;
    struct arena scratch = {0};
    enum senet_code code = compute(graph, kernel, node, &scratch, error);
    arena_release(&scratch);
    return code;
}

/* False when the budget does not allow the product; otherwise the cost is taken. */
static bool spend_product(struct fold_budget *budget, int64_t rows, int64_t depth, int64_t columns)
{
    int64_t elements, macs, bytes;
    if (rows > INT_MAX || depth > INT_MAX || columns > INT_MAX || !checked_mul_i64(rows, columns, &elements) ||
        !checked_mul_i64(elements, depth, &macs) || !checked_mul_i64(elements, (int64_t)sizeof(float), &bytes))
        return false;
    return budget_spend(budget, bytes, macs / PRODUCT_MACS_PER_STEP + elements);
}

enum senet_code fold_product(struct graph *graph, const struct value *a, const struct value *b, struct value **product,
                             struct senet_error *error)
{
    int64_t rows = a->shape.dim[0], depth = b->shape.dim[0], columns = senet_shape_elements(&b->shape) / depth;
    const struct senet_shape shape = {2, {rows, columns}};
    *product = NULL;
    if (!spend_product(&graph->fold_budget, rows, depth, columns))
        return SENET_OK;
    float *data = graph_new_contents(graph, (size_t)(rows * columns), sizeof *data);
    if (!data || !product_of_constants(a->data, b->data, rows, depth, columns, data))
        return error_out_of_memory(error);
    *product = graph_add_constant(graph, a->name, DTYPE_FLOAT32, &shape, data);
    return *product ? SENET_OK : error_out_of_memory(error);
}
