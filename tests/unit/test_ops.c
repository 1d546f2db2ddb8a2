#include "graph/ops.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "graph/infer.h"
#include "graph/passes.h"
#include "harness.h"

/*
 * A case is a node written down. Inputs, separated by blanks: "2x3" is a float tensor, "scalar" one without axes,
 * "i2x3" an int64 tensor, "[1,-1]" an int64 constant, "{0.5}" a float constant, "-" an omitted input. Attributes,
 * separated by blanks: "axis=1", "perm=1,0" ("axes=0," has one element), "alpha=0.5f", "auto_pad=VALID". The result
 * is a shape, with an i before it if it is int64, or "malformed" or "unsupported".
 */
struct op_case {
    enum op op;
    int opset;
    const char *inputs, *attributes, *result;
};

static const struct op_case cases[] = {
    /* Broadcasting, as numpy has it. */
    {OP_ADD, 13, "2x3 2x3", "", "2x3"},
    {OP_ADD, 13, "2x3 3", "", "2x3"},
    {OP_ADD, 13, "3 2x3", "", "2x3"},
    {OP_ADD, 13, "2x1x4 3x1", "", "2x3x4"},
    {OP_ADD, 13, "scalar 5", "", "5"},
    {OP_ADD, 13, "scalar scalar", "", "scalar"},
    {OP_MUL, 13, "2x8x7x7 2x8x1x1", "", "2x8x7x7"},
    {OP_MUL, 13, "1x2x3x4x5x6x7x8 8", "", "1x2x3x4x5x6x7x8"},
    {OP_MUL, 13, "2x8x7x7 2x8", "", "malformed"},
    {OP_ADD, 13, "2x3 2x4", "", "malformed"},
    {OP_ADD, 13, "i2 i2", "", "i2"},
    {OP_ADD, 13, "i2x1 [1,2,3]", "", "i2x3"},
    {OP_ADD, 13, "i2 [1,2,3]", "", "malformed"},
    {OP_ADD, 13, "[] [1]", "", "i0"}, /* lists of no axes */
    {OP_ADD, 13, "2 i2", "", "unsupported"},
    {OP_ADD, 13, "2 {}", "", "malformed"},
    {OP_ADD, 13, "1048576x1 1x1048576", "", "unsupported"}, /* 4 TiB */
    {OP_SUB, 13, "2x1 3", "", "2x3"},
    {OP_MOD, 13, "2x3 3", "fmod=1", "2x3"},
    {OP_MOD, 13, "2x3 3", "", "malformed"},
    {OP_MOD, 13, "i2x3 i3", "", "i2x3"},
    {OP_POW, 13, "2x3 scalar", "", "2x3"},
    {OP_POW, 13, "2x3 iscalar", "", "2x3"},
    {OP_POW, 13, "i2x3 3", "", "i2x3"},
    {OP_POW, 13, "2x3 4", "", "malformed"},
    {OP_PRELU, 13, "2x3x4 3x1", "", "2x3x4"},
    {OP_PRELU, 13, "2x3x4 scalar", "", "2x3x4"},
    {OP_PRELU, 13, "3x4 2x3x4", "", "malformed"}, /* the slope does not stretch the input */
    {OP_PRELU, 13, "2x1x4 3x1", "", "malformed"},
    /* Until opset 6, from an axis on. */
    {OP_ADD, 6, "2x3x4 {1,2,3}", "axis=1 broadcast=1", "2x3x4"},
    {OP_ADD, 6, "2x3x4 {1,2,3}", "axis=-2 broadcast=1", "2x3x4"},
    {OP_ADD, 6, "2x3x4 3", "axis=1 broadcast=1", "unsupported"},
    {OP_ADD, 6, "2x3x4 {1,2,3}", "axis=2 broadcast=1", "malformed"},
    {OP_ADD, 6, "2x3x4 {1,2,3}", "axis=3 broadcast=1", "malformed"},
    {OP_ADD, 6, "2x3x4 4", "axis=2 broadcast=1", "2x3x4"},
    {OP_ADD, 6, "2x3x4 1x3x1", "axis=1 broadcast=1", "2x3x4"},
    {OP_EINSUM, 13, "2x3 -", "equation=ab,b->a", "malformed"},
    {OP_SLICE, 13, "[] [-1] [-9] [0] [-1]", "", "i0"}, /* backwards through nothing */
    {OP_ADD, 6, "2x3x4 4", "broadcast=1", "2x3x4"},
    {OP_ADD, 7, "2x3x4 {1,2,3}", "axis=1", "malformed"},
    {OP_PRELU, 6, "2x3x4 {1,2,3}", "", "2x3x4"},
    {OP_PRELU, 7, "2x3x4 {1,2,3}", "", "malformed"},
    {OP_BATCH_NORMALIZATION, 6, "2x3x4x4 3 3 3 3", "is_test=1", "2x3x4x4"},
    {OP_BATCH_NORMALIZATION, 6, "2x3x4x4 3 3 3 3", "", "unsupported"},
    {OP_DROPOUT, 6, "2x3", "is_test=1", "2x3"},
    {OP_DROPOUT, 6, "2x3", "", "unsupported"},
    {OP_MAX, 13, "2x1 1x3 scalar", "", "2x3"},
    {OP_MAX, 13, "5", "", "5"},
    {OP_MIN, 13, "i2x1 i3", "", "i2x3"},
    {OP_MIN, 13, "i2 2", "", "unsupported"},
    {OP_SUM, 13, "2x3 - 3", "", "malformed"},
    {OP_SUM, 13, "2x3 2 3", "", "malformed"},
    {OP_MEAN, 13, "2x3 3", "", "2x3"},
    {OP_MEAN, 13, "i2x3 i3", "", "unsupported"},
    {OP_SUM, 13, "1048576x1 1x1048576 1", "", "unsupported"},
    {OP_EQUAL, 13, "2x3 3", "", "i2x3"},
    {OP_LESS, 13, "i2x3 i3", "", "i2x3"},
    {OP_GREATER_OR_EQUAL, 16, "2 i2", "", "unsupported"},
    {OP_AND, 13, "i2x1 i3", "", "i2x3"},
    {OP_OR, 13, "2 2", "", "malformed"},
    {OP_NOT, 13, "i2", "", "i2"},
    {OP_NOT, 13, "2", "", "malformed"},
    {OP_BIT_SHIFT, 13, "i2 i2", "direction=LEFT", "i2"},
    {OP_BIT_SHIFT, 13, "i2 i2", "direction=UP", "malformed"},
    {OP_BIT_SHIFT, 13, "i2 i2", "", "malformed"},
    {OP_WHERE, 13, "i3 2x1 scalar", "", "2x3"},
    {OP_WHERE, 13, "i2x3 i3 i3", "", "i2x3"},
    {OP_WHERE, 13, "i2x3 i3 3", "", "unsupported"},
    {OP_WHERE, 13, "2x3 3 3", "", "malformed"},
    {OP_WHERE, 13, "i2 3 3", "", "malformed"},
    /* Conversion, by ONNX's numbers of types. */
    {OP_CAST, 13, "2x3", "to=7", "i2x3"},
    {OP_CAST, 13, "2x3", "to=9", "i2x3"},
    {OP_CAST, 13, "i2x3", "to=1", "2x3"},
    {OP_CAST, 13, "i2x3", "to=10", "2x3"},
    {OP_CAST, 13, "[]", "to=6", "i0"},
    {OP_CAST, 13, "[]", "to=1", "unsupported"},
    {OP_CAST, 13, "2x3", "to=8", "unsupported"},
    {OP_CAST, 13, "2x3", "to=0", "unsupported"},
    {OP_CAST, 13, "2x3", "", "malformed"},
    {OP_CAST_LIKE, 15, "2x3 i5", "", "i2x3"},
    {OP_CAST_LIKE, 15, "i2x3 5", "", "2x3"},
    /* Elementwise functions. */
    {OP_RELU, 13, "2x3", "", "2x3"},
    {OP_SIGMOID, 13, "2x3x4x5", "", "2x3x4x5"},
    {OP_HARD_SIGMOID, 13, "1x2", "alpha=0.5f", "1x2"},
    {OP_HARD_SWISH, 14, "scalar", "", "scalar"},
    {OP_RELU, 14, "i4", "", "i4"},
    {OP_ABS, 13, "i4", "", "i4"},
    {OP_EXP, 13, "2x3", "", "2x3"},
    {OP_EXP, 13, "i4", "", "unsupported"},
    {OP_GELU, 20, "2x3", "", "2x3"},
    {OP_GELU, 20, "2x3", "approximate=none", "2x3"},
    {OP_GELU, 20, "2x3", "approximate=tanh", "2x3"},
    {OP_GELU, 20, "2x3", "approximate=sigmoid", "malformed"},
    {OP_IS_NAN, 13, "2x3", "", "i2x3"},
    {OP_IS_INF, 13, "i2x3", "", "unsupported"},
    {OP_SIGMOID, 13, "{}", "", "malformed"},
    {OP_CLIP, 6, "2x3", "min=0.0f max=6.0f", "2x3"},
    {OP_CLIP, 13, "2x3 {0} {6}", "", "2x3"},
    {OP_CLIP, 13, "2x3 - {6}", "", "2x3"},
    {OP_CLIP, 13, "2x3", "", "2x3"},
    {OP_CLIP, 13, "2x3 1 {6}", "", "unsupported"},
    {OP_CLIP, 13, "2x3 {0,1}", "", "unsupported"},
    {OP_CLIP, 13, "i4 [0]", "", "i4"},
    {OP_CLIP, 13, "i4 - i1", "", "i4"},
    {OP_CLIP, 13, "i4 [0,1]", "", "unsupported"},
    {OP_CLIP, 13, "i4 {0}", "", "unsupported"},
    {OP_CLIP, 13, "4 [0]", "", "unsupported"},
    {OP_BATCH_NORMALIZATION, 9, "2x3x4x4 3 3 3 3", "", "2x3x4x4"},
    {OP_BATCH_NORMALIZATION, 9, "2x3 3 3 3 3", "", "2x3"},
    {OP_BATCH_NORMALIZATION, 9, "3 3 3 3 3", "", "malformed"},
    {OP_BATCH_NORMALIZATION, 9, "2x3x4x4 3 3 3 4", "", "malformed"},
    {OP_BATCH_NORMALIZATION, 9, "2x3x4x4 3 1x3 3 3", "", "malformed"},
    {OP_BATCH_NORMALIZATION, 14, "2x3x4x4 3 3 3 3", "training_mode=1", "unsupported"},
    {OP_BATCH_NORMALIZATION, 7, "2x3x4x4 3 3 3 3", "spatial=0", "unsupported"},
    /* Matrices. */
    {OP_GEMM, 13, "2x3 3x4", "", "2x4"},
    {OP_GEMM, 13, "3x2 3x4", "transA=1", "2x4"},
    {OP_GEMM, 13, "2x3 4x3 4", "transB=1", "2x4"},
    {OP_GEMM, 13, "3x2 4x3 2x1", "transA=1 transB=1 alpha=2.0f", "2x4"},
    {OP_GEMM, 13, "2x3 3x4 scalar", "", "2x4"},
    {OP_GEMM, 13, "2x3 3x4 1x1", "", "2x4"},
    {OP_GEMM, 13, "1x3 3x4 2x4", "", "malformed"}, /* the addend does not stretch the product */
    {OP_GEMM, 13, "2x3 3x4 3", "", "malformed"},
    {OP_GEMM, 13, "2x3 3x4 1x2x4", "", "malformed"},
    {OP_GEMM, 13, "2x3 4x3", "", "malformed"},
    {OP_GEMM, 13, "2x3 3", "", "malformed"},
    {OP_GEMM, 13, "i2x3 i3x4", "", "unsupported"},
    {OP_MATMUL, 13, "2x3 3x4", "", "2x4"},
    {OP_MATMUL, 13, "5x2x3 3x4", "", "5x2x4"},
    {OP_MATMUL, 13, "2x3 5x3x4", "", "5x2x4"},
    {OP_MATMUL, 13, "6x1x2x3 5x3x4", "", "6x5x2x4"},
    {OP_MATMUL, 13, "6x2x3 5x3x4", "", "malformed"},
    {OP_MATMUL, 13, "2x3 4x3", "", "malformed"},
    {OP_MATMUL, 13, "3 3x4", "", "4"},
    {OP_MATMUL, 13, "2x3 3", "", "2"},
    {OP_MATMUL, 13, "3 3", "", "scalar"},
    {OP_MATMUL, 13, "5x2x3 3", "", "5x2"},
    {OP_MATMUL, 13, "3 5x3x4", "", "5x4"},
    {OP_MATMUL, 13, "3 4", "", "malformed"},
    {OP_MATMUL, 13, "3 4x3", "", "malformed"},
    {OP_MATMUL, 13, "scalar 3", "", "malformed"},
    {OP_EINSUM, 13, "2x3 3x4", "equation=ij,jk->ik", "2x4"},
    {OP_EINSUM, 13, "2x3 3x4", "equation=ij,jk", "2x4"}, /* what occurs once, in alphabetical order */
    {OP_EINSUM, 13, "2x3 3x4", "equation=aC,Cb->ba", "4x2"},
    {OP_EINSUM, 13, "5x2x3 5x3x4", "equation=bij,bjk->bik", "5x2x4"},
    {OP_EINSUM, 13, "2x3", "equation=ij->ji", "3x2"},
    {OP_EINSUM, 13, "2x3", "equation=ij->", "scalar"},
    {OP_EINSUM, 13, "2x3x3", "equation=...ii->...i", "2x3"},
    {OP_EINSUM, 13, "2 3", "equation=i,j->ij", "2x3"},
    {OP_EINSUM, 13, "6x1x2x3 5x3x4", "equation=...ij,...jk->...ik", "6x5x2x4"},
    {OP_EINSUM, 13, "2x3", "", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=ij,jk->ik", "malformed"},
    {OP_EINSUM, 13, "2x3 3x4", "equation=ij->i", "malformed"},
    {OP_EINSUM, 13, "2x3 4x4", "equation=ij,jk->ik", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=i->i", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=ij->ik", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=ij->ii", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=i..j->ij", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=i1->i", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=i......j->ij", "malformed"},
    {OP_EINSUM, 13, "2x3", "equation=abcdefghijkl->a", "malformed"},
    {OP_EINSUM, 13, "2 2 2", "equation=i,i,i->i", "unsupported"},
    {OP_EINSUM, 13, "i2 2", "equation=i,i->i", "unsupported"},
    {OP_EINSUM, 13, "1048576 1048576", "equation=i,j->ij", "unsupported"}, /* 4 TiB */
    {OP_EINSUM, 13, "1048576 1048576", "equation=i,j->", "unsupported"},
    /* Softmax: one axis; before opset 13 all from `axis` on, which is one if the others have one element. */
    {OP_SOFTMAX, 13, "2x3x4", "", "2x3x4"},
    {OP_SOFTMAX, 13, "2x3x4", "axis=-3", "2x3x4"},
    {OP_SOFTMAX, 13, "2x3x4", "axis=3", "malformed"},
    {OP_SOFTMAX, 13, "scalar", "", "malformed"},
    {OP_SOFTMAX, 11, "2x10", "", "2x10"},
    {OP_SOFTMAX, 11, "2x10x1x1", "", "2x10x1x1"},
    {OP_SOFTMAX, 11, "2x3x4", "axis=2", "2x3x4"},
    {OP_SOFTMAX, 11, "2x3x4", "axis=-1", "2x3x4"},
    {OP_SOFTMAX, 11, "2x3x4", "", "2x3x4"},
    {OP_LOG_SOFTMAX, 13, "2x3x4", "axis=0", "2x3x4"},
    {OP_HARDMAX, 11, "2x3x4", "axis=1", "2x3x4"},
    {OP_HARDMAX, 13, "i2x3", "", "unsupported"},
    {OP_HARDMAX, 13, "2x3", "axis=-3", "malformed"},
    /* Statistics of the tensor itself. */
    {OP_INSTANCE_NORMALIZATION, 13, "2x3x4x5 3 3", "", "2x3x4x5"},
    {OP_INSTANCE_NORMALIZATION, 13, "2x3x4 3 3", "", "2x3x4"},
    {OP_INSTANCE_NORMALIZATION, 13, "2x3x4 3 4", "", "malformed"},
    {OP_INSTANCE_NORMALIZATION, 13, "3 3 3", "", "malformed"},
    {OP_INSTANCE_NORMALIZATION, 13, "i2x3x4 3 3", "", "unsupported"},
    {OP_GROUP_NORMALIZATION, 18, "2x6x4 2 2", "num_groups=2", "2x6x4"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 6 6", "num_groups=2", "2x6x4"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 6 6", "num_groups=4", "malformed"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 6 6", "num_groups=0", "malformed"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 6 6", "num_groups=-2", "malformed"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 6 6", "", "malformed"},
    {OP_GROUP_NORMALIZATION, 21, "2x6x4 3 3", "num_groups=2", "malformed"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 4", "", "2x3x4"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 3x4 3x4", "axis=1", "2x3x4"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 4 3x1", "axis=-2", "2x3x4"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 scalar", "axis=0", "2x3x4"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 1x1x1x4", "", "unsupported"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 3x4", "", "unsupported"}, /* axis 1 is not normalised */
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 2x1x4", "axis=0", "unsupported"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 5", "", "unsupported"},
    {OP_LAYER_NORMALIZATION, 17, "2x3x4 4", "axis=3", "malformed"},
    {OP_RMS_NORMALIZATION, 23, "2x3x4 4", "", "2x3x4"},
    {OP_LRN, 13, "2x3x4x5", "size=3", "2x3x4x5"},
    {OP_LRN, 13, "2x3x4x5", "size=0", "malformed"},
    {OP_LRN, 13, "2x3x4x5", "", "malformed"},
    {OP_LRN, 13, "3", "size=3", "malformed"},
    {OP_MEAN_VARIANCE_NORMALIZATION, 13, "2x3x4x5", "", "2x3x4x5"},
    {OP_MEAN_VARIANCE_NORMALIZATION, 13, "2x3", "axes=1,", "2x3"},
    {OP_MEAN_VARIANCE_NORMALIZATION, 13, "2x3", "", "malformed"},
    {OP_MEAN_VARIANCE_NORMALIZATION, 13, "2x3", "axes=2,", "malformed"},
    {OP_LP_NORMALIZATION, 13, "2x3", "p=1", "2x3"},
    {OP_LP_NORMALIZATION, 13, "2x3", "p=3", "malformed"},
    {OP_LP_NORMALIZATION, 13, "2x3", "axis=2", "malformed"},
    /* Places. */
    {OP_ARG_MAX, 13, "2x3x4", "", "i1x3x4"},
    {OP_ARG_MAX, 13, "2x3x4", "axis=-1 keepdims=0", "i2x3"},
    {OP_ARG_MIN, 13, "i2x3x4", "axis=1", "i2x1x4"},
    {OP_ARG_MIN, 13, "3", "keepdims=0", "iscalar"},
    {OP_ARG_MAX, 13, "2x3", "axis=2", "malformed"},
    {OP_ARG_MAX, 13, "scalar", "", "malformed"},
    {OP_ARG_MAX, 13, "[]", "", "malformed"},
    {OP_TOP_K, 11, "2x5 [3]", "", "2x3"},
    {OP_TOP_K, 11, "i5x2 [5]", "axis=0", "i5x2"},
    {OP_TOP_K, 9, "2x5", "k=1", "2x1"},
    {OP_TOP_K, 9, "2x5", "", "malformed"},
    {OP_TOP_K, 11, "2x5 [6]", "", "malformed"},
    {OP_TOP_K, 11, "2x5 [0]", "", "malformed"},
    {OP_TOP_K, 11, "2x5 [-1]", "", "malformed"},
    {OP_TOP_K, 11, "2x5 [1,2]", "", "unsupported"},
    {OP_TOP_K, 11, "2x5 i1", "", "unsupported"},
    {OP_TOP_K, 11, "2x5 {2}", "", "unsupported"},
    {OP_TOP_K, 11, "2x5 [2]", "axis=2", "malformed"},
    /* Means. */
    {OP_REDUCE_MEAN, 13, "2x3x4x5", "axes=2,3", "2x3x1x1"},
    {OP_REDUCE_MEAN, 13, "2x3x4x5", "axes=-1,-2 keepdims=0", "2x3"},
    {OP_REDUCE_MEAN, 13, "2x3x4x5", "axes=1, keepdims=0", "2x4x5"},
    {OP_REDUCE_MEAN, 13, "2x3x4x5", "", "1x1x1x1"},
    {OP_REDUCE_MEAN, 13, "2x3", "keepdims=0", "scalar"},
    {OP_REDUCE_MEAN, 18, "2x3x4x5 [2,3]", "", "2x3x1x1"},
    {OP_REDUCE_MEAN, 18, "2x3 []", "", "1x1"},
    {OP_REDUCE_MEAN, 18, "2x3 []", "noop_with_empty_axes=1", "2x3"},
    {OP_REDUCE_MEAN, 18, "2x3", "noop_with_empty_axes=1 keepdims=0", "2x3"},
    {OP_REDUCE_MEAN, 18, "2x3 i1", "", "unsupported"},
    {OP_REDUCE_MEAN, 18, "2x3 {0}", "", "unsupported"},
    {OP_REDUCE_MEAN, 13, "2x3", "axes=2,", "malformed"},
    {OP_REDUCE_MEAN, 13, "2x3", "axes=1,-1", "malformed"},
    {OP_REDUCE_MEAN, 13, "i2x3", "axes=1,", "i2x1"},
    {OP_REDUCE_MAX, 13, "i2x3", "keepdims=0", "iscalar"},
    {OP_REDUCE_SUM, 13, "2x3x4 [0,2]", "keepdims=0", "3"},
    {OP_REDUCE_PROD, 13, "[]", "keepdims=0", "iscalar"},
    {OP_REDUCE_MEAN, 13, "[]", "keepdims=0", "malformed"},
    {OP_REDUCE_MIN, 13, "[]", "keepdims=0", "malformed"},
    {OP_REDUCE_L2, 13, "i2x3", "", "unsupported"},
    {OP_REDUCE_LOG_SUM_EXP, 13, "i2x3", "", "unsupported"},
    {OP_REDUCE_SUM, 13, "{}", "", "malformed"},
    /* Windows; geometry has tests of its own. */
    {OP_CONV, 13, "2x3x8x9 5x3x3x3", "pads=1,1,1,1", "2x5x8x9"},
    {OP_CONV, 13, "2x3x8x9 5x3x3x3 5", "strides=2,2", "2x5x3x4"},
    {OP_CONV, 13, "2x4x8x8 6x2x1x1", "group=2", "2x6x8x8"},
    {OP_CONV, 13, "2x3x8x9 5x3x3x3", "auto_pad=SAME_UPPER strides=2,2", "2x5x4x5"},
    {OP_CONV, 13, "2x3x8x9 5x3x3x3 6", "", "malformed"},
    {OP_CONV, 13, "2x3x8x9 5x3x3x3 1x5", "", "malformed"},
    {OP_CONV, 13, "2x3x8 5x3x3", "", "2x5x6"},
    {OP_CONV, 13, "2x3x8 5x3x3", "pads=1,1 strides=2,", "2x5x4"},
    {OP_CONV, 13, "2x3x8x8x8 5x3x3x2x1", "", "2x5x6x7x8"},
    {OP_CONV, 13, "2x3x8 5x3x3x3", "", "malformed"},
    {OP_CONV, 13, "2x3x8 5x3x3", "pads=1,1,1,1", "malformed"},
    {OP_CONV, 13, "2x3 5x3", "", "unsupported"},
    {OP_CONV, 13, "1x1x2x2x2x2 1x1x1x1x1x1", "", "unsupported"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "", "1x4x5x5"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3 4", "strides=3,2 output_padding=1,1", "1x4x10x8"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "strides=3,2 output_shape=10,8", "1x4x10x8"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "strides=2,2 auto_pad=SAME_UPPER", "1x4x6x6"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "strides=3,2 pads=1,2,1,2", "1x4x7x3"},
    {OP_CONV_TRANSPOSE, 13, "1x4x3x3 4x3x2x2", "group=2 dilations=2,2", "1x6x5x5"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3 2x4x3", "", "1x4x5"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3x3 2x4x3x3x3", "", "1x4x5x5x5"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 3x4x3x3", "", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3 2", "", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "group=3", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "pads=3,3,3,3", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "output_padding=-1,0", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "output_shape=0,8", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "output_shape=1,2,5,5", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "kernel_shape=2,2", "malformed"},
    {OP_CONV_TRANSPOSE, 13, "1x2x3x3 2x4x3x3", "strides=2147483647,2147483647", "unsupported"},
    {OP_CONV_TRANSPOSE, 13, "1x2x1048576 2x4x3", "strides=2147483647,", "unsupported"},
    {OP_CONV_TRANSPOSE, 13, "1x1x8589934592 1x1x1", "strides=2147483647,", "malformed"},
    {OP_MAX_POOL, 13, "2x3x7", "kernel_shape=3, strides=2,", "2x3x3"},
    {OP_MAX_POOL, 13, "2x3x7x7x7", "kernel_shape=3,2,1", "2x3x5x6x7"},
    {OP_MAX_POOL, 13, "i2x3x7", "kernel_shape=3,", "i2x3x5"},
    {OP_MAX_POOL, 13, "2x3x7x7", "kernel_shape=3,3 storage_order=2", "malformed"},
    {OP_MAX_POOL, 13, "2x3", "kernel_shape=3,", "unsupported"},
    {OP_LP_POOL, 13, "2x3x7", "kernel_shape=3, p=3", "2x3x5"},
    {OP_LP_POOL, 13, "2x3x7", "kernel_shape=3, p=0", "malformed"},
    {OP_GLOBAL_MAX_POOL, 13, "2x3x7x9", "", "2x3x1x1"},
    {OP_GLOBAL_LP_POOL, 13, "2x3x7", "p=-1", "malformed"},
    {OP_GLOBAL_LP_POOL, 13, "2x3x7x8x9", "", "2x3x1x1x1"},
    {OP_CONV, 13, "1x1x2x2 1x1x3x3", "", "malformed"},
    {OP_MAX_POOL, 13, "2x3x7x7", "kernel_shape=3,3 strides=2,2 pads=1,1,1,1", "2x3x4x4"},
    {OP_MAX_POOL, 13, "2x3x6x6", "kernel_shape=3,3 strides=2,2 ceil_mode=1", "2x3x3x3"},
    {OP_AVERAGE_POOL, 13, "2x3x6x6", "kernel_shape=2,2 strides=2,2 count_include_pad=1", "2x3x3x3"},
    {OP_AVERAGE_POOL, 13, "2x3x6x6", "", "malformed"},
    {OP_AVERAGE_POOL, 13, "i2x3x6x6", "kernel_shape=2,2", "unsupported"},
    {OP_GLOBAL_AVERAGE_POOL, 13, "2x3x7x9", "", "2x3x1x1"},
    {OP_PAD, 13, "2x3x4x5 [0,0,1,2,0,0,3,4]", "", "2x3x8x11"},
    {OP_PAD, 13, "2x3 [1,0,0,0] {0.5}", "mode=constant", "3x3"},
    {OP_PAD, 10, "2x3", "pads=0,1,0,1 value=0.5f", "2x5"},
    {OP_PAD, 13, "scalar []", "", "scalar"},
    {OP_PAD, 13, "2x3 [1,1]", "", "malformed"},
    {OP_PAD, 13, "2x3 [0,-1,0,0]", "", "2x2"},
    {OP_PAD, 13, "2x3 [0,-1,0,-3]", "", "malformed"},
    {OP_PAD, 13, "2x3 [0,-2,0,-1]", "", "unsupported"}, /* nothing is left */
    {OP_PAD, 13, "2x3 i4", "", "unsupported"},
    {OP_PAD, 13, "2x3", "", "unsupported"},
    {OP_PAD, 13, "2x3 [0,1,0,0] 1", "", "unsupported"},
    {OP_PAD, 13, "2x3 [0,1,0,0]", "mode=reflect", "2x4"},
    {OP_PAD, 19, "2x3 [0,7,0,9]", "mode=wrap", "2x19"},
    {OP_PAD, 13, "2x3 [0,1,0,0]", "mode=mirror", "malformed"},
    {OP_PAD, 13, "2x3 [0,-1,0,2]", "mode=edge", "2x4"},
    {OP_PAD, 13, "2x3 [0,-1,0,2]", "mode=reflect", "unsupported"},
    {OP_PAD, 13, "2x3 [0,-1,0,-1]", "mode=wrap", "2x1"},
    {OP_PAD, 18, "2x3 [1,1] - [1]", "", "2x5"},
    {OP_PAD, 18, "2x3x4 [1,2,3,4] - [-1,0]", "", "8x3x8"},
    {OP_PAD, 18, "2x3 [1,1] - [2]", "", "malformed"},
    {OP_PAD, 18, "2x3 [1,1,1,1] - [1,-1]", "", "malformed"},
    {OP_PAD, 18, "2x3 [1,1] - i1", "", "unsupported"},
    {OP_PAD, 13, "i2x3 [0,0,0,1]", "", "i2x4"},
    {OP_PAD, 13, "i2x3 [0,0,0,1] [7]", "", "i2x4"},
    {OP_PAD, 13, "i2x3 [0,0,0,1] {7}", "", "unsupported"},
    {OP_PAD, 13, "2x3 [0,1152921504606846976,0,0]", "", "unsupported"},
    {OP_PAD, 13, "2x3 [0,-9223372036854775808,0,0]", "", "unsupported"},
    {OP_GLOBAL_AVERAGE_POOL, 13, "2x3x7", "", "2x3x1"},
    {OP_GLOBAL_AVERAGE_POOL, 13, "2x3", "", "unsupported"},
    /* Movement takes all types. */
    {OP_IDENTITY, 13, "i2x3", "", "i2x3"},
    {OP_DROPOUT, 13, "2x3", "", "2x3"},
    {OP_DROPOUT, 13, "2x3 {0.5} [0]", "", "2x3"},
    {OP_DROPOUT, 13, "2x3 {0.5} [1]", "", "unsupported"},
    {OP_DROPOUT, 13, "2x3 {0.5} i1", "", "unsupported"},
    {OP_CONCAT, 13, "2x3 2x4 2x1", "axis=1", "2x8"},
    {OP_CONCAT, 13, "i1 i2", "axis=0", "i3"},
    {OP_CONCAT, 13, "2x3 4x3", "axis=-2", "6x3"},
    {OP_CONCAT, 13, "2x3 2x4", "axis=0", "malformed"},
    {OP_CONCAT, 13, "2x3 i2x3", "axis=0", "malformed"},
    {OP_CONCAT, 13, "2x3 2x3x1", "axis=0", "malformed"},
    {OP_CONCAT, 13, "2x3 -", "axis=0", "malformed"},
    {OP_CONCAT, 13, "2x3 2x3", "", "malformed"},
    {OP_CONCAT, 13, "2x3 2x3", "axis=2", "malformed"},
    {OP_FLATTEN, 13, "2x3x4x5", "", "2x60"},
    {OP_FLATTEN, 13, "2x3x4x5", "axis=0", "1x120"},
    {OP_FLATTEN, 13, "2x3x4x5", "axis=4", "120x1"},
    {OP_FLATTEN, 13, "i2x3x4x5", "axis=-2", "i6x20"},
    {OP_FLATTEN, 13, "scalar", "axis=0", "1x1"},
    {OP_FLATTEN, 13, "2x3", "axis=3", "malformed"},
    {OP_RESHAPE, 13, "2x3x4 [6,4]", "", "6x4"},
    {OP_RESHAPE, 13, "2x3x4 [0,-1]", "", "2x12"},
    {OP_RESHAPE, 13, "2x3x4 [-1,0]", "", "8x3"},
    {OP_RESHAPE, 13, "i1 []", "", "iscalar"},
    {OP_RESHAPE, 13, "1 [1,1,1,1,1,1,1,1]", "", "1x1x1x1x1x1x1x1"},
    {OP_RESHAPE, 13, "1 [1,1,1,1,1,1,1,1,1]", "", "unsupported"},
    {OP_RESHAPE, 13, "2x3x4 [5,-1]", "", "malformed"},
    {OP_RESHAPE, 13, "2x3x4 [6,5]", "", "malformed"},
    {OP_RESHAPE, 13, "2x3x4 [-1,-1]", "", "malformed"},
    {OP_RESHAPE, 13, "2x3x4 [-2,12]", "", "malformed"},
    {OP_RESHAPE, 13, "2x3 [2,3,0]", "", "malformed"},
    {OP_RESHAPE, 14, "2x3 [0,3]", "allowzero=1", "malformed"},
    {OP_RESHAPE, 13, "4 [4294967296,4294967296,-1]", "", "malformed"},
    {OP_RESHAPE, 13, "2x3 i2", "", "unsupported"},
    {OP_RESHAPE, 13, "2x3 {6}", "", "unsupported"},
    {OP_SQUEEZE, 11, "2x1x3x1", "axes=1,", "2x3x1"},
    {OP_SQUEEZE, 13, "2x1x3x1 [-1,1]", "", "2x3"},
    {OP_SQUEEZE, 13, "2x1x3x1", "", "2x3"},
    {OP_SQUEEZE, 13, "1", "", "scalar"},
    {OP_SQUEEZE, 13, "2x1 [0]", "", "malformed"},
    {OP_SQUEEZE, 13, "2x1 [2]", "", "malformed"},
    {OP_SQUEEZE, 13, "2x1 i1", "", "unsupported"},
    {OP_UNSQUEEZE, 11, "2x3", "axes=2,3", "2x3x1x1"},
    {OP_UNSQUEEZE, 13, "2x3 [-1,0]", "", "1x2x3x1"},
    {OP_UNSQUEEZE, 13, "iscalar [0]", "", "i1"},
    {OP_UNSQUEEZE, 13, "2x3 []", "", "malformed"},
    {OP_UNSQUEEZE, 13, "2x3", "", "malformed"},
    {OP_UNSQUEEZE, 13, "2x3 [0,0]", "", "malformed"},
    {OP_UNSQUEEZE, 13, "2x3 [4]", "", "malformed"},
    {OP_UNSQUEEZE, 13, "1x1x1x1x1x1x1x1 [0]", "", "unsupported"},
    {OP_UNSQUEEZE, 13, "2x3 i1", "", "unsupported"},
    {OP_TRANSPOSE, 13, "2x3x4", "", "4x3x2"},
    {OP_TRANSPOSE, 13, "i2x3x4", "perm=1,2,0", "i3x4x2"},
    {OP_TRANSPOSE, 13, "2x3", "perm=1,1", "malformed"},
    {OP_TRANSPOSE, 13, "2x3", "perm=0,2", "malformed"},
    {OP_TRANSPOSE, 13, "2x3", "perm=0,-1", "malformed"},
    {OP_TRANSPOSE, 13, "2x3", "perm=0,1,2", "malformed"},
    {OP_RESHAPE, 13, "[] [0]", "", "i0"},
    {OP_RESHAPE, 14, "[] [0,-1]", "allowzero=1", "malformed"},
    /* Parts of tensors. */
    {OP_SLICE, 9, "4x6", "starts=1,0 ends=3,-1", "2x5"},
    {OP_SLICE, 9, "4x6", "axes=-1, starts=2, ends=100,", "4x4"},
    {OP_SLICE, 13, "4x6 [1] [3]", "", "2x6"},
    {OP_SLICE, 13, "4x6 [1] [3] [1]", "", "4x2"},
    {OP_SLICE, 13, "4x6 [0,0] [4,6] [1,0] [2,3]", "", "2x2"},
    {OP_SLICE, 13, "4x6 [-1] [-9223372036854775808] [0] [-1]", "", "4x6"},
    {OP_SLICE, 13, "4x6 [-9223372036854775808] [9223372036854774784] [0] [9223372036854774784]", "", "1x6"},
    {OP_SLICE, 13, "4x6 [3] [-100] [0] [-9223372036854775808]", "", "1x6"},
    {OP_SLICE, 13, "i4 [3] [1] [0] [-1]", "", "i2"},
    {OP_SLICE, 13, "i4 [2] [2]", "", "i0"},
    {OP_SLICE, 13, "4x6 [2] [2]", "", "unsupported"},
    {OP_SLICE, 13, "4x6 [1] [3] [0] [0]", "", "malformed"},
    {OP_SLICE, 13, "4x6 [1] [3] [2]", "", "malformed"},
    {OP_SLICE, 13, "4x6 [1,1] [3,3] [0,-2]", "", "malformed"},
    {OP_SLICE, 13, "4x6 [1] [3,4]", "", "malformed"},
    {OP_SLICE, 13, "4x6 [1,1,1] [2,2,2]", "", "malformed"},
    {OP_SLICE, 13, "4x6 [1] i1", "", "unsupported"},
    {OP_SLICE, 13, "4x6 [1]", "", "malformed"},
    {OP_SLICE, 9, "4x6", "starts=1,0", "malformed"},
    {OP_SPLIT, 13, "4x6 [4,0]", "", "malformed"},
    {OP_SPLIT, 13, "4x6 [4]", "", "4x6"},
    {OP_SPLIT, 13, "4x6 [3]", "", "malformed"},
    {OP_SPLIT, 13, "4x6 [-4]", "", "malformed"},
    {OP_SPLIT, 11, "4x6", "axis=-1 split=6,", "4x6"},
    {OP_SPLIT, 13, "4x6", "axis=2", "malformed"},
    {OP_SPLIT, 18, "4x6", "num_outputs=2", "malformed"},
    {OP_SPLIT, 13, "4x6 i1", "", "unsupported"},
    {OP_EXPAND, 13, "3x1 [2,1,6]", "", "2x3x6"},
    {OP_EXPAND, 13, "3x4 [1]", "", "3x4"},
    {OP_EXPAND, 13, "i1 [0]", "", "i0"},
    {OP_EXPAND, 13, "3x4 [3,1,5]", "", "malformed"},
    {OP_EXPAND, 13, "3x1 [-1]", "", "malformed"},
    {OP_EXPAND, 13, "1 [1,1,1,1,1,1,1,1,1]", "", "unsupported"},
    {OP_EXPAND, 13, "1 [1099511627776]", "", "unsupported"},
    {OP_EXPAND, 13, "3x1 i3", "", "unsupported"},
    {OP_TILE, 13, "2x3 [2,3]", "", "4x9"},
    {OP_TILE, 13, "i2x3 [0,3]", "", "i0x9"},
    {OP_TILE, 13, "2x3 [2]", "", "malformed"},
    {OP_TILE, 13, "2x3 [2,-1]", "", "malformed"},
    {OP_TILE, 13, "2x3 [4611686018427387904,3]", "", "unsupported"},
    {OP_TILE, 13, "2x3 i2", "", "unsupported"},
    /* Told by integers. */
    {OP_GATHER, 13, "5x6 i2x3", "", "2x3x6"},
    {OP_GATHER, 13, "5x6 [0,-1]", "axis=-1", "5x2"},
    {OP_GATHER, 13, "i5 iscalar", "", "iscalar"},
    {OP_GATHER, 13, "i5 []", "", "i0"},
    {OP_GATHER, 13, "5x6 [5]", "", "malformed"},
    {OP_GATHER, 13, "5x6 [-6]", "", "malformed"},
    {OP_GATHER, 13, "5x6 2", "", "malformed"},
    {OP_GATHER, 13, "5x6 [0]", "axis=2", "malformed"},
    {OP_GATHER, 13, "[] i2", "", "malformed"},
    {OP_GATHER, 13, "1x1x1x1x1 i1x1x1x1x1", "", "unsupported"},
    {OP_GATHER_ELEMENTS, 13, "5x6 i2x6", "", "2x6"},
    {OP_GATHER_ELEMENTS, 13, "5x6 i5x9", "axis=1", "5x9"},
    {OP_GATHER_ELEMENTS, 13, "5x6 i6x2", "axis=1", "malformed"},
    {OP_GATHER_ELEMENTS, 13, "5x6 i5", "", "malformed"},
    {OP_GATHER_ELEMENTS, 13, "5 [0,5]", "", "malformed"},
    {OP_GATHER_ND, 13, "4x5x6 i3x2", "", "3x6"},
    {OP_GATHER_ND, 13, "4x5x6 i4x7x1", "batch_dims=1", "4x7x6"},
    {OP_GATHER_ND, 13, "4x5x6 i3x4", "", "malformed"},
    {OP_GATHER_ND, 13, "4x5x6 i5x1", "batch_dims=1", "malformed"},
    {OP_GATHER_ND, 13, "4x5x6 i4x1", "batch_dims=2", "malformed"},
    {OP_GATHER_ND, 13, "4x5x6 i4x1", "batch_dims=-1", "malformed"},
    {OP_GATHER_ND, 13, "4x5x6 [3,5]", "", "malformed"},
    {OP_SCATTER, 10, "5x6 i2x3 2x3", "axis=1", "5x6"},
    {OP_SCATTER_ELEMENTS, 13, "i5x6 i2x3 i2x3", "", "i5x6"},
    {OP_SCATTER_ELEMENTS, 18, "5 [0,-5] 2", "reduction=add", "5"},
    {OP_SCATTER_ELEMENTS, 18, "5 [0,-5] 2", "reduction=xor", "unsupported"},
    {OP_SCATTER_ELEMENTS, 13, "5 [0,5] 2", "", "malformed"},
    {OP_SCATTER_ELEMENTS, 13, "5x6 i2x3 2x4", "", "malformed"},
    {OP_SCATTER_ELEMENTS, 13, "5x6 i2x3 i2x3", "", "malformed"},
    {OP_SCATTER_ND, 13, "4x5x6 i3x2 3x6", "", "4x5x6"},
    {OP_SCATTER_ND, 13, "4x5x6 i3x2 3x5", "", "malformed"},
    {OP_ONE_HOT, 13, "i3 [5] 2", "", "3x5"},
    {OP_ONE_HOT, 13, "2x3 {5} i2", "axis=1", "i2x5x3"},
    {OP_ONE_HOT, 13, "i3 i1 2", "", "unsupported"},
    {OP_ONE_HOT, 13, "i3 [0] 2", "", "malformed"},
    {OP_ONE_HOT, 13, "i3 [5] 3", "", "malformed"},
    {OP_ONE_HOT, 13, "i3 [5] 2", "axis=2", "malformed"},
    {OP_NON_ZERO, 13, "[3,0,-1]", "", "i1x2"},
    {OP_NON_ZERO, 13, "{0,0}", "", "i1x0"},
    {OP_NON_ZERO, 13, "i3", "", "unsupported"},
    {OP_COMPRESS, 13, "3x4 [1,0,1]", "axis=0", "2x4"},
    {OP_COMPRESS, 13, "3x4 [0,0,0,0,1]", "", "1"},
    {OP_COMPRESS, 13, "3x4 [1,0,1,1]", "axis=0", "malformed"},
    {OP_COMPRESS, 13, "3x4 i3", "axis=0", "unsupported"},
    /* Made rather than moved. */
    {OP_SHAPE, 13, "2x3x4", "", "i3"},
    {OP_SHAPE, 15, "2x3x4", "start=-2 end=100", "i2"},
    {OP_SHAPE, 15, "2x3x4", "start=2 end=1", "i0"},
    {OP_SHAPE, 15, "2x3x4", "start=-9223372036854775808 end=-1", "i2"},
    {OP_SHAPE, 13, "scalar", "", "i0"},
    {OP_SIZE, 13, "2x3x4", "", "iscalar"},
    {OP_CONSTANT_OF_SHAPE, 13, "[2,3]", "", "2x3"},
    {OP_CONSTANT_OF_SHAPE, 13, "[]", "", "scalar"},
    {OP_CONSTANT_OF_SHAPE, 13, "[0]", "", "unsupported"},
    {OP_CONSTANT_OF_SHAPE, 13, "[2,-3]", "", "malformed"},
    {OP_CONSTANT_OF_SHAPE, 13, "i2", "", "unsupported"},
    {OP_CONSTANT_OF_SHAPE, 13, "[2]", "value=3", "malformed"},
    {OP_RANGE, 13, "[1] [10] [3]", "", "i3"},
    {OP_RANGE, 13, "[10] [1] [-3]", "", "i3"},
    {OP_RANGE, 13, "[1] [1] [1]", "", "i0"},
    {OP_RANGE, 13, "[-9223372036854775808] [9223372036854774784] [4611686018427387904]", "", "i4"},
    {OP_RANGE, 13, "[-9223372036854775808] [9223372036854774784] [1]", "", "malformed"},
    {OP_RANGE, 13, "[1] [10] [0]", "", "malformed"},
    {OP_RANGE, 13, "{0} {1} {0.3}", "", "4"},
    {OP_RANGE, 13, "{0} {1} {0}", "", "malformed"},
    {OP_RANGE, 13, "{0} {1} {-1}", "", "unsupported"},
    {OP_RANGE, 13, "{0} [1] [1]", "", "unsupported"},
    {OP_RANGE, 13, "i1 [1] [1]", "", "unsupported"},
    {OP_EYE_LIKE, 13, "2x3", "", "2x3"},
    {OP_EYE_LIKE, 13, "2x3", "dtype=7 k=-9223372036854775808", "i2x3"},
    {OP_EYE_LIKE, 13, "2x3", "dtype=8", "unsupported"},
    {OP_EYE_LIKE, 13, "2x3x4", "", "malformed"},
    {OP_TRILU, 14, "2x3x4 [9223372036854774784]", "upper=0", "2x3x4"},
    {OP_TRILU, 14, "4", "", "malformed"},
    {OP_TRILU, 14, "3x4 i1", "", "unsupported"},
    {OP_CUM_SUM, 14, "i3x4 [-1]", "", "i3x4"},
    {OP_CUM_SUM, 14, "3x4 [2]", "", "malformed"},
    {OP_CUM_SUM, 14, "3x4 iscalar", "", "unsupported"},
    {OP_REVERSE_SEQUENCE, 10, "4x3x2 i3", "", "4x3x2"},
    {OP_REVERSE_SEQUENCE, 10, "4x3x2 i4", "batch_axis=0 time_axis=1", "4x3x2"},
    {OP_REVERSE_SEQUENCE, 10, "4x3x2 i4", "", "malformed"},
    {OP_REVERSE_SEQUENCE, 10, "4x3x2 i4", "time_axis=1", "malformed"},
    /* Channels and pixels. */
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "blocksize=2", "1x3x4x6"},
    {OP_DEPTH_TO_SPACE, 13, "i1x12x2x3", "blocksize=2 mode=CRD", "i1x3x4x6"},
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "blocksize=2 mode=RCD", "malformed"},
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "blocksize=5", "malformed"},
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "blocksize=0", "malformed"},
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "blocksize=9223372036854774784", "malformed"},
    {OP_DEPTH_TO_SPACE, 13, "1x12x2x3", "", "malformed"},
    {OP_SPACE_TO_DEPTH, 13, "1x3x4x6", "blocksize=2", "1x12x2x3"},
    {OP_SPACE_TO_DEPTH, 13, "1x3x4x6", "blocksize=4", "malformed"},
    {OP_SPACE_TO_DEPTH, 13, "3x4x6", "blocksize=2", "malformed"},
    {OP_RESIZE, 10, "1x1x4x6 {1,1,2,0.5}", "", "1x1x8x3"},
    {OP_RESIZE, 13, "1x1x3x3 - {1,1,2.3333333,1}", "", "1x1x7x3"},
    {OP_RESIZE, 13, "1x1x4x6 - - [1,1,7,3]", "mode=cubic", "1x1x7x3"},
    {OP_RESIZE, 11, "1x1x4x6 {} {} [1,1,7,3]", "mode=linear", "1x1x7x3"},
    {OP_RESIZE, 18, "1x1x4x6 - - [7,3]", "axes=2,3", "1x1x7x3"},
    {OP_RESIZE, 18, "1x1x4x6 - - [8,18]", "axes=2,3 keep_aspect_ratio_policy=not_larger", "1x1x8x12"},
    {OP_RESIZE, 18, "1x1x4x6 - - [8,18]", "axes=-2,-1 keep_aspect_ratio_policy=not_smaller", "1x1x12x18"},
    {OP_RESIZE, 13, "i4 - {2}", "", "i8"},
    {OP_RESIZE, 13, "i4 - {2}", "mode=linear", "unsupported"},
    {OP_RESIZE, 13, "4 - {2}", "mode=area", "unsupported"},
    {OP_RESIZE, 13, "4 - {2}", "nearest_mode=none", "unsupported"},
    {OP_RESIZE, 13, "4 - {2}", "coordinate_transformation_mode=tf_crop_and_resize", "unsupported"},
    {OP_RESIZE, 13, "4 {0,1} {2}", "coordinate_transformation_mode=tf_crop_and_resize", "8"},
    {OP_RESIZE, 13, "4 {0,1,2} {2}", "coordinate_transformation_mode=tf_crop_and_resize", "malformed"},
    {OP_RESIZE, 13, "4 - {2} [8]", "", "malformed"},
    {OP_RESIZE, 13, "4 - - -", "", "malformed"},
    {OP_RESIZE, 13, "4 - {2,2}", "", "malformed"},
    {OP_RESIZE, 13, "4 - {-2}", "", "malformed"},
    {OP_RESIZE, 13, "4 - {0.1}", "", "malformed"},
    {OP_RESIZE, 13, "4 - {1e30}", "", "malformed"},
    {OP_RESIZE, 13, "4 - {nan}", "", "malformed"},
    {OP_RESIZE, 13, "4 - - [0]", "", "malformed"},
    {OP_RESIZE, 13, "4 - 1", "", "unsupported"},
    {OP_RESIZE, 18, "1x1x4x6 - - [7,3]", "axes=2,-2", "malformed"},
    {OP_RESIZE, 18, "1x1x4x6 - - [7,3]", "axes=2,4", "malformed"},
    {OP_UPSAMPLE, 9, "1x1x4x6 {1,1,2,3}", "mode=nearest", "1x1x8x18"},
    {OP_UPSAMPLE, 9, "1x1x4x6", "", "malformed"},
    {OP_CONSTANT, 13, "", "value_int=3", "iscalar"},
    {OP_CONSTANT, 13, "", "value_ints=3,4", "i2"},
    {OP_CONSTANT, 13, "", "value_float=3.0f", "scalar"},
    {OP_CONSTANT, 13, "", "value_string=text", "unsupported"},
    {OP_CONSTANT, 13, "", "", "unsupported"},
};

static struct arena arena;
static struct graph graph;
static struct senet_error error;

static void set_up(void)
{
    graph = (struct graph){.arena = &arena};
    error = (struct senet_error){0};
}

static void tear_down(void)
{
    arena_release(&arena);
}

/* "2,-1" -> two numbers; "" -> none. */
static size_t parse_numbers(const char *text, double numbers[16])
{
    size_t count = 0;
    for (char *end; *text; text = end + (*end == ',')) {
        numbers[count++] = strtod(text, &end);
        ck_assert_ptr_ne(end, text);
        if (*end != ',')
            break;
    }
    return count;
}

static struct value *parse_constant(const char *text)
{
    double numbers[16];
    const struct senet_shape shape = {1, {(int64_t)parse_numbers(strspn(text + 1, "]}") ? "" : text + 1, numbers)}};
    enum dtype dtype = *text == '[' ? DTYPE_INT64 : DTYPE_FLOAT32;
    int64_t *integers = arena_alloc(&arena, 16, sizeof *integers);
    float *floats = arena_alloc(&arena, 16, sizeof *floats);
    for (int i = 0; i < shape.dim[0]; i++) {
        integers[i] = (int64_t)numbers[i];
        floats[i] = (float)numbers[i];
    }
    return graph_add_constant(&graph, "c", dtype, &shape, *text == '[' ? (void *)integers : floats);
}

static struct value *parse_input(const char *text)
{
    if (*text == '-')
        return NULL;
    if (*text == '[' || *text == '{')
        return parse_constant(text);
    struct value *value = graph_add_value(&graph, "v");
    value->dtype = *text == 'i' ? DTYPE_INT64 : DTYPE_FLOAT32;
    text += *text == 'i';
    for (char *end; strcmp(text, "scalar") && *text; text = end + (*end == 'x'))
        value->shape.dim[value->shape.rank++] = strtoll(text, &end, 10);
    return value;
}

static struct attribute parse_attribute(char *text)
{
    char *equals = strchr(text, '=');
    double numbers[16];
    int64_t *integers = arena_alloc(&arena, 16, sizeof *integers);
    *equals = '\0';
    const char *written = equals + 1;
    struct attribute attribute = {.name = text, .type = ATTRIBUTE_STRING, .s = written};
    if (!strspn(written, "-0123456789"))
        return attribute;
    attribute.count = parse_numbers(written, numbers);
    for (size_t i = 0; i < attribute.count; i++)
        integers[i] = (int64_t)numbers[i];
    attribute.type = strchr(written, ',') ? ATTRIBUTE_INTS : strchr(written, 'f') ? ATTRIBUTE_FLOAT : ATTRIBUTE_INT;
    attribute.ints = integers;
    attribute.i = integers[0];
    attribute.f = (float)numbers[0];
    return attribute;
}

static struct node *parse_node(const struct op_case *written)
{
    struct node *node = graph_new_node(&graph, written->op, "under_test", 8, 1);
    char *inputs = arena_strdup(&arena, written->inputs), *attributes = arena_strdup(&arena, written->attributes),
         *rest;
    node->input_count = 0;
    for (char *word = strtok_r(inputs, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        node->inputs[node->input_count++] = parse_input(word);
    node->attributes = arena_alloc(&arena, 8, sizeof *node->attributes);
    for (char *word = strtok_r(attributes, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        node->attributes[node->attribute_count++] = parse_attribute(word);
    node->outputs[0] = graph_add_value(&graph, "y");
    node->outputs[0]->producer = node;
    graph.opset = written->opset;
    return node;
}

static enum senet_code infer(struct node *node)
{
    return op_table[node->op].infer(&graph, node, &error);
}

static const char *result_text(enum senet_code code, const struct value *output, char *text, size_t size)
{
    if (code)
        return code == SENET_MODEL_MALFORMED ? "malformed" : code == SENET_MODEL_UNSUPPORTED ? "unsupported" : "other";
    *text = 'i';
    bool integers = output->dtype == DTYPE_INT64;
    shape_text(&output->shape, text + integers, size - 1);
    return text;
}

START_TEST(outputs_have_the_shape_that_onnx_says)
{
    const struct op_case *written = &cases[_i];
    struct node *node = parse_node(written);
    char text[128];
    /* Twice, since optimisation infers again after it changed the graph. */
    for (int round = 0; round < 2; round++) {
        enum senet_code code = infer(node);
        const char *result = result_text(code, node->outputs[0], text, sizeof text);
        ck_assert_msg(!strcmp(result, written->result), "%s(%s) %s: expected %s, got %s (%s)",
                      op_table[written->op].name, written->inputs, written->attributes, written->result, result,
                      code ? error.message : "");
        if (code) {
            ck_assert_int_eq(error.code, code);
            ck_assert_ptr_nonnull(strstr(error.message, " node 'under_test': "));
        }
    }
}
END_TEST

START_TEST(the_table_spells_operators_as_onnx_does)
{
    static const char *const names[] = {
#define OP_NAME(symbol, name, fewest, most, outputs, computed, infer, macs) name,
        OPERATORS(OP_NAME)
#undef OP_NAME
    };
    for (int op = 0; op < OP_COUNT; op++) {
        ck_assert_str_eq(op_table[op].name, names[op]);
        ck_assert_int_le(op_table[op].min_inputs, op_table[op].max_inputs);
        ck_assert_int_ge(op_table[op].max_outputs, 1);
        ck_assert_ptr_nonnull((const void *)(uintptr_t)op_table[op].infer);
        bool ours = op >= OP_CHANNEL_SHUFFLE; /* the last rows */
        ck_assert_int_eq(op_find(names[op]), ours ? OP_COUNT : op);
    }
    ck_assert_int_eq(op_find("relu"), OP_COUNT);
    ck_assert_int_eq(op_find(""), OP_COUNT);
}
END_TEST

START_TEST(softmax_is_left_with_the_axes_it_runs_over)
{
    static const struct {
        struct op_case written;
        int64_t axis, count;
    } expected[] = {
        {{OP_SOFTMAX, 13, "2x3x4", "", ""}, 2, 1},       {{OP_SOFTMAX, 13, "2x3x4", "axis=-3", ""}, 0, 1},
        {{OP_SOFTMAX, 11, "2x10x1x1", "", ""}, 1, 1},    {{OP_SOFTMAX, 11, "2x1x10", "", ""}, 2, 1},
        {{OP_SOFTMAX, 11, "2x1x1", "axis=1", ""}, 1, 1}, {{OP_SOFTMAX, 7, "6", "axis=0", ""}, 0, 1},
        {{OP_SOFTMAX, 11, "2x3x4", "", ""}, 1, 2},       {{OP_LOG_SOFTMAX, 11, "2x3x4", "axis=0", ""}, 0, 3},
        {{OP_HARDMAX, 11, "2x3x1x4", "", ""}, 1, 3},     {{OP_HARDMAX, 13, "2x3x4", "axis=1 axis_count=2", ""}, 1, 1},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct node *node = parse_node(&expected[i].written);
        for (int round = 0; round < 2; round++) {
            ck_assert_int_eq(infer(node), SENET_OK);
            ck_assert_int_eq(node_attribute_int(node, "axis", -9), expected[i].axis);
            ck_assert_int_eq(node_attribute_int(node, "axis_count", -9), expected[i].count);
        }
    }
}
END_TEST

START_TEST(reduce_mean_is_left_with_sorted_axes)
{
    static const struct {
        struct op_case written;
        size_t count;
        int64_t axes[3];
    } expected[] = {
        {{OP_REDUCE_MEAN, 13, "2x3x4", "axes=-1,0", ""}, 2, {0, 2}},
        {{OP_REDUCE_MEAN, 13, "2x3x4", "", ""}, 3, {0, 1, 2}},
        {{OP_REDUCE_MEAN, 18, "2x3x4 [1]", "", ""}, 1, {1}},
        {{OP_REDUCE_MEAN, 18, "2x3x4", "noop_with_empty_axes=1", ""}, 0, {0}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct node *node = parse_node(&expected[i].written);
        ck_assert_int_eq(infer(node), SENET_OK);
        const struct attribute *axes = node_attribute(node, "axes");
        ck_assert_uint_eq(axes->count, expected[i].count);
        ck_assert_mem_eq(axes->ints, expected[i].axes, axes->count * sizeof(int64_t));
    }
}
END_TEST

START_TEST(clip_finds_its_bounds_wherever_the_opset_puts_them)
{
    static const struct {
        struct op_case written;
        float low, high;
    } expected[] = {
        {{OP_CLIP, 6, "2", "min=-1.0f max=6.0f", ""}, -1.0f, 6.0f}, {{OP_CLIP, 6, "2", "max=6.0f", ""}, -FLT_MAX, 6.0f},
        {{OP_CLIP, 13, "2 {0} {6}", "", ""}, 0.0f, 6.0f},           {{OP_CLIP, 13, "2 {0.5}", "", ""}, 0.5f, FLT_MAX},
        {{OP_CLIP, 13, "2 - {6}", "", ""}, -FLT_MAX, 6.0f},         {{OP_CLIP, 13, "2", "", ""}, -FLT_MAX, FLT_MAX},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        float low, high;
        ck_assert(clip_bounds(parse_node(&expected[i].written), &low, &high));
        ck_assert_float_eq(low, expected[i].low);
        ck_assert_float_eq(high, expected[i].high);
    }
}
END_TEST

START_TEST(further_outputs_have_types_and_shapes_of_their_own)
{
    static const struct {
        struct op_case written;
        const char *outputs[3];
    } expected[] = {
        {{OP_MAX_POOL, 13, "2x3x7x7", "kernel_shape=3,3", ""}, {"2x3x5x5", "i2x3x5x5"}},
        {{OP_TOP_K, 11, "2x5 [3]", "", ""}, {"2x3", "i2x3"}},
        {{OP_LAYER_NORMALIZATION, 17, "2x3x4 3x4", "axis=1", ""}, {"2x3x4", "2x1x1", "2x1x1"}},
        {{OP_LAYER_NORMALIZATION, 17, "2x3x4 4", "", ""}, {"2x3x4", "2x3x1", "2x3x1"}},
    };
    char text[128];
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct node *node = parse_node(&expected[i].written);
        struct value *outputs[3] = {node->outputs[0], graph_add_value(&graph, "b"), graph_add_value(&graph, "c")};
        node->outputs = outputs;
        node->output_count = op_table[node->op].max_outputs;
        ck_assert_int_eq(infer(node), SENET_OK);
        for (int output = 0; output < node->output_count; output++)
            ck_assert_str_eq(result_text(SENET_OK, outputs[output], text, sizeof text), expected[i].outputs[output]);
        outputs[1] = NULL; /* not wanted */
        ck_assert_int_eq(infer(node), SENET_OK);
    }
}
END_TEST

START_TEST(constants_are_seen_through_identities)
{
    const struct op_case constant = {OP_CONSTANT, 13, "", "value_ints=7,8", ""};
    struct node *source = parse_node(&constant);
    ck_assert_int_eq(infer(source), SENET_OK);
    struct node *identity = graph_new_node(&graph, OP_IDENTITY, "", 1, 1);
    identity->inputs[0] = source->outputs[0];
    identity->outputs[0] = graph_add_value(&graph, "y");
    ck_assert_int_eq(infer(identity), SENET_OK);
    size_t count;
    const int64_t *numbers = value_int64s(identity->outputs[0], &count);
    ck_assert_ptr_nonnull(numbers);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(numbers[1], 8);
    ck_assert_ptr_null(value_floats(identity->outputs[0], &count));
    ck_assert_ptr_null(value_int64s(NULL, &count));
}
END_TEST

START_TEST(macs_are_the_multiplications_of_matrix_products)
{
    static const struct {
        struct op_case written;
        int64_t macs;
    } expected[] = {
        {{OP_CONV, 13, "2x3x8x9 5x3x3x3 5", "pads=1,1,1,1", ""}, 2 * 5 * 8 * 9 * 3 * 3 * 3},
        {{OP_CONV, 13, "1x4x8x8 8x1x3x3", "group=4", ""}, 8 * 6 * 6 * 9},
        {{OP_CONV, 13, "1x2x8 3x2x3", "", ""}, 3 * 6 * 2 * 3},
        {{OP_CONV_TRANSPOSE, 13, "1x4x3x3 4x3x2x2", "group=2", ""}, 4 * 9 * 3 * 4},
        {{OP_EINSUM, 13, "5x2x3 5x3x4", "equation=bij,bjk->bik", ""}, 5 * 2 * 3 * 4},
        {{OP_MATMUL, 13, "3 5x3x4", "", ""}, 5 * 3 * 4},
        {{OP_GEMM, 13, "2x3 3x4", "", ""}, 2 * 3 * 4},
        {{OP_GEMM, 13, "3x2 4x3", "transA=1 transB=1", ""}, 2 * 3 * 4},
        {{OP_MATMUL, 13, "5x2x3 3x4", "", ""}, 5 * 2 * 3 * 4},
        {{OP_MATMUL, 13, "262144x262144 262144x262144", "", ""}, (int64_t)1 << 42}, /* 2^54, capped */
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct node *node = parse_node(&expected[i].written);
        ck_assert_int_eq(infer(node), SENET_OK);
        ck_assert_int_eq(op_table[node->op].macs(node), expected[i].macs);
    }
}
END_TEST

START_TEST(a_se_block_has_a_gate_per_image_and_channel)
{
    struct se_block se = {.channels = 256, .reduced = 16};
    struct node *node = graph_new_node(&graph, OP_SE, "", 5, 2);
    node->se = &se;
    node->inputs[0] = graph_add_value(&graph, "u");
    node->inputs[0]->shape = (struct senet_shape){4, {2, 256, 7, 7}};
    node->outputs[0] = graph_add_value(&graph, "rescaled");
    node->outputs[1] = graph_add_value(&graph, "gate");
    ck_assert_int_eq(infer(node), SENET_OK);
    char text[64];
    ck_assert_str_eq(shape_text(&node->outputs[0]->shape, text, sizeof text), "2x256x7x7");
    ck_assert_str_eq(shape_text(&node->outputs[1]->shape, text, sizeof text), "2x256");
    ck_assert_int_eq(op_table[OP_SE].macs(node), 2 * (256 * 16 + 16 * 256));
}
END_TEST

/* A graph of one Relu over an input of this shape, -1 for open. */
static enum senet_code infer_graph(int rank, const int64_t *dims, struct senet_shape *output)
{
    const struct op_case relu = {OP_RELU, 13, "scalar", "", ""};
    struct node *nodes[] = {parse_node(&relu)};
    struct value *input = nodes[0]->inputs[0];
    input->name = "pixels";
    input->shape.rank = rank;
    memcpy(input->shape.dim, dims, (size_t)rank * sizeof *dims);
    graph.nodes = nodes;
    graph.inputs = nodes[0]->inputs;
    graph.outputs = nodes[0]->outputs;
    graph.node_count = graph.input_count = graph.output_count = 1;
    const struct input_size size = {4, 160, 192};
    enum senet_code code = graph_infer(&graph, &size, &error);
    *output = nodes[0]->outputs[0]->shape;
    return code;
}

START_TEST(open_dimensions_of_inputs_are_filled)
{
    static const struct {
        int rank;
        int64_t dims[4];
        const char *expected;
    } inputs[] = {
        {4, {-1, 3, -1, -1}, "4x3x160x192"},
        {4, {-1, 3, 32, 32}, "4x3x32x32"},
        {4, {1, 3, -1, 64}, "1x3x160x64"},
        {2, {-1, 100}, "4x100"},
        {1, {-1}, "4"},
        {0, {0}, "scalar"},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct senet_shape output;
        char text[64];
        ck_assert_int_eq(infer_graph(inputs[i].rank, inputs[i].dims, &output), SENET_OK);
        ck_assert_str_eq(shape_text(&output, text, sizeof text), inputs[i].expected);
    }
}
END_TEST

START_TEST(inputs_that_stay_open_or_overflow_are_refused)
{
    static const struct {
        int rank;
        int64_t dims[4];
    } inputs[] = {
        {4, {-1, -1, 32, 32}},
        {3, {-1, -1, 3}},
        {2, {1, -1}},
        {4, {-1, 3, INT64_MAX / 8, 32}},
        {4, {-1, (int64_t)1 << 20, 1 << 10, 1 << 9}},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct senet_shape output;
        ck_assert_int_eq(infer_graph(inputs[i].rank, inputs[i].dims, &output), SENET_MODEL_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(error.message, "'pixels'"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops");
    TCase *tests = tcase_create("ops");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, outputs_have_the_shape_that_onnx_says, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, the_table_spells_operators_as_onnx_does);
    tcase_add_test(tests, softmax_is_left_with_the_axes_it_runs_over);
    tcase_add_test(tests, reduce_mean_is_left_with_sorted_axes);
    tcase_add_test(tests, clip_finds_its_bounds_wherever_the_opset_puts_them);
    tcase_add_test(tests, further_outputs_have_types_and_shapes_of_their_own);
    tcase_add_test(tests, constants_are_seen_through_identities);
    tcase_add_test(tests, macs_are_the_multiplications_of_matrix_products);
    tcase_add_test(tests, a_se_block_has_a_gate_per_image_and_channel);
    tcase_add_test(tests, open_dimensions_of_inputs_are_filled);
    tcase_add_test(tests, inputs_that_stay_open_or_overflow_are_refused);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
