#include "graph/passes/rewrite.h"

#include <string.h>

#include "graph/ops.h"

void node_set_input(struct node *node, int index, struct value *value)
{
    if (value)
        value->uses++;
    if (node->inputs[index])
        node->inputs[index]->uses--;
    node->inputs[index] = value;
}

bool node_set_bias(struct graph *graph, struct node *node, struct value *value)
{
    if (node->input_count < 3) {
        struct value **inputs = arena_alloc(graph->arena, 3, sizeof(struct value *));
        if (!inputs)
            return false;
        memcpy(inputs, node->inputs, (size_t)node->input_count * sizeof(struct value *));
        node->inputs = inputs;
        node->input_count = 3;
    }
    node_set_input(node, 2, value);
    return true;
}

struct value *node_bias(const struct node *node)
{
    return node_input(node, 2);
}

void graph_drop_node(struct graph *graph, size_t index)
{
    struct node *node = graph->nodes[index];
    for (int i = 0; i < node->input_count; i++)
        node_set_input(node, i, NULL);
    graph->nodes[index] = NULL;
}

void graph_close_gaps(struct graph *graph)
{
    size_t kept = 0;
    for (size_t i = 0; i < graph->node_count; i++)
        if (graph->nodes[i])
            graph->nodes[kept++] = graph->nodes[i];
    graph->node_count = kept;
}

void node_absorb(struct graph *graph, struct node *producer, size_t reader)
{
    producer->outputs[0] = graph->nodes[reader]->outputs[0];
    producer->outputs[0]->producer = producer;
    graph_drop_node(graph, reader);
}

struct node *sole_producer(const struct value *value, enum op op)
{
    return value->uses == 1 && value->producer && value->producer->op == op ? value->producer : NULL;
}

bool op_is_view(enum op op)
{
    return op == OP_RESHAPE || op == OP_FLATTEN || op == OP_SQUEEZE || op == OP_UNSQUEEZE;
}

bool node_activation(const struct node *node, struct activation *activation)
{
    struct activation found = {ACTIVATION_NONE, 0, 0};
    switch (node->op) {
    case OP_RELU:
        found.kind = ACTIVATION_RELU;
        break;
    case OP_CLIP:
        found.kind = ACTIVATION_CLIP;
        if (!clip_bounds(node, &found.a, &found.b))
            return false;
        break;
    case OP_SIGMOID:
        found.kind = ACTIVATION_SIGMOID;
        break;
    case OP_HARD_SIGMOID:
        found.kind = ACTIVATION_HARD_SIGMOID;
        found.a = node_attribute_float(node, "alpha", 0.2f);
        found.b = node_attribute_float(node, "beta", 0.5f);
        break;
    case OP_HARD_SWISH:
        found.kind = ACTIVATION_HARD_SWISH;
        break;
    default:
        return false;
    }
    *activation = found;
    return true;
}

struct value *node_scalar_operand(const struct node *node, float *scalar)
{
    for (int i = 0; i < 2; i++)
        if (value_scalar(node->inputs[i], scalar))
            return node->inputs[1 - i];
    return NULL;
}

enum senet_code graph_out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory for the model");
}
