/*
 * The intermediate representation: a list of nodes in execution order over named values.
 *
 * DESIGN
 * The importer (onnx/) builds it, passes rewrite it, the planner (plan/) reads it. Everything in it lives in
 * one arena that the graph's owner releases; pointers between nodes and values are plain and never outlive
 * it. Three facts hold after every pass:
 *   - nodes are in topological order;
 *   - each value has at most one producer, and `uses` counts its readers (node inputs and graph outputs);
 *   - once graph_infer has run, every value has its final dtype and shape, the byte size checked against overflow,
 *     and all dimensions > 0; only constants may be empty (exporters write lists of no axes).
 */
#ifndef SENET_GRAPH_GRAPH_H
#define SENET_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "graph/activation.h"
#include "graph/operators.h"
#include "graph/se_block.h"
#include "senet.h"

enum dtype { DTYPE_FLOAT32, DTYPE_INT64 };

size_t dtype_size(enum dtype dtype);

/*
 * How a tensor lies in memory. PLANAR is row-major in the order of its shape (NCHW for images). CHANNELS_LAST is
 * N, H, W, C for rank-4 float tensors, with layout_pixel_stride floats from pixel to pixel; what lies between the
 * channels and the next pixel is anything, and kernels may write it.
 */
enum layout { LAYOUT_PLANAR, LAYOUT_CHANNELS_LAST };

/*
 * The channels of rank-4 `shape` rounded up to a multiple of 8, so that rows are whole vectors; and where pixels would
 * lie a multiple of 2 KiB apart, 16 more: the pixels of a tile would compete for the same few lines of a cache.
 */
int64_t layout_pixel_stride(const struct senet_shape *shape);

/* Elements that a tensor of `shape` occupies in `layout`, padding included. */
int64_t layout_elements(const struct senet_shape *shape, enum layout layout);

struct node;

struct value {
    const char *name;
    enum dtype dtype;
    enum layout layout;       /* PLANAR until the planner decides otherwise */
    struct senet_shape shape; /* a graph input's open dimensions are -1 until graph_infer fixes them */
    const void *data;         /* contents of a constant, PLANAR; NULL for what is computed */
    struct node *producer;    /* NULL for graph inputs and constants */
    int uses;
};

/* An ONNX attribute as the file wrote it. Strings are NUL-terminated. */
enum attribute_type {
    ATTRIBUTE_INT,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_STRING,
    ATTRIBUTE_INTS,
    ATTRIBUTE_FLOATS,
    ATTRIBUTE_TENSOR
};
struct attribute {
    const char *name;
    enum attribute_type type;
    int64_t i;
    float f;
    const char *s;
    const int64_t *ints;
    const float *floats;
    size_t count;         /* of ints or floats */
    struct value *tensor; /* a constant */
};

struct node {
    enum op op;
    const char *name;      /* the file's; "" when it has none */
    struct value **inputs; /* NULL entries are omitted optional inputs */
    struct value **outputs;
    int input_count, output_count;
    struct attribute *attributes;
    size_t attribute_count;
    struct activation activation; /* fused: applied to output 0 */
    size_t position;              /* in graph->nodes, where a pass has said so for its own use */
    struct se_block *se;          /* of the one node that carries it; NULL for all others */
};

/* What folding has cost so far: see graph/fold.h. */
struct fold_budget {
    int64_t bytes; /* of results */
    int64_t steps; /* elements read and written, and multiply-accumulates */
};

/* A list of the large contents that graph->constants has handed out. */
struct contents {
    struct contents *next;
    struct arena_range range;
};

struct graph {
    struct arena *arena;
    struct arena *constants; /* what graph_new_contents takes room from, if not NULL */
    struct contents *contents;
    const char *name;
    int64_t opset; /* of the default domain */
    struct node **nodes;
    size_t node_count;
    struct value **inputs, **outputs;
    size_t input_count, output_count;
    struct fold_budget fold_budget;
};

/* All return NULL when the arena is out of memory. */
struct value *graph_add_value(struct graph *graph, const char *name);
struct value *graph_add_constant(struct graph *graph, const char *name, enum dtype dtype,
                                 const struct senet_shape *shape, const void *data); /* `data` must live in the arena */
/*
 * Room for the contents of a constant, not set. What is large comes from graph->constants, where it makes room again
 * once it has been packed or replaced.
 */
void *graph_new_contents(struct graph *graph, size_t count, size_t size);
/* All that has been taken from the graph's arenas. */
size_t graph_contents_bytes(const struct graph *graph);
struct node *graph_new_node(struct graph *graph, enum op op, const char *name, int inputs, int outputs);

/* Which output of a node that carries a block is the block's gate. */
int node_gate_output(const struct node *node);

/* Attribute look-ups with the default that the operator's specification gives. */
const struct attribute *node_attribute(const struct node *node, const char *name);
int64_t node_attribute_int(const struct node *node, const char *name, int64_t missing);
float node_attribute_float(const struct node *node, const char *name, float missing);

/* "Conv node '/layer1/conv1/Conv'" for messages; `text` is returned. */
const char *node_describe(const struct node *node, char *text, size_t size);

/* What of a node's name is behind the call of the whole network that TensorFlow puts first, and that says nothing. */
const char *node_path(const char *node_name);

/*
 * "/layer1/layer1.0/conv1/Conv" -> "layer1.0.conv1": the scope in PyTorch's module form. Names without a scope
 * are kept. Allocated in `arena`; NULL when out of memory.
 */
const char *module_name(struct arena *arena, const char *node_name);

#endif
