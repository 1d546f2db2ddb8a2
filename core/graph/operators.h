/*
 * The operators, one row each, in alphabetical order:
 *
 *   OP(symbol, ONNX name, fewest inputs, most inputs, most outputs, computed outputs, infer function, MACs function)
 *
 * Trailing optional inputs are among the most inputs; INT_MAX is no bound. Outputs past the computed ones are what
 * training reads (masks, batch statistics): a file may name them, and is refused when anything reads them.
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
    OP(CONCAT, "Concat", 1, INT_MAX, 1, 1, infer_concat, NULL)                                                         \
    OP(CONSTANT, "Constant", 0, 0, 1, 1, infer_constant, NULL)                                                         \
    OP(CONV, "Conv", 2, 3, 1, 1, infer_conv, macs_conv)                                                                \
    OP(COS, "Cos", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(COSH, "Cosh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(DIV, "Div", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(DROPOUT, "Dropout", 1, 3, 2, 1, infer_dropout, NULL)                                                            \
    OP(ELU, "Elu", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(EQUAL, "Equal", 2, 2, 1, 1, infer_comparison, NULL)                                                             \
    OP(ERF, "Erf", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(EXP, "Exp", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(FLATTEN, "Flatten", 1, 1, 1, 1, infer_flatten, NULL)                                                            \
    OP(FLOOR, "Floor", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(GELU, "Gelu", 1, 1, 1, 1, infer_gelu, NULL)                                                                     \
    OP(GEMM, "Gemm", 2, 3, 1, 1, infer_gemm, macs_gemm)                                                                \
    OP(GLOBAL_AVERAGE_POOL, "GlobalAveragePool", 1, 1, 1, 1, infer_global_pool, NULL)                                  \
    OP(GREATER, "Greater", 2, 2, 1, 1, infer_comparison, NULL)                                                         \
    OP(GREATER_OR_EQUAL, "GreaterOrEqual", 2, 2, 1, 1, infer_comparison, NULL)                                         \
    OP(HARD_SIGMOID, "HardSigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                               \
    OP(HARD_SWISH, "HardSwish", 1, 1, 1, 1, infer_elementwise, NULL)                                                   \
    OP(IDENTITY, "Identity", 1, 1, 1, 1, infer_identity, NULL)                                                         \
    OP(IS_INF, "IsInf", 1, 1, 1, 1, infer_float_test, NULL)                                                            \
    OP(IS_NAN, "IsNaN", 1, 1, 1, 1, infer_float_test, NULL)                                                            \
    OP(LEAKY_RELU, "LeakyRelu", 1, 1, 1, 1, infer_elementwise, NULL)                                                   \
    OP(LESS, "Less", 2, 2, 1, 1, infer_comparison, NULL)                                                               \
    OP(LESS_OR_EQUAL, "LessOrEqual", 2, 2, 1, 1, infer_comparison, NULL)                                               \
    OP(LOG, "Log", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(MATMUL, "MatMul", 2, 2, 1, 1, infer_matmul, macs_matmul)                                                        \
    OP(MAX, "Max", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(MAX_POOL, "MaxPool", 1, 1, 2, 1, infer_pool, NULL)                                                              \
    OP(MEAN, "Mean", 1, INT_MAX, 1, 1, infer_mean, NULL)                                                               \
    OP(MIN, "Min", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(MISH, "Mish", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(MOD, "Mod", 2, 2, 1, 1, infer_mod, NULL)                                                                        \
    OP(MUL, "Mul", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(NEG, "Neg", 1, 1, 1, 1, infer_numeric, NULL)                                                                    \
    OP(NOT, "Not", 1, 1, 1, 1, infer_logic, NULL)                                                                      \
    OP(OR, "Or", 2, 2, 1, 1, infer_logic, NULL)                                                                        \
    OP(PAD, "Pad", 1, 4, 1, 1, infer_pad, NULL)                                                                        \
    OP(POW, "Pow", 2, 2, 1, 1, infer_pow, NULL)                                                                        \
    OP(PRELU, "PRelu", 2, 2, 1, 1, infer_prelu, NULL)                                                                  \
    OP(RECIPROCAL, "Reciprocal", 1, 1, 1, 1, infer_elementwise, NULL)                                                  \
    OP(REDUCE_MEAN, "ReduceMean", 1, 2, 1, 1, infer_reduce_mean, NULL)                                                 \
    OP(RELU, "Relu", 1, 1, 1, 1, infer_numeric, NULL)                                                                  \
    OP(RESHAPE, "Reshape", 2, 2, 1, 1, infer_reshape, NULL)                                                            \
    OP(ROUND, "Round", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(SELU, "Selu", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SHRINK, "Shrink", 1, 1, 1, 1, infer_elementwise, NULL)                                                          \
    OP(SIGMOID, "Sigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                                        \
    OP(SIGN, "Sign", 1, 1, 1, 1, infer_numeric, NULL)                                                                  \
    OP(SIN, "Sin", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(SINH, "Sinh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SOFTMAX, "Softmax", 1, 1, 1, 1, infer_softmax, NULL)                                                            \
    OP(SOFTPLUS, "Softplus", 1, 1, 1, 1, infer_elementwise, NULL)                                                      \
    OP(SOFTSIGN, "Softsign", 1, 1, 1, 1, infer_elementwise, NULL)                                                      \
    OP(SQRT, "Sqrt", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(SQUEEZE, "Squeeze", 1, 2, 1, 1, infer_squeeze, NULL)                                                            \
    OP(SUB, "Sub", 2, 2, 1, 1, infer_arithmetic, NULL)                                                                 \
    OP(SUM, "Sum", 1, INT_MAX, 1, 1, infer_arithmetic, NULL)                                                           \
    OP(SWISH, "Swish", 1, 1, 1, 1, infer_elementwise, NULL)                                                            \
    OP(TAN, "Tan", 1, 1, 1, 1, infer_elementwise, NULL)                                                                \
    OP(TANH, "Tanh", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(THRESHOLDED_RELU, "ThresholdedRelu", 1, 1, 1, 1, infer_elementwise, NULL)                                       \
    OP(TRANSPOSE, "Transpose", 1, 1, 1, 1, infer_transpose, NULL)                                                      \
    OP(UNSQUEEZE, "Unsqueeze", 1, 2, 1, 1, infer_unsqueeze, NULL)                                                      \
    OP(WHERE, "Where", 3, 3, 1, 1, infer_where, NULL)                                                                  \
    OP(XOR, "Xor", 2, 2, 1, 1, infer_logic, NULL)                                                                      \
    OP(SE, "SE", 5, 5, 2, 2, infer_se, macs_se) /* ours: a recognised block */

enum op {
#define OP_ENUM(symbol, name, fewest, most, outputs, computed, infer, macs) OP_##symbol,
    OPERATORS(OP_ENUM)
#undef OP_ENUM
        OP_COUNT
};

#endif
