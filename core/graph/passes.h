/*
 * The passes, in the order in which graph_optimise runs them. Each keeps the facts that graph.h states and can
 * be run alone, which is how it is tested.
 */
#ifndef SENET_GRAPH_PASSES_H
#define SENET_GRAPH_PASSES_H

#include "graph/graph.h"

/* Fixes the graph inputs' open dimensions (batch, then height and width of the rank-4 input), infers all shapes. */
struct input_size {
    int64_t batch, height, width; /* each > 0; used only where the graph leaves the dimension open */
};
enum senet_code graph_infer(struct graph *graph, const struct input_size *size, struct senet_error *error);

/* Identity, Dropout, Constant and Pads by nothing vanish: readers take their operand. */
enum senet_code pass_remove_identities(struct graph *graph, struct senet_error *error);
/* Nodes whose inputs are all constant are computed now, by their kernels. */
enum senet_code pass_fold_constants(struct graph *graph, struct senet_error *error);
/* An activation that is spelled out in several nodes becomes one: x * sigmoid(x), 0.5 * x * (1 + erf(x / sqrt 2)). */
enum senet_code pass_recognise_activations(struct graph *graph, struct senet_error *error);
/* MatMul by a constant becomes Gemm; the Add of a constant vector after a Gemm or Conv becomes its bias. */
enum senet_code pass_absorb_biases(struct graph *graph, struct senet_error *error);
/* BatchNormalization after a Conv with no other reader goes into its weights and bias. */
enum senet_code pass_fold_batch_norm(struct graph *graph, struct senet_error *error);
/* Squeeze, excitation and rescale become one OP_SE; see struct se_block. */
enum senet_code pass_recognise_se(struct graph *graph, struct senet_error *error);
/* An activation after Conv, Gemm, Add or SE goes into that node. */
enum senet_code pass_fuse_activations(struct graph *graph, struct senet_error *error);
/* Nodes that nobody reads vanish. Graph outputs and an OP_SE's gate are kept. */
enum senet_code pass_remove_dead(struct graph *graph, struct senet_error *error);

/* All of the above, shapes inferred first. Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED, OUT_OF_MEMORY. */
enum senet_code graph_optimise(struct graph *graph, const struct input_size *size, struct senet_error *error);

#endif
