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
    OP(ADD, "Add", 2, 2, 1, 1, infer_broadcast, NULL)                                                                  \
    OP(AVERAGE_POOL, "AveragePool", 1, 1, 1, 1, infer_pool, NULL)                                                      \
    OP(BATCH_NORMALIZATION, "BatchNormalization", 5, 5, 5, 1, infer_batch_normalization, NULL)                         \
    OP(CLIP, "Clip", 1, 3, 1, 1, infer_clip, NULL)                                                                     \
    OP(CONCAT, "Concat", 1, INT_MAX, 1, 1, infer_concat, NULL)                                                         \
    OP(CONSTANT, "Constant", 0, 0, 1, 1, infer_constant, NULL)                                                         \
    OP(CONV, "Conv", 2, 3, 1, 1, infer_conv, macs_conv)                                                                \
    OP(DROPOUT, "Dropout", 1, 3, 2, 1, infer_dropout, NULL)                                                            \
    OP(FLATTEN, "Flatten", 1, 1, 1, 1, infer_flatten, NULL)                                                            \
    OP(GEMM, "Gemm", 2, 3, 1, 1, infer_gemm, macs_gemm)                                                                \
    OP(GLOBAL_AVERAGE_POOL, "GlobalAveragePool", 1, 1, 1, 1, infer_global_pool, NULL)                                  \
    OP(HARD_SIGMOID, "HardSigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                               \
    OP(HARD_SWISH, "HardSwish", 1, 1, 1, 1, infer_elementwise, NULL)                                                   \
    OP(IDENTITY, "Identity", 1, 1, 1, 1, infer_identity, NULL)                                                         \
    OP(MATMUL, "MatMul", 2, 2, 1, 1, infer_matmul, macs_matmul)                                                        \
    OP(MAX_POOL, "MaxPool", 1, 1, 2, 1, infer_pool, NULL)                                                              \
    OP(MUL, "Mul", 2, 2, 1, 1, infer_broadcast, NULL)                                                                  \
    OP(PAD, "Pad", 1, 4, 1, 1, infer_pad, NULL)                                                                        \
    OP(REDUCE_MEAN, "ReduceMean", 1, 2, 1, 1, infer_reduce_mean, NULL)                                                 \
    OP(RELU, "Relu", 1, 1, 1, 1, infer_elementwise, NULL)                                                              \
    OP(RESHAPE, "Reshape", 2, 2, 1, 1, infer_reshape, NULL)                                                            \
    OP(SIGMOID, "Sigmoid", 1, 1, 1, 1, infer_elementwise, NULL)                                                        \
    OP(SOFTMAX, "Softmax", 1, 1, 1, 1, infer_softmax, NULL)                                                            \
    OP(SQUEEZE, "Squeeze", 1, 2, 1, 1, infer_squeeze, NULL)                                                            \
    OP(TRANSPOSE, "Transpose", 1, 1, 1, 1, infer_transpose, NULL)                                                      \
    OP(UNSQUEEZE, "Unsqueeze", 1, 2, 1, 1, infer_unsqueeze, NULL)                                                      \
    OP(RESCALE, "Rescale", 2, 2, 2, 2, infer_se, NULL) /* ours: the end of a recognised block */                       \
    OP(SE, "SE", 5, 5, 2, 2, infer_se, macs_se)        /* ours: a recognised block, whole */

enum op {
#define OP_ENUM(symbol, name, fewest, most, outputs, computed, infer, macs) OP_##symbol,
    OPERATORS(OP_ENUM)
#undef OP_ENUM
        OP_COUNT
};

#endif
