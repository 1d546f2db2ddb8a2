/*
 * To add a kernel: its functions beside the others of its kind, one row here. A naive one, which every operator has,
 * goes into `reference`; a faster one into `fast`, before the rows that it is better than.
 */
#include "kernels/planar.h"
#include "kernels/reference.h"

#define PLANAR LAYOUT_PLANAR

static const struct kernel fast[] = {
    {OP_CONV, PLANAR, "conv_planar_depthwise", conv_depthwise_accepts, conv_depthwise_prepare, conv_depthwise},
    {OP_CONV, PLANAR, "conv_planar_gemm", conv_gemm_accepts, conv_gemm_prepare, conv_gemm},
    {OP_GEMM, PLANAR, "gemm_planar_blas", gemm_accepts, gemm_prepare, gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_blas", matmul_accepts, matmul_prepare, gemm},
    {OP_SE, PLANAR, "se_planar_three_pass", se_accepts, se_prepare, se},
    {OP_RESCALE, PLANAR, "rescale_planar", NULL, prepare_node, rescale},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_rows", NULL, pool_prepare, max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_rows", NULL, pool_prepare, average_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_rows", NULL, NULL, mean_rows},
    {OP_REDUCE_MEAN, PLANAR, "reduce_mean_planar_rows", reduce_mean_rows_accepts, NULL, mean_rows},
    {OP_ADD, PLANAR, "add_planar_rows", NULL, binary_prepare, add},
    {OP_MUL, PLANAR, "mul_planar_rows", NULL, binary_prepare, mul},
    {OP_RELU, PLANAR, "relu_planar", NULL, activation_prepare, activate},
    {OP_CLIP, PLANAR, "clip_planar", NULL, activation_prepare, activate},
    {OP_SIGMOID, PLANAR, "sigmoid_planar", NULL, activation_prepare, activate},
    {OP_HARD_SIGMOID, PLANAR, "hard_sigmoid_planar", NULL, activation_prepare, activate},
    {OP_HARD_SWISH, PLANAR, "hard_swish_planar", NULL, activation_prepare, activate},
};

static const struct kernel reference[] = {
    {OP_CONV, PLANAR, "conv_planar_reference", NULL, reference_conv_prepare, reference_conv},
    {OP_GEMM, PLANAR, "gemm_planar_reference", NULL, prepare_node, reference_gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_reference", NULL, prepare_node, reference_matmul},
    {OP_SE, PLANAR, "se_planar_reference", NULL, prepare_node, reference_se},
    {OP_RESCALE, PLANAR, "rescale_planar_reference", NULL, prepare_node, reference_rescale},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_reference", NULL, reference_pool_prepare, reference_max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_reference", NULL, reference_pool_prepare, reference_average_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_reference", NULL, NULL, reference_global_average_pool},
    {OP_REDUCE_MEAN, PLANAR, "reduce_mean_planar_reference", NULL, prepare_node, reference_reduce_mean},
    {OP_ADD, PLANAR, "add_planar_reference", NULL, prepare_node, reference_add},
    {OP_MUL, PLANAR, "mul_planar_reference", NULL, prepare_node, reference_mul},
    {OP_RELU, PLANAR, "relu_planar_reference", NULL, prepare_node, reference_activation},
    {OP_CLIP, PLANAR, "clip_planar_reference", NULL, prepare_node, reference_activation},
    {OP_SIGMOID, PLANAR, "sigmoid_planar_reference", NULL, prepare_node, reference_activation},
    {OP_HARD_SIGMOID, PLANAR, "hard_sigmoid_planar_reference", NULL, prepare_node, reference_activation},
    {OP_HARD_SWISH, PLANAR, "hard_swish_planar_reference", NULL, prepare_node, reference_activation},
    {OP_BATCH_NORMALIZATION, PLANAR, "batch_normalization_planar", NULL, prepare_node, batch_normalization},
    {OP_SOFTMAX, PLANAR, "softmax_planar", NULL, prepare_node, softmax},
    {OP_PAD, PLANAR, "pad_planar", NULL, prepare_node, pad},
    {OP_CONCAT, PLANAR, "concat_planar", NULL, prepare_node, concat},
    {OP_TRANSPOSE, PLANAR, "transpose_planar", NULL, prepare_node, transpose},
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
