/*
 * Transposes on their way towards the outputs: what the pass sink_transposes and its rules share.
 *
 * DESIGN
 * The pass writes a second list of nodes beside the graph's. Where the graph has v = Transpose(u), the list has nothing
 * yet: v is lazy, that is, known to be u with its axes permuted. A node that reads lazy operands is either written so
 * that it works on their sources, and then its outputs are lazy, or it is written as it was, and its operands are made
 * before it: by a Transpose, by a Reshape when only axes of one element move, or by nothing when the permutation has
 * become none. Until the list is taken, the graph is as it was.
 */
#ifndef SENET_GRAPH_PASSES_SINK_H
#define SENET_GRAPH_PASSES_SINK_H

#include "graph/graph.h"

struct permutation {
    int axis[SENET_MAX_RANK]; /* axis i of the result is axis[i] of the operand */
};

/* `value` is `source` permuted. */
struct lazy {
    const struct value *value;
    struct value *source; /* NULL: not lazy */
    struct permutation permutation;
    size_t region;
    bool made; /* a node of the list computes it */
};

struct sinking {
    struct graph *graph;
    struct arena *scratch;
    struct lazy *lazies; /* of all values that nodes compute, in order of address */
    size_t lazy_count;
    struct node **nodes; /* the list */
    size_t node_count, node_capacity;
    size_t *regions;         /* by node: nodes that have worked on one lazy value or more are one region */
    int64_t *before, *after; /* by region: elements that its Transposes move in each run */
    bool *pinned;            /* by node: to be left as it is */
    struct senet_error *error;
};

/* NULL when the value is not lazy. */
struct lazy *sink_find(const struct sinking *sinking, const struct value *value);

bool permutation_is_none(const struct permutation *permutation, int rank);
/* Only axes of one element of `source` move: the elements keep their order. */
bool permutation_is_view(const struct permutation *permutation, const struct senet_shape *source);
struct permutation permutation_inverse(const struct permutation *permutation, int rank);
struct permutation permutation_then(const struct permutation *first, const struct permutation *second, int rank);

/* Appends to the list. False when memory is short. */
bool sink_write(struct sinking *sinking, struct node *node);
/* A node of its own to change: as the other, with room for `inputs` and attributes of its own. NULL: out of memory. */
struct node *sink_copy(const struct sinking *sinking, const struct node *node, int inputs);

/*
 * `source` under another shape, or permuted; folded where it is constant, else by a node of the list. What is moved in
 * each run counts for `region`. Errors: OUT_OF_MEMORY.
 */
enum senet_code sink_reshape(struct sinking *sinking, struct value *source, const struct senet_shape *shape,
                             struct value **result);
enum senet_code sink_permute(struct sinking *sinking, struct value *source, const struct permutation *permutation,
                             size_t region, struct value **result);

/*
 * Rewrites `node`, a copy of the one at `index` with the same outputs and lazy operands, for their sources. False when
 * it cannot: then nothing was written. On success the outputs are the rewritten ones permuted by *result, unless
 * `keeps_outputs`: they are as they were. Errors, in *code: OUT_OF_MEMORY.
 */
struct sunk {
    struct permutation result;
    bool keeps_outputs;
    size_t region; /* of one of the operands */
};
bool sink_apply(struct sinking *sinking, size_t index, struct node *node, struct sunk *sunk, enum senet_code *code);

/* From here on the two are one region; returns which. */
size_t sink_join(const struct sinking *sinking, size_t a, size_t b);

#endif
