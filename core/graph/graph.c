#include "graph/graph.h"

#include <stdio.h>
#include <string.h>

#include "graph/ops.h"

/* What an arena hands out again. */
#define LARGE_CONTENTS_BYTES 16384

size_t dtype_size(enum dtype dtype)
{
    return dtype == DTYPE_INT64 ? sizeof(int64_t) : sizeof(float);
}

int64_t layout_pixel_stride(const struct senet_shape *shape)
{
    int64_t stride = (shape->dim[1] + 7) / 8 * 8;
    bool pixels = shape->dim[2] * shape->dim[3] > 1;
    return pixels && stride % 512 == 0 ? stride + 16 : stride;
}

int64_t layout_elements(const struct senet_shape *shape, enum layout layout)
{
    if (layout == LAYOUT_PLANAR)
        return senet_shape_elements(shape);
    return shape->dim[0] * shape->dim[2] * shape->dim[3] * layout_pixel_stride(shape);
}

struct value *graph_add_value(struct graph *graph, const char *name)
{
    struct value *value = arena_alloc(graph->arena, 1, sizeof *value);
    if (value)
        value->name = name;
    return value;
}

struct value *graph_add_constant(struct graph *graph, const char *name, enum dtype dtype,
                                 const struct senet_shape *shape, const void *data)
{
    struct value *value = graph_add_value(graph, name);
    if (!value)
        return NULL;
    value->dtype = dtype;
    value->shape = *shape;
    value->data = data;
    return value;
}

void *graph_new_contents(struct graph *graph, size_t count, size_t size)
{
    if (!graph->constants || size == 0 || count < LARGE_CONTENTS_BYTES / size)
        return arena_alloc_unset(graph->arena, count, size);
    struct contents *contents = arena_alloc(graph->arena, 1, sizeof *contents);
    void *room = contents ? arena_alloc_unset(graph->constants, count, size) : NULL;
    if (room) {
        *contents = (struct contents){graph->contents, {room, count * size}};
        graph->contents = contents;
    }
    return room;
}

size_t graph_contents_bytes(const struct graph *graph)
{
    return graph->arena->total + (graph->constants ? graph->constants->total : 0);
}

struct node *graph_new_node(struct graph *graph, enum op op, const char *name, int inputs, int outputs)
{
    struct node *node = arena_alloc(graph->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->op = op;
    node->name = name;
    node->input_count = inputs;
    node->output_count = outputs;
    node->inputs = arena_alloc(graph->arena, (size_t)inputs, sizeof(struct value *));
    node->outputs = arena_alloc(graph->arena, (size_t)outputs, sizeof(struct value *));
    return node->inputs && node->outputs ? node : NULL;
}

const struct attribute *node_attribute(const struct node *node, const char *name)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (!strcmp(node->attributes[i].name, name))
            return &node->attributes[i];
    return NULL;
}

int64_t node_attribute_int(const struct node *node, const char *name, int64_t missing)
{
    const struct attribute *attribute = node_attribute(node, name);
    return attribute && attribute->type == ATTRIBUTE_INT ? attribute->i : missing;
}

float node_attribute_float(const struct node *node, const char *name, float missing)
{
    const struct attribute *attribute = node_attribute(node, name);
    return attribute && attribute->type == ATTRIBUTE_FLOAT ? attribute->f : missing;
}

int node_gate_output(const struct node *node)
{
    return node->op == OP_EXCITATION || node->op == OP_GATE ? 0 : 1;
}

const char *node_describe(const struct node *node, char *text, size_t size)
{
    if (*node->name)
        snprintf(text, size, "%s node '%.120s'", op_table[node->op].name, node->name);
    else
        snprintf(text, size, "a nameless %s node", op_table[node->op].name);
    return text;
}

const char *node_path(const char *node_name)
{
    static const char call[] = "StatefulPartitionedCall";
    while (!strncmp(node_name, call, sizeof call - 1) && strchr(node_name, '/'))
        node_name = strchr(node_name, '/') + 1;
    return node_name;
}

/*
 * PyTorch writes a module's path as scopes, and calls the children of a Sequential by their parent's name:
 * /layer1/layer1.0/downsample/downsample.0/Conv nests layer1, its child 0, downsample and its child 0. A
 * component that begins with the one before it and a dot therefore replaces that one.
 */
const char *module_name(struct arena *arena, const char *node_name)
{
    node_name = node_path(node_name);
    const char *end = strrchr(node_name, '/');
    if (!end || end == node_name)
        return arena_strdup(arena, end ? end + 1 : node_name);
    char *gathered = arena_alloc(arena, (size_t)(end - node_name) + 1, 1);
    if (!gathered)
        return NULL;
    size_t length = 0, last = 0; /* the last component gathered is last..length */
    for (const char *begin = node_name; begin < end;) {
        begin += *begin == '/';
        size_t size = strcspn(begin, "/"), last_size = length - last;
        bool child =
            last_size > 0 && size > last_size && !memcmp(begin, gathered + last, last_size) && begin[last_size] == '.';
        if (child) {
            length = last;
        } else if (length > 0 && size > 0) {
            gathered[length++] = '.';
        }
        last = length;
        memcpy(gathered + length, begin, size);
        length += size;
        begin += size;
    }
    gathered[length] = '\0';
    return gathered;
}
