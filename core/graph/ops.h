/* The operator table, made of the rows of operators.h, and look-ups on nodes that infer and passes share. */
#ifndef SENET_GRAPH_OPS_H
#define SENET_GRAPH_OPS_H

#include "graph/graph.h"

struct op_info {
    const char *name;           /* as ONNX spells it */
    int min_inputs, max_inputs; /* trailing optional inputs included in max; INT_MAX is no bound */
    int max_outputs, computed_outputs;
    /*
     * Checks every attribute, dtype and shape that the kernel will rely on (kernels check nothing), and sets
     * dtype and shape of the computed outputs, which may be NULL from the second on. Shapes of inputs are final when it
     * is called. Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node.
     */
    enum senet_code (*infer)(struct graph *graph, struct node *node, struct senet_error *error);
    int64_t (*macs)(const struct node *node); /* NULL: none counted; called after infer */
};

extern const struct op_info op_table[OP_COUNT];

/* OP_COUNT when the name is not an operator of ours. */
enum op op_find(const char *onnx_name);

/* Constants that infer functions and passes read, e.g. Reshape's target. NULL when not a constant of that type. */
const int64_t *value_int64s(const struct value *value, size_t *count);
const float *value_floats(const struct value *value, size_t *count);
bool value_scalar(const struct value *value, float *scalar);     /* one-element float constant */
bool value_integer(const struct value *value, int64_t *integer); /* one-element int64 constant */

/* NULL when the node omits it. */
struct value *node_input(const struct node *node, int index);
struct value *node_output(const struct node *node, int index);

/*
 * The operands of a MatMul as numpy sees them: a vector on the left is one row, one on the right one column. `product`
 * is what the two give before axes that only stood for that are dropped. False when they do not fit together.
 */
bool matmul_shapes(const struct node *node, struct senet_shape *a, struct senet_shape *b, struct senet_shape *product);

/*
 * Opsets differ in where they write things. Infer leaves one form behind, which kernels and passes may rely on:
 *   - Softmax, LogSoftmax and Hardmax have the attributes "axis", >= 0, and "axis_count": they run over that many axes
 *     from "axis" on together, one where that says the same;
 *   - reductions and MeanVarianceNormalization have the attribute "axes", >= 0, ascending, exactly those to reduce;
 *   - ArgMax, ArgMin, TopK, LayerNormalization, RMSNormalization and LpNormalization have the attribute "axis", >= 0;
 *   - TopK has the attribute "k", in 1..the size of its axis;
 *   - Pad has the attributes "pads", as many as twice the rank, and "value", of the tensor's type;
 *   - Slice has the attributes "begins", each the first element taken of an axis, and "steps", for all axes;
 *   - Split has the attribute "split", how many elements each output has;
 *   - "axis" of CumSum, Gather, GatherElements, OneHot, ScatterElements and Split is >= 0, and "k" of EyeLike and
 *     Trilu lies within the matrix or just outside;
 *   - Cast and CastLike have the attribute "to", one of cast_types.h's numbers;
 *   - Clip's bounds are constant where it works on floats, and this finds them. An omitted bound is that of float.
 *     False before infer. Clip of integers has bounds of one element, which may be computed.
 */
bool clip_bounds(const struct node *node, float *low, float *high);
/* Gelu by its tanh approximation rather than by erf. */
bool gelu_is_approximate(const struct node *node);

/* Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the same order under another shape. */
bool op_is_view(enum op op);
/* What an activation node computes. False for other nodes, and for what the same operators do with integers. */
bool node_activation(const struct node *node, struct activation *activation);
/* The other way: the attributes that a node computing `activation` has. Their names are static. */
void activation_attributes(const struct activation *activation, struct attribute attributes[2], size_t *count);

#endif
