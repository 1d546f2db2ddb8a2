/*
 * The operators, one row each, in alphabetical order:
 *
 *   OP(symbol, ONNX name, fewest inputs, most inputs, most outputs, computed outputs, infer function, MACs function)
 *
 * Trailing optional inputs are among the most inputs that a file may give; INT_MAX is no bound. Passes give Conv more:
 * graph/conv.h. Outputs past the computed ones are what training reads (masks, batch statistics): a file may name them,
 * and is refused when anything reads them.
 *
 * To add an operator: a row here, its infer function (infer.h), a row in kernels/table.c with its kernel.
 */
#ifndef SENET_GRAPH_OPERATORS_H
#define SENET_GRAPH_OPERATORS_H

#define OPERATORS(OP)                                                                                                  \
    OP(ABS, "Abs", 1, 1, 1, 1, infer_numeric, NULL)                                                                    \
    OP(ACOS, "Acos", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(ACOSH, "Acosh", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(ADD, "Add", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(AND, "And", 2, 2, 1, 1, infer_logic, NULL)                                                                      \
    OP(ARG_MAX, "ArgMax", 1, 1, 1, 1, infer_arg, NULL)                                                                 \
    OP(ARG_MIN, "ArgMin", 1, 1, 1, 1, infer_arg, NULL)                                                                 \
    OP(ASIN, "Asin", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(ASINH, "Asinh", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(ATAN, "Atan", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(ATANH, "Atanh", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(AVERAGE_POOL, "AveragePool", 1, 1, 1, 1, infer_pool, NULL)                                                      \
    OP(BATCH_NORMALIZATION, "BatchNormalization", 5, 5, 5, 1, infer_batch_normalization, NULL)                         \
    OP(BIT_SHIFT, "BitShift", 2, 2, 1, 1, infer_bit_shift, NULL)                                                       \
    OP(CAST, "Cast", 1, 1, 1, 1, infer_cast, NULL)                                                                     \
    OP(CAST_LIKE, "CastLike", 2, 2, 1, 1, infer_cast_like, NULL)                                                       \
    OP(CEIL, "Ceil", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(CELU, "Celu", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(CLIP, "Clip", 1, 3, 1, 1, infer_clip, NULL)                                                                     \
    OP(COMPRESS, "Compress", 2, 2, 1, 1, infer_compress, NULL)                                                         \
    OP(CONCAT, "Concat", 1, INT_MAX, 1, 1, infer_concat, NULL)                                                         \
    OP(CONSTANT, "Constant", 0, 0, 1, 1, infer_constant, NULL)                                                         \
    OP(CONSTANT_OF_SHAPE, "ConstantOfShape", 1, 1, 1, 1, infer_constant_of_shape, NULL)                                \
    OP(CONV, "Conv", 2, 3, 1, 1, infer_conv, macs_conv)                                                                \
    OP(CONV_TRANSPOSE, "ConvTranspose", 2, 3, 1, 1, infer_conv_transpose, macs_conv_transpose)                         \
    OP(COS, "Cos", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(COSH, "Cosh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(CUM_SUM, "CumSum", 2, 2, 1, 1, infer_cum_sum, NULL)                                                             \
    OP(DEPTH_TO_SPACE, "DepthToSpace", 1, 1, 1, 1, infer_depth_to_space, NULL)                                         \
    OP(DIV, "Div", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(DROPOUT, "Dropout", 1, 3, 2, 1, infer_dropout, NULL)                                                            \
    OP(EINSUM, "Einsum", 1, INT_MAX, 1, 1, infer_einsum, macs_einsum)                                                  \
    OP(ELU, "Elu", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(EQUAL, "Equal", 2, 2, 1, 1, infer_comparison, NULL)                                                             \
    OP(ERF, "Erf", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(EXP, "Exp", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(EXPAND, "Expand", 2, 2, 1, 1, infer_expand, NULL)                                                               \
    OP(EYE_LIKE, "EyeLike", 1, 1, 1, 1, infer_eye_like, NULL)                                                          \
    OP(FLATTEN, "Flatten", 1, 1, 1, 1, infer_flatten, NULL)                                                            \
    OP(FLOOR, "Floor", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(GATHER, "Gather", 2, 2, 1, 1, infer_gather, NULL)                                                               \
    OP(GATHER_ELEMENTS, "GatherElements", 2, 2, 1, 1, infer_gather_elements, NULL)                                     \
    OP(GATHER_ND, "GatherND", 2, 2, 1, 1, infer_gather_nd, NULL)                                                       \
    OP(GELU, "Gelu", 1, 1, 1, 1, infer_gelu, NULL)                                                                     \
    OP(GEMM, "Gemm", 2, 3, 1, 1, infer_gemm, macs_gemm)                                                                \
    OP(GLOBAL_AVERAGE_POOL, "GlobalAveragePool", 1, 1, 1, 1, infer_pool, NULL)                                         \
    OP(GLOBAL_LP_POOL, "GlobalLpPool", 1, 1, 1, 1, infer_pool, NULL)                                                   \
    OP(GLOBAL_MAX_POOL, "GlobalMaxPool", 1, 1, 1, 1, infer_pool, NULL)                                                 \
    OP(GREATER, "Greater", 2, 2, 1, 1, infer_comparison, NULL)                                                         \
    OP(GREATER_OR_EQUAL, "GreaterOrEqual", 2, 2, 1, 1, infer_comparison, NULL)                                         \
    OP(GROUP_NORMALIZATION, "GroupNormalization", 3, 3, 1, 1, infer_normalise, NULL)                                   \
    OP(HARDMAX, "Hardmax", 1, 1, 1, 1, infer_softmax, NULL)                                                            \
    OP(HARD_SIGMOID, "HardSigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                               \
    OP(HARD_SWISH, "HardSwish", 1, 1, 1, 1, infer_elementwise, NULL)                                                   \
    OP(IDENTITY, "Identity", 1, 1, 1, 1, infer_identity, NULL)                                                         \
    OP(INSTANCE_NORMALIZATION, "InstanceNormalization", 3, 3, 1, 1, infer_normalise, NULL)                             \
    OP(IS_INF, "IsInf", 1, 1, 1, 1, infer_float_test, NULL)                                                            \
    OP(IS_NAN, "IsNaN", 1, 1, 1, 1, infer_float_test, NULL)                                                            \
    OP(LAYER_NORMALIZATION, "LayerNormalization", 2, 3, 3, 3, infer_normalise, NULL)                                   \
    OP(LEAKY_RELU, "LeakyRelu", 1, 1, 1, 1, infer_elementwise, NULL)                                                   \
    OP(LESS, "Less", 2, 2, 1, 1, infer_comparison, NULL)                                                               \
    OP(LESS_OR_EQUAL, "LessOrEqual", 2, 2, 1, 1, infer_comparison, NULL)                                               \
    OP(LOG, "Log", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(LOG_SOFTMAX, "LogSoftmax", 1, 1, 1, 1, infer_softmax, NULL)                                                     \
    OP(LP_NORMALIZATION, "LpNormalization", 1, 1, 1, 1, infer_lp_normalization, NULL)                                  \
    OP(LP_POOL, "LpPool", 1, 1, 1, 1, infer_pool, NULL)                                                                \
    OP(LRN, "LRN", 1, 1, 1, 1, infer_lrn, NULL)                                                                        \
    OP(MATMUL, "MatMul", 2, 2, 1, 1, infer_matmul, macs_matmul)                                                        \
    OP(MAX, "Max", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(MAX_POOL, "MaxPool", 1, 1, 2, 2, infer_pool, NULL)                                                              \
    OP(MEAN, "Mean", 1, INT_MAX, 1, 1, infer_mean, NULL)                                                               \
    OP(MEAN_VARIANCE_NORMALIZATION, "MeanVarianceNormalization", 1, 1, 1, 1, infer_mean_variance, NULL)                \
    OP(MIN, "Min", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(MISH, "Mish", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(MOD, "Mod", 2, 2, 1, 1, infer_mod, NULL)                                                                        \
    OP(MUL, "Mul", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(NEG, "Neg", 1, 1, 1, 1, infer_numeric, NULL)                                                                    \
    OP(NON_ZERO, "NonZero", 1, 1, 1, 1, infer_non_zero, NULL)                                                          \
    OP(NOT, "Not", 1, 1, 1, 1, infer_logic, NULL)                                                                      \
    OP(ONE_HOT, "OneHot", 3, 3, 1, 1, infer_one_hot, NULL)                                                             \
    OP(OR, "Or", 2, 2, 1, 1, infer_logic, NULL)                                                                        \
    OP(PAD, "Pad", 1, 4, 1, 1, infer_pad, NULL)                                                                        \
    OP(POW, "Pow", 2, 2, 1, 1, infer_pow, NULL)                                                                        \
    OP(PRELU, "PRelu", 2, 2, 1, 1, infer_prelu, NULL)                                                                  \
    OP(RANGE, "Range", 3, 3, 1, 1, infer_range, NULL)                                                                  \
    OP(RECIPROCAL, "Reciprocal", 1, 1, 1, 1, infer_elementwise, NULL)                                                  \
    OP(REDUCE_L1, "ReduceL1", 1, 2, 1, 1, infer_reduce, NULL)                                                          \
    OP(REDUCE_L2, "ReduceL2", 1, 2, 1, 1, infer_reduce, NULL)                                                          \
    OP(REDUCE_LOG_SUM, "ReduceLogSum", 1, 2, 1, 1, infer_reduce, NULL)                                                 \
    OP(REDUCE_LOG_SUM_EXP, "ReduceLogSumExp", 1, 2, 1, 1, infer_reduce, NULL)                                          \
    OP(REDUCE_MAX, "ReduceMax", 1, 2, 1, 1, infer_reduce, NULL)                                                        \
    OP(REDUCE_MEAN, "ReduceMean", 1, 2, 1, 1, infer_reduce, NULL)                                                      \
    OP(REDUCE_MIN, "ReduceMin", 1, 2, 1, 1, infer_reduce, NULL)                                                        \
    OP(REDUCE_PROD, "ReduceProd", 1, 2, 1, 1, infer_reduce, NULL)                                                      \
    OP(REDUCE_SUM, "ReduceSum", 1, 2, 1, 1, infer_reduce, NULL)                                                        \
    OP(REDUCE_SUM_SQUARE, "ReduceSumSquare", 1, 2, 1, 1, infer_reduce, NULL)                                           \
    OP(RELU, "Relu", 1, 1, 1, 1, infer_numeric, NULL)                                                                  \
    OP(RESHAPE, "Reshape", 2, 2, 1, 1, infer_reshape, NULL)                                                            \
    OP(RESIZE, "Resize", 1, 4, 1, 1, infer_resize, NULL)                                                               \
    OP(REVERSE_SEQUENCE, "ReverseSequence", 2, 2, 1, 1, infer_reverse_sequence, NULL)                                  \
    OP(RMS_NORMALIZATION, "RMSNormalization", 2, 2, 1, 1, infer_normalise, NULL)                                       \
    OP(ROUND, "Round", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(SCATTER, "Scatter", 3, 3, 1, 1, infer_scatter_elements, NULL)                                                   \
    OP(SCATTER_ELEMENTS, "ScatterElements", 3, 3, 1, 1, infer_scatter_elements, NULL)                                  \
    OP(SCATTER_ND, "ScatterND", 3, 3, 1, 1, infer_scatter_nd, NULL)                                                    \
    OP(SELU, "Selu", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SHAPE, "Shape", 1, 1, 1, 1, infer_shape, NULL)                                                                  \
    OP(SHRINK, "Shrink", 1, 1, 1, 1, infer_elementwise, NULL)                                                          \
    OP(SIGMOID, "Sigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                                        \
    OP(SIGN, "Sign", 1, 1, 1, 1, infer_numeric, NULL)                                                                  \
    OP(SIN, "Sin", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(SINH, "Sinh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SIZE, "Size", 1, 1, 1, 1, infer_size, NULL)                                                                     \
    OP(SLICE, "Slice", 1, 5, 1, 1, infer_slice, NULL)                                                                  \
    OP(SOFTMAX, "Softmax", 1, 1, 1, 1, infer_softmax, NULL)                                                            \
    OP(SOFTPLUS, "Softplus", 1, 1, 1, 1, infer_elementwise, NULL)                                                      \
    OP(SOFTSIGN, "Softsign", 1, 1, 1, 1, infer_elementwise, NULL)                                                      \
    OP(SPACE_TO_DEPTH, "SpaceToDepth", 1, 1, 1, 1, infer_space_to_depth, NULL)                                         \
    OP(SPLIT, "Split", 1, 2, INT_MAX, INT_MAX, infer_split, NULL)                                                      \
    OP(SQRT, "Sqrt", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SQUEEZE, "Squeeze", 1, 2, 1, 1, infer_squeeze, NULL)                                                            \
    OP(SUB, "Sub", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(SUM, "Sum", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(SWISH, "Swish", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(TAN, "Tan", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(TANH, "Tanh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(THRESHOLDED_RELU, "ThresholdedRelu", 1, 1, 1, 1, infer_elementwise, NULL)                                       \
    OP(TILE, "Tile", 2, 2, 1, 1, infer_tile, NULL)                                                                     \
    OP(TOP_K, "TopK", 1, 2, 2, 2, infer_top_k, NULL)                                                                   \
    OP(TRANSPOSE, "Transpose", 1, 1, 1, 1, infer_transpose, NULL)                                                      \
    OP(TRILU, "Trilu", 1, 2, 1, 1, infer_trilu, NULL)                                                                  \
    OP(UNSQUEEZE, "Unsqueeze", 1, 2, 1, 1, infer_unsqueeze, NULL)                                                      \
    OP(UPSAMPLE, "Upsample", 1, 2, 1, 1, infer_resize, NULL)                                                           \
    OP(WHERE, "Where", 3, 3, 1, 1, infer_where, NULL)                                                                  \
    OP(XOR, "Xor", 2, 2, 1, 1, infer_logic, NULL)                                                                      \
    /* Ours, which files cannot name. From CHANNEL_MEANS on: graph/se_block.h. */                                      \
    OP(CHANNEL_SHUFFLE, "ChannelShuffle", 1, 1, 1, 1, infer_channel_shuffle, NULL)                                     \
    OP(CHANNEL_MEANS, "ChannelMeans", 1, 1, 1, 1, infer_channel_means, NULL)                                           \
    OP(EXCITATION, "SE", 5, 5, 1, 1, infer_excitation, macs_se)                                                        \
    OP(GATE, "Gate", 1, 1, 1, 1, infer_gate, NULL)                                                                     \
    OP(RESCALE, "Rescale", 2, 3, 2, 2, infer_se, NULL)                                                                 \
    OP(SE, "SE", 5, 5, 2, 2, infer_se, macs_se)

enum op {
#define OP_ENUM(symbol, name, fewest, most, outputs, computed, infer, macs) OP_##symbol,
    OPERATORS(OP_ENUM)
#undef OP_ENUM
        OP_COUNT
};

#endif
