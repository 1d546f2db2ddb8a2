/*
 * A plan: which kernel computes which node, in what order, where every tensor lies. Immutable once made and
 * shared by all sessions of a model.
 */
#ifndef SENET_PLAN_PLAN_H
#define SENET_PLAN_PLAN_H

#include "graph/graph.h"
#include "kernels/kernel.h"

struct plan_tensor {
    struct senet_shape shape;
    enum dtype dtype;
    enum layout layout;
    const void *constant; /* or NULL: */
    size_t offset;        /* in the session's arena */
};

struct plan_step {
    const struct kernel *kernel; /* NULL: a layout conversion of inputs[0] into outputs[0], both float32 */
    const void *params;
    size_t workspace; /* offset in the session's arena of the kernel's workspace_bytes */
    size_t member_bytes;
    const int *inputs, *outputs; /* indices of plan->tensors; -1 is one that is omitted, or an input packed */
    int input_count, output_count;
    int node;     /* index of graph->nodes; -1 for conversions */
    int absorbed; /* the node before it that is computed along with it; -1 for none */
    int se_block; /* which SE block in graph order this computes; -1 for other steps */
};

struct plan {
    struct plan_tensor *tensors;
    size_t tensor_count;
    struct plan_step *steps;
    size_t step_count;
    int *inputs, *outputs; /* tensors, in the graph's order; the model's edges are PLANAR */
    size_t input_count, output_count;
    int *gates; /* tensor of each SE block's gate, N x C */
    size_t gate_count;
    size_t arena_bytes;  /* activations and the shared workspace */
    size_t member_bytes; /* scratch for each member of a session's team */
};

/*
 * Kernels of `kernels`, run with the loops of `simd`. `graph` has been optimised and must outlive the plan (both live
 * in graph->arena). Inserts conversions where a kernel's layout differs from its operand's. Reshape, Flatten, Squeeze
 * and Unsqueeze take no step: their output is their input under another shape. Inputs, outputs and gates keep their
 * contents to the end of the run. Of graph->constants only what steps read stays: the graph cannot be planned again.
 * Errors: MODEL_UNSUPPORTED, OUT_OF_MEMORY.
 */
enum senet_code plan_create(const struct graph *graph, const struct kernel_table *kernels, const struct simd *simd,
                            struct plan **plan, struct senet_error *error);

#endif
