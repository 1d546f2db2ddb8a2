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

bool node_give_input(struct graph *graph, struct node *node, int index, struct value *value)
{
    if (node->input_count <= index) {
        struct value **inputs = arena_alloc(graph->arena, (size_t)index + 1, sizeof(struct value *));
        if (!inputs)
            return false;
        memcpy(inputs, node->inputs, (size_t)node->input_count * sizeof(struct value *));
        node->inputs = inputs;
        node->input_count = index + 1;
    }
    node_set_input(node, index, value);
    return true;
}

bool node_set_bias(struct graph *graph, struct node *node, struct value *value)
{
    return node_give_input(graph, node, 2, value);
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

struct value *node_scalar_operand(const struct node *node, float *scalar)
{
    for (int i = 0; i < 2; i++)
        if (value_scalar(node->inputs[i], scalar))
            return node->inputs[1 - i];
    return NULL;
}
