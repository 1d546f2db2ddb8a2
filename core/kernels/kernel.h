/*
 * Kernels: what computes a node. The planner takes, for each node, the first row of the table whose operator
 * matches and which accepts it; the naive kernels, which come last, accept everything.
 */
#ifndef SENET_KERNELS_KERNEL_H
#define SENET_KERNELS_KERNEL_H

#include "base/parallel.h"
#include "graph/graph.h"
#include "kernels/simd/simd.h"

/* An operand at run time. Constants are never written. */
struct tensor {
    void *data;
    const struct senet_shape *shape;
    enum dtype dtype;
};

/* What `prepare` decides once, when the plan is made. */
struct kernel_setup {
    struct arena *arena;     /* for params and packed weights; lives as long as the plan */
    const struct simd *simd; /* the instruction set that the plan is made for */
    struct team *team;       /* shares the packing; NULL is a team of one */
    const void *params;      /* handed to every run */
    size_t workspace_bytes;  /* scratch that one run needs, shared by the team */
    size_t member_bytes;     /* scratch that each member of the team needs besides */
    /*
     * Bit i: prepare has packed constant input i, whose contents make room for those of later kernels once none needs
     * them. Runs get no data for it, and params hold no pointer into it.
     */
    uint32_t packed_inputs;
};

struct kernel_call {
    const void *params;
    const struct tensor *inputs;  /* in the node's order; data is NULL for omitted optional inputs and packed ones */
    const struct tensor *outputs; /* never overlap the inputs; data is NULL for those that nobody reads */
    void *workspace;              /* 64-byte aligned, contents undefined */
    void *member_scratch;         /* member m's begins at m * member_bytes */
    size_t member_bytes;
    const float *gate_override; /* SE blocks: channels values, NaN keeps a channel's own; NULL for none */
    struct team *team;          /* NULL is a team of one */
};

struct kernel {
    enum op op;
    enum layout reads, writes;                /* of all rank-4 float activations */
    const char *name;                         /* op, layout, method: "conv_planar_gemm" */
    bool (*accepts)(const struct node *node); /* NULL accepts all */
    /* NULL when the kernel needs neither params nor scratch. Errors: OUT_OF_MEMORY. */
    enum senet_code (*prepare)(const struct node *node, struct kernel_setup *setup, struct senet_error *error);
    /* Returns void: infer has validated everything when the plan was made. */
    void (*run)(const struct kernel_call *call);
};

struct kernel_table {
    const struct kernel *rows;
    size_t count;
    const struct kernel_table *fallback; /* asked when no row accepts a node; NULL for none */
    /*
     * Kernels that compute a node together with the producer of its first input, which nobody else reads: `prepare`
     * packs the constants of both, and runs get the producer's first input in place of the node's. NULL for none.
     */
    const struct kernel_table *absorbing;
};

/* The fast kernels, which fall back on the naive ones. */
extern const struct kernel_table kernel_table;
/* The naive ones alone, for every operator: the oracle in tests, and what folds constants. */
extern const struct kernel_table reference_kernel_table;

/*
 * The first row that accepts the node; among rows of one table that do, one that reads `present`, the layout in which
 * the node's operands lie, goes before one that does not. NULL when no row accepts it.
 */
const struct kernel *kernel_find_near(const struct kernel_table *table, const struct node *node, enum layout present);
/* The first row of table->absorbing that accepts the node, or NULL. */
const struct kernel *kernel_find_absorbing(const struct kernel_table *table, const struct node *node);
/* Of planar operands. */
const struct kernel *kernel_find(const struct kernel_table *table, const struct node *node);

/* Copies between layouts; source and destination do not overlap. */
void layout_convert(const float *source, enum layout from, float *destination, enum layout to,
                    const struct senet_shape *shape);

/* What the conversion from `from` into the other layout is called. */
const char *layout_conversion_name(enum layout from);

#endif
