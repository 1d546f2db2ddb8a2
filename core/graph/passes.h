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
/* Groups of channels that a Reshape, a Transpose and a Reshape interleave: one OP_CHANNEL_SHUFFLE, N,C,H,W, `group`. */
enum senet_code pass_recognise_channel_shuffle(struct graph *graph, struct senet_error *error);
/*
 * Transposes move towards the outputs until they cancel, become views, or meet what they cannot pass; where that does
 * not move fewer elements in each run, they stay. A graph that TensorFlow's exporter wrote, whose convolutions stand
 * between Transposes, is N,C,H,W throughout afterwards: the SE patterns are found in it as in others.
 */
enum senet_code pass_sink_transposes(struct graph *graph, struct senet_error *error);
/* An activation that is spelled out in several nodes becomes one: x * sigmoid(x), 0.5 * x * (1 + erf(x / sqrt 2)). */
enum senet_code pass_recognise_activations(struct graph *graph, struct senet_error *error);
/* MatMul by a constant becomes Gemm; the Add of a constant vector after Gemm, Conv or ConvTranspose its bias. */
enum senet_code pass_absorb_biases(struct graph *graph, struct senet_error *error);
/* BatchNormalization after a Conv, ConvTranspose or Gemm with no other reader goes into its weights and bias. */
enum senet_code pass_fold_batch_norm(struct graph *graph, struct senet_error *error);
/* The blocks of the graph are found: each becomes one OP_SE, or its product an OP_RESCALE; see graph/se_block.h. */
enum senet_code pass_recognise_se(struct graph *graph, struct senet_error *error);
/* An activation after Conv, ConvTranspose, Gemm, BatchNormalization, Add, SE or Rescale goes into that node. */
enum senet_code pass_fuse_activations(struct graph *graph, struct senet_error *error);
/* Each block is taken apart into squeeze, excitation and a product, which a convolution beside it does if it can. */
enum senet_code pass_lower_se(struct graph *graph, struct senet_error *error);
/*
 * The Add of two computed tensors of one shape goes into a Conv or Rescale that computes one of them for it alone, and
 * takes the other as its residual; the Add's activation goes with it.
 */
enum senet_code pass_fuse_residuals(struct graph *graph, struct senet_error *error);
/* Nodes and optional outputs that nobody reads vanish. Graph outputs and the gates of blocks are kept. */
enum senet_code pass_remove_dead(struct graph *graph, struct senet_error *error);

/* All of the above, shapes inferred first. Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED, OUT_OF_MEMORY. */
enum senet_code graph_optimise(struct graph *graph, const struct input_size *size, struct senet_error *error);

#endif
