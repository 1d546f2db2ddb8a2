/*
 * To add a kernel: its functions beside the others of its kind, one row here. A naive one, which every operator has,
 * goes into `reference`; a faster one into `fast`, before the rows that it is better than.
 */
#include "graph/reduction.h"
#include "kernels/binary.h"
#include "kernels/channels_last.h"
#include "kernels/planar.h"
#include "kernels/reference.h"

#define PLANAR LAYOUT_PLANAR, LAYOUT_PLANAR /* reads, writes */
#define CHANNELS_LAST LAYOUT_CHANNELS_LAST, LAYOUT_CHANNELS_LAST

static const struct kernel fast[] = {
    {OP_CONV, LAYOUT_PLANAR, LAYOUT_CHANNELS_LAST, "conv_stem", conv_stem_accepts, conv_stem_prepare, conv_stem},
    {OP_CONV, CHANNELS_LAST, "conv_winograd4", conv_winograd4_accepts, conv_winograd4_prepare, conv_winograd},
    {OP_CONV, CHANNELS_LAST, "conv_winograd2", conv_winograd2_accepts, conv_winograd2_prepare, conv_winograd},
    {OP_CONV, CHANNELS_LAST, "conv_winograd_strided", conv_winograd_strided_accepts, conv_winograd_strided_prepare,
     conv_winograd},
    {OP_CONV, CHANNELS_LAST, "conv_grouped", conv_grouped_accepts, conv_grouped_prepare, conv_grouped},
    {OP_CONV, CHANNELS_LAST, "conv_strassen", conv_strassen_accepts, conv_strassen_prepare, conv_strassen},
    {OP_CONV, CHANNELS_LAST, "conv_indirect", conv_indirect_accepts, conv_indirect_prepare, conv_indirect},
    {OP_CONV, CHANNELS_LAST, "conv_channels_last_depthwise", depthwise_last_accepts, depthwise_last_prepare,
     depthwise_last},
    {OP_CONV, PLANAR, "conv_planar_depthwise", conv_depthwise_accepts, conv_depthwise_prepare, conv_depthwise},
    {OP_CONV, PLANAR, "conv_planar_gemm", conv_gemm_accepts, conv_gemm_prepare, conv_gemm},
    {OP_GEMM, PLANAR, "gemm_planar_blas", gemm_accepts, gemm_prepare, gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_blas", matmul_accepts, matmul_prepare, gemm},
    {OP_CHANNEL_MEANS, CHANNELS_LAST, "channel_means_channels_last", pool_last_accepts, channel_means_last_prepare,
     channel_means_last},
    {OP_CHANNEL_MEANS, PLANAR, "channel_means_planar", NULL, NULL, channel_means},
    {OP_EXCITATION, PLANAR, "excitation_rows", NULL, excitation_prepare, excitation},
    {OP_RESCALE, CHANNELS_LAST, "rescale_channels_last", rescale_last_accepts, rescale_last_prepare, rescale_last},
    {OP_RESCALE, PLANAR, "rescale_planar", NULL, prepare_vector_node, rescale},
    {OP_MAX_POOL, CHANNELS_LAST, "max_pool_channels_last_rows", max_pool_last_accepts, pool_last_prepare,
     max_pool_last},
    {OP_AVERAGE_POOL, CHANNELS_LAST, "average_pool_channels_last_rows", pool_last_accepts, pool_last_prepare,
     average_pool_last},
    {OP_GLOBAL_AVERAGE_POOL, CHANNELS_LAST, "global_average_pool_channels_last", pool_last_accepts,
     global_pool_last_prepare, global_pool_last},
    {OP_GLOBAL_MAX_POOL, CHANNELS_LAST, "global_max_pool_channels_last", pool_last_accepts, global_pool_last_prepare,
     global_pool_last},
    {OP_BATCH_NORMALIZATION, CHANNELS_LAST, "batch_normalization_channels_last", batch_normalization_last_accepts,
     batch_normalization_last_prepare, batch_normalization_last},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_rows", max_pool_accepts, pool_prepare, max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_rows", average_pool_accepts, pool_prepare, average_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_rows", NULL, reduce_prepare, reduce},
    {OP_GLOBAL_MAX_POOL, PLANAR, "global_max_pool_planar_rows", NULL, reduce_prepare, reduce},
#define REDUCTION_ROW(symbol, start, step, join, end)                                                                  \
    {OP_REDUCE_##symbol, PLANAR, "reduce_planar_rows", reduce_accepts, reduce_prepare, reduce},
    FAST_REDUCTIONS(REDUCTION_ROW)
#undef REDUCTION_ROW
        {OP_BATCH_NORMALIZATION, PLANAR, "batch_normalization_planar_rows", NULL, prepare_vector_node,
         batch_normalization},
    {OP_SOFTMAX, PLANAR, "softmax_planar_vectors", NULL, prepare_vector_node, softmax_vectors},
    {OP_LRN, PLANAR, "lrn_planar_rows", NULL, prepare_node, lrn},
    {OP_INSTANCE_NORMALIZATION, PLANAR, "instance_normalization_planar_rows", normalise_accepts, normalise_prepare,
     normalise},
    {OP_GROUP_NORMALIZATION, PLANAR, "group_normalization_planar_rows", normalise_accepts, normalise_prepare,
     normalise},
    {OP_LAYER_NORMALIZATION, PLANAR, "layer_normalization_planar_rows", normalise_accepts, normalise_prepare,
     normalise},
    {OP_RMS_NORMALIZATION, PLANAR, "rms_normalization_planar_rows", normalise_accepts, normalise_prepare, normalise},
#define FAST_ARITHMETIC(symbol, name, of_floats, of_integers)                                                          \
    {OP_##symbol, CHANNELS_LAST, #name "_channels_last", binary_last_accepts, binary_last_prepare, binary_last},       \
        {OP_##symbol, PLANAR, #name "_planar_rows", binary_accepts, binary_prepare, binary},
    ARITHMETIC(FAST_ARITHMETIC)
#undef FAST_ARITHMETIC
#define FAST_FUNCTION(symbol, text, expression)                                                                        \
    {OP_##symbol,    CHANNELS_LAST, text "_channels_last", activation_last_accepts, activation_last_prepare,           \
     activation_last},                                                                                                 \
        {OP_##symbol, PLANAR, text "_planar", activation_accepts, activation_prepare, activate},
        ELEMENTWISE_FUNCTIONS(FAST_FUNCTION)
#undef FAST_FUNCTION
            {OP_CONCAT, CHANNELS_LAST, "concat_channels_last", concat_last_accepts, prepare_node, concat_last},
    {OP_CONCAT, PLANAR, "concat_planar", NULL, prepare_node, concat},
    {OP_SPLIT, CHANNELS_LAST, "split_channels_last", split_last_accepts, prepare_node, split_last},
    {OP_SPLIT, PLANAR, "split_planar", NULL, prepare_node, split},
    {OP_CHANNEL_SHUFFLE, CHANNELS_LAST, "channel_shuffle_channels_last", channel_shuffle_last_accepts,
     channel_shuffle_last_prepare, channel_shuffle_last},
    {OP_CHANNEL_SHUFFLE, PLANAR, "channel_shuffle_planar", NULL, prepare_node, channel_shuffle},
    {OP_RESIZE, PLANAR, "resize_planar_axes", resize_accepts, resize_prepare, resize},
    {OP_UPSAMPLE, PLANAR, "upsample_planar_axes", resize_accepts, resize_prepare, resize},
};

static const struct kernel absorbing[] = {
    {OP_CONV, CHANNELS_LAST, "conv_expand_depthwise", expand_depthwise_accepts, expand_depthwise_prepare,
     expand_depthwise},
};

static const struct kernel reference[] = {
    {OP_CONV, PLANAR, "conv_planar_reference", NULL, reference_conv_prepare, reference_conv},
    {OP_CONV_TRANSPOSE, PLANAR, "conv_transpose_planar_reference", NULL, reference_conv_prepare,
     reference_conv_transpose},
    {OP_GEMM, PLANAR, "gemm_planar_reference", NULL, prepare_node, reference_gemm},
    {OP_MATMUL, PLANAR, "matmul_planar_reference", NULL, prepare_node, reference_matmul},
    {OP_SE, PLANAR, "se_planar_reference", NULL, prepare_node, reference_se},
    {OP_CHANNEL_MEANS, PLANAR, "channel_means_planar_reference", NULL, NULL, reference_channel_means},
    {OP_EXCITATION, PLANAR, "excitation_reference", NULL, prepare_node, reference_excitation},
    {OP_GATE, PLANAR, "gate", NULL, NULL, applied_gate},
    {OP_RESCALE, PLANAR, "rescale_planar_reference", NULL, prepare_node, reference_rescale},
    {OP_MAX_POOL, PLANAR, "max_pool_planar_reference", NULL, reference_pool_prepare, reference_max_pool},
    {OP_AVERAGE_POOL, PLANAR, "average_pool_planar_reference", NULL, reference_pool_prepare, reference_average_pool},
    {OP_LP_POOL, PLANAR, "lp_pool_planar_reference", NULL, reference_pool_prepare, reference_lp_pool},
    {OP_GLOBAL_AVERAGE_POOL, PLANAR, "global_average_pool_planar_reference", NULL, reference_pool_prepare,
     reference_average_pool},
    {OP_GLOBAL_LP_POOL, PLANAR, "global_lp_pool_planar_reference", NULL, reference_pool_prepare, reference_lp_pool},
    {OP_GLOBAL_MAX_POOL, PLANAR, "global_max_pool_planar_reference", NULL, reference_pool_prepare, reference_max_pool},
#define REDUCTION_ROW(symbol, start, step, join, end)                                                                  \
    {OP_REDUCE_##symbol, PLANAR, "reduce_planar_reference", NULL, prepare_node, reference_reduce},
    REDUCTIONS(REDUCTION_ROW)
#undef REDUCTION_ROW
        {OP_BATCH_NORMALIZATION, PLANAR, "batch_normalization_planar_reference", NULL, prepare_node,
         reference_batch_normalization},
    {OP_INSTANCE_NORMALIZATION, PLANAR, "instance_normalization_planar_reference", NULL, normalise_prepare,
     reference_normalise},
    {OP_GROUP_NORMALIZATION, PLANAR, "group_normalization_planar_reference", NULL, normalise_prepare,
     reference_normalise},
    {OP_LAYER_NORMALIZATION, PLANAR, "layer_normalization_planar_reference", NULL, normalise_prepare,
     reference_normalise},
    {OP_RMS_NORMALIZATION, PLANAR, "rms_normalization_planar_reference", NULL, normalise_prepare, reference_normalise},
    {OP_LRN, PLANAR, "lrn_planar_reference", NULL, prepare_node, reference_lrn},
    {OP_MEAN_VARIANCE_NORMALIZATION, PLANAR, "mean_variance_planar_reference", NULL, prepare_node,
     reference_mean_variance},
    {OP_LP_NORMALIZATION, PLANAR, "lp_normalization_planar", NULL, prepare_node, lp_normalization},
    {OP_SOFTMAX, PLANAR, "softmax_planar", NULL, prepare_node, softmax},
    {OP_LOG_SOFTMAX, PLANAR, "log_softmax_planar", NULL, prepare_node, log_softmax},
    {OP_HARDMAX, PLANAR, "hardmax_planar", NULL, prepare_node, hardmax},
    {OP_ARG_MAX, PLANAR, "arg_max_planar", NULL, prepare_node, arg_extreme},
    {OP_ARG_MIN, PLANAR, "arg_min_planar", NULL, prepare_node, arg_extreme},
    {OP_TOP_K, PLANAR, "top_k_planar", NULL, top_k_prepare, top_k},
    {OP_EINSUM, PLANAR, "einsum_planar", NULL, einsum_prepare, einsum},
    {OP_CONCAT, PLANAR, "concat_planar", NULL, prepare_node, concat},
    {OP_SPLIT, PLANAR, "split_planar", NULL, prepare_node, split},
    {OP_EXPAND, PLANAR, "expand_planar", NULL, section_prepare, section},
    {OP_PAD, PLANAR, "pad_planar", NULL, section_prepare, section},
    {OP_SLICE, PLANAR, "slice_planar", NULL, section_prepare, section},
    {OP_TILE, PLANAR, "tile_planar", NULL, section_prepare, section},
    {OP_TRANSPOSE, PLANAR, "transpose_planar", NULL, prepare_node, transpose},
    {OP_CHANNEL_SHUFFLE, PLANAR, "channel_shuffle_planar", NULL, prepare_node, channel_shuffle},
    {OP_DEPTH_TO_SPACE, PLANAR, "depth_to_space_planar", NULL, prepare_node, depth_to_space},
    {OP_SPACE_TO_DEPTH, PLANAR, "space_to_depth_planar", NULL, prepare_node, space_to_depth},
    {OP_RESIZE, PLANAR, "resize_planar_reference", NULL, reference_resize_prepare, reference_resize},
    {OP_UPSAMPLE, PLANAR, "upsample_planar_reference", NULL, reference_resize_prepare, reference_resize},
    {OP_GATHER, PLANAR, "gather_planar", NULL, prepare_node, gather},
    {OP_GATHER_ELEMENTS, PLANAR, "gather_elements_planar", NULL, prepare_node, gather_elements},
    {OP_GATHER_ND, PLANAR, "gather_nd_planar", NULL, prepare_node, gather_nd},
    {OP_SCATTER, PLANAR, "scatter_planar", NULL, prepare_node, scatter_elements},
    {OP_SCATTER_ELEMENTS, PLANAR, "scatter_elements_planar", NULL, prepare_node, scatter_elements},
    {OP_SCATTER_ND, PLANAR, "scatter_nd_planar", NULL, prepare_node, scatter_nd},
    {OP_ONE_HOT, PLANAR, "one_hot_planar", NULL, prepare_node, one_hot},
    {OP_NON_ZERO, PLANAR, "non_zero_planar", NULL, prepare_node, non_zero},
    {OP_COMPRESS, PLANAR, "compress_planar", NULL, prepare_node, compress},
    {OP_CONSTANT_OF_SHAPE, PLANAR, "constant_of_shape_planar", NULL, prepare_node, constant_of_shape},
    {OP_RANGE, PLANAR, "range_planar", NULL, prepare_node, range},
    {OP_EYE_LIKE, PLANAR, "eye_like_planar", NULL, prepare_node, eye_like},
    {OP_TRILU, PLANAR, "trilu_planar", NULL, prepare_node, trilu},
    {OP_CUM_SUM, PLANAR, "cum_sum_planar", NULL, prepare_node, cum_sum},
    {OP_REVERSE_SEQUENCE, PLANAR, "reverse_sequence_planar", NULL, prepare_node, reverse_sequence},
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

#define TABLE(kernels) .rows = kernels, .count = sizeof kernels / sizeof *kernels
const struct kernel_table reference_kernel_table = {TABLE(reference)};
static const struct kernel_table absorbing_kernel_table = {TABLE(absorbing)};
const struct kernel_table kernel_table = {TABLE(fast), .fallback = &reference_kernel_table,
                                          .absorbing = &absorbing_kernel_table};
#undef TABLE

const struct kernel *kernel_find_near(const struct kernel_table *table, const struct node *node, enum layout present)
{
    const struct kernel *found = NULL;
    for (; table && !found; table = table->fallback)
        for (size_t i = 0; i < table->count; i++) {
            const struct kernel *kernel = &table->rows[i];
            if (kernel->op != node->op || (kernel->accepts && !kernel->accepts(node)))
                continue;
            if (kernel->reads == present)
                return kernel;
            if (!found)
                found = kernel;
        }
    return found;
}

const struct kernel *kernel_find_absorbing(const struct kernel_table *table, const struct node *node)
{
    return table->absorbing ? kernel_find_near(table->absorbing, node, LAYOUT_CHANNELS_LAST) : NULL;
}

const struct kernel *kernel_find(const struct kernel_table *table, const struct node *node)
{
    return kernel_find_near(table, node, LAYOUT_PLANAR);
}
