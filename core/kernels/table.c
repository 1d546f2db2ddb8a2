/*
 * To add a kernel: its functions beside the others of its kind, one row here. A naive one, which every operator has,
 * goes into `reference`; a faster one into `fast`, before the rows that it is better than.
 */
#include "kernels/binary.h"
#include "kernels/planar.h"
#include "kernels/reference.h"

#define PLANAR LAYOUT_PLANAR

static const struct kernel fast[] = {
    {OP_CONV, PLANAR, "conv_planar_depthwise", conv_depthwise_accepts, conv_depthwise_prepare, conv_depthwise},
    {OP_CONV, PLANAR, "conv_planar_gemm", conv_gemm_accepts, conv_gemm_prepare, conv_gemm},
    {OP_GEMM, PLANAR, "gemm_planar_blas", gemm_accepts, gemm_prepare, gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_blas", matmul_accepts, matmul_prepare, gemm},
    {OP_SE, PLANAR, "se_planar_three_pass", se_accepts, se_prepare, se},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_rows", NULL, pool_prepare, max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_rows", NULL, pool_prepare, average_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_rows", NULL, NULL, mean_rows},
    {OP_REDUCE_MEAN, PLANAR, "reduce_mean_planar_rows", reduce_mean_rows_accepts, NULL, mean_rows},
#define FAST_ARITHMETIC(symbol, name, of_floats, of_integers)                                                          \
    {OP_##symbol, PLANAR, #name "_planar_rows", binary_accepts, binary_prepare, binary},
    ARITHMETIC(FAST_ARITHMETIC)
#undef FAST_ARITHMETIC
#define FAST_FUNCTION(symbol, text, expression)                                                                        \
    {OP_##symbol, PLANAR, text "_planar", activation_accepts, activation_prepare, activate},
        ELEMENTWISE_FUNCTIONS(FAST_FUNCTION)
#undef FAST_FUNCTION
};

static const struct kernel reference[] = {
    {OP_CONV, PLANAR, "conv_planar_reference", NULL, reference_conv_prepare, reference_conv},
    {OP_GEMM, PLANAR, "gemm_planar_reference", NULL, prepare_node, reference_gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_reference", NULL, prepare_node, reference_matmul},
    {OP_SE, PLANAR, "se_planar_reference", NULL, prepare_node, reference_se},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_reference", NULL, reference_pool_prepare, reference_max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_reference", NULL, reference_pool_prepare, reference_average_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_reference", NULL, NULL, reference_global_average_pool},
    {OP_REDUCE_MEAN, PLANAR, "reduce_mean_planar_reference", NULL, prepare_node, reference_reduce_mean},
    {OP_BATCH_NORMALIZATION, PLANAR, "batch_normalization_planar", NULL, prepare_node, batch_normalization},
    {OP_SOFTMAX, PLANAR, "softmax_planar", NULL, prepare_node, softmax},
    {OP_PAD, PLANAR, "pad_planar", NULL, prepare_node, pad},
    {OP_CONCAT, PLANAR, "concat_planar", NULL, prepare_node, concat},
    {OP_TRANSPOSE, PLANAR, "transpose_planar", NULL, prepare_node, transpose},
    /* Before the two-operand rows of the same operators. */
    {OP_MAX, PLANAR, "max_planar_variadic", NULL, prepare_node, reference_variadic},
    {OP_MEAN, PLANAR, "mean_planar_variadic", NULL, prepare_node, reference_variadic},
    {OP_MIN, PLANAR, "min_planar_variadic", NULL, prepare_node, reference_variadic},
    {OP_SUM, PLANAR, "sum_planar_variadic", NULL, prepare_node, reference_variadic},
    {OP_WHERE, PLANAR, "where_planar", NULL, prepare_node, reference_where},
    {OP_CAST, PLANAR, "cast_planar", NULL, prepare_node, reference_cast},
    {OP_CAST_LIKE, PLANAR, "cast_like_planar", NULL, prepare_node, reference_cast},
    {OP_IS_INF, PLANAR, "is_inf_planar", NULL, prepare_node, reference_is_inf},
    {OP_IS_NAN, PLANAR, "is_nan_planar", NULL, prepare_node, reference_is_nan},
    {OP_NOT, PLANAR, "not_planar", NULL, prepare_node, reference_integer_function},
#define REFERENCE_BINARY(symbol, name, ...)                                                                            \
    {OP_##symbol, PLANAR, #name "_planar_reference", NULL, prepare_node, reference_binary},
    ARITHMETIC(REFERENCE_BINARY) COMPARISONS(REFERENCE_BINARY) LOGIC(REFERENCE_BINARY)
#undef REFERENCE_BINARY
#define REFERENCE_FUNCTION(symbol, text, expression)                                                                   \
    {OP_##symbol, PLANAR, text "_planar_reference", NULL, prepare_node, reference_activation},
        ELEMENTWISE_FUNCTIONS(REFERENCE_FUNCTION)
#undef REFERENCE_FUNCTION
};

const struct kernel_table reference_kernel_table = {reference, sizeof reference / sizeof *reference, NULL};
const struct kernel_table kernel_table = {fast, sizeof fast / sizeof *fast, &reference_kernel_table};

const struct kernel *kernel_find(const struct kernel_table *table, const struct node *node)
{
    for (; table; table = table->fallback)
        for (size_t i = 0; i < table->count; i++) {
            const struct kernel *kernel = &table->rows[i];
            if (kernel->op == node->op && (!kernel->accepts || kernel->accepts(node)))
                return kernel;
        }
    return NULL;
}
