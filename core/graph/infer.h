/*
 * Shape inference, one function per operator or family of operators that share a rule (their contract is at
 * struct op_info), and what those functions have in common.
 */
#ifndef SENET_GRAPH_INFER_H
#define SENET_GRAPH_INFER_H

#include "graph/graph.h"

/* No tensor may be larger. Products of a few such sizes in bytes still fit 64 bits where a cap is stated. */
#define TENSOR_BYTES_MAX ((int64_t)1 << 40)

typedef enum senet_code infer_function(struct graph *graph, struct node *node, struct senet_error *error);

/* infer_elementwise.c: functions of floats, of floats or integers, of several operands */
infer_function infer_elementwise, infer_float_test, infer_gelu;
infer_function infer_cast, infer_cast_like, infer_clip, infer_numeric;
infer_function infer_arithmetic, infer_bit_shift, infer_comparison, infer_logic, infer_mean, infer_mod, infer_pow,
    infer_prelu, infer_where;
/* infer_se.c: what passes make; float32 alone */
infer_function infer_channel_means, infer_excitation, infer_gate, infer_se;
/* infer_matrix.c: float32 alone */
infer_function infer_einsum, infer_gemm, infer_matmul;
/* infer_normalise.c: float32 alone */
infer_function infer_batch_normalization, infer_lp_normalization, infer_lrn, infer_mean_variance, infer_normalise;
/* infer_reduce.c: float32, and int64 where order or sums are all that is needed */
infer_function infer_arg, infer_reduce, infer_softmax, infer_top_k;
/* infer_window.c: float32, and int64 for MaxPool */
infer_function infer_conv, infer_conv_transpose, infer_pool;
/* infer_movement.c, and all that follow: any type */
infer_function infer_concat, infer_constant, infer_dropout, infer_flatten, infer_identity, infer_reshape, infer_squeeze,
    infer_transpose, infer_unsqueeze;
/* infer_section.c */
infer_function infer_expand, infer_pad, infer_slice, infer_split, infer_tile;
/* infer_index.c */
infer_function infer_compress, infer_gather, infer_gather_elements, infer_gather_nd, infer_non_zero, infer_one_hot,
    infer_scatter_elements, infer_scatter_nd;
/* infer_generate.c */
infer_function infer_constant_of_shape, infer_cum_sum, infer_eye_like, infer_range, infer_reverse_sequence, infer_shape,
    infer_size, infer_trilu;
/* infer_spatial.c */
infer_function infer_channel_shuffle, infer_depth_to_space, infer_resize, infer_space_to_depth;

/* Fill `error` with "<node>: <text>" and return the code. */
enum senet_code node_malformed(const struct node *node, struct senet_error *error, const char *format, ...)
    SENET_PRINTF(3, 4);
enum senet_code node_unsupported(const struct node *node, struct senet_error *error, const char *format, ...)
    SENET_PRINTF(3, 4);

/* False when a dimension is negative or the size passes TENSOR_BYTES_MAX. */
bool shape_bytes(const struct senet_shape *shape, enum dtype dtype, int64_t *bytes);

/* "2x3x4", or "scalar"; `text` is returned. */
const char *shape_text(const struct senet_shape *shape, char *text, size_t size);

/*
 * numpy's rule for the axes before the last `kept` ones of each operand: aligned at their ends, equal or 1. Writes
 * those axes of `result`, whose rank has been set. False when they do not agree.
 */
bool shape_broadcast(const struct senet_shape *a, const struct senet_shape *b, int kept, struct senet_shape *result);
/* "2x3 and 4x5 do not fit together" */
enum senet_code shapes_disagree(const struct node *node, const struct senet_shape *a, const struct senet_shape *b,
                                struct senet_error *error);

/*
 * Output `index`, where the node names it, gets this type and shape once the size is allowed and, for floats, all
 * dimensions are positive. Integers may be empty lists; graph_infer refuses them where they are not constants.
 */
enum senet_code set_output_at(const struct node *node, int index, enum dtype dtype, const struct senet_shape *shape,
                              struct senet_error *error);
/* The same for output 0. */
enum senet_code set_output(const struct node *node, enum dtype dtype, const struct senet_shape *shape,
                           struct senet_error *error);

/* The first `count` inputs, as far as given, are float32 and not empty. */
enum senet_code require_floats(const struct node *node, int count, struct senet_error *error);

/* Brings `axis`, which may count from the end, into 0..rank-1. */
enum senet_code resolve_axis(const struct node *node, int64_t axis, int rank, int *resolved, struct senet_error *error);

/* The axes that a node lists, as its attribute "axes" or as its input 1. An empty list counts as none given. */
struct axis_set {
    int count;
    bool has[SENET_MAX_RANK];
};
enum senet_code node_axes(const struct node *node, int rank, struct axis_set *axes, struct senet_error *error);

/* Leaves the axes as the attribute "axes", ascending. False when out of memory. */
bool set_axes(struct graph *graph, struct node *node, const struct axis_set *axes);
/* Sets or adds an attribute. False when out of memory. `ints` have to live in the arena. */
bool set_attribute(struct graph *graph, struct node *node, const struct attribute *attribute);
bool set_int(struct graph *graph, struct node *node, const char *name, int64_t i);
bool set_ints(struct graph *graph, struct node *node, const char *name, const int64_t *ints, size_t count);

/* What a TensorProto.DataType becomes here. False for types that are neither numbers nor booleans. */
bool dtype_from_onnx(int64_t code, enum dtype *dtype);

#endif
