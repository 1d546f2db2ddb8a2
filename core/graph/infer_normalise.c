#include "base/error.h"
#include "graph/infer.h"
#include "graph/normalisation.h"
#include "graph/ops.h"

enum senet_code infer_batch_normalization(struct graph *graph, struct node *node, struct senet_error *error)
{
    static const char *const operands[] = {"input", "scale", "bias", "mean", "variance"};
    enum senet_code code = require_floats(node, 5, error);
    if (code)
        return code;
    const struct senet_shape *input = &node->inputs[0]->shape;
    bool trains =
        graph->opset < 7 ? !node_attribute_int(node, "is_test", 0) : node_attribute_int(node, "training_mode", 0);
    if (trains)
        return node_unsupported(node, error, "it is in training mode");
    if (!node_attribute_int(node, "spatial", 1))
        return node_unsupported(node, error, "only statistics per channel are supported");
    if (input->rank < 2)
        return node_malformed(node, error, "its input of rank %d has no channels", input->rank);
    for (int i = 1; i < 5; i++) {
        const struct senet_shape *operand = &node->inputs[i]->shape;
        if (operand->rank != 1 || operand->dim[0] != input->dim[1])
            return node_malformed(node, error, "its %s is not one number for each of %lld channels", operands[i],
                                  (long long)input->dim[1]);
    }
    return set_output(node, DTYPE_FLOAT32, input, error);
}

/* Layer normalisation says besides what it found in each line, in a shape that broadcasts over the input. */
static enum senet_code set_statistics(struct graph *graph, struct node *node, struct senet_error *error)
{
    struct senet_shape shape = node->inputs[0]->shape;
    int axis = 0;
    enum senet_code code = resolve_axis(node, node_attribute_int(node, "axis", -1), shape.rank, &axis, error);
    if (!code && !set_int(graph, node, "axis", axis))
        code = error_out_of_memory(error);
    for (int other = axis; other < shape.rank; other++)
        shape.dim[other] = 1;
    for (int output = 1; !code && output < node->output_count; output++)
        code = set_output_at(node, output, DTYPE_FLOAT32, &shape, error);
    return code;
}

enum senet_code infer_normalise(struct graph *graph, struct node *node, struct senet_error *error)
{
    struct normalisation normalisation;
    enum senet_code code = normalisation_read(node, &normalisation, error);
    if (!code && (node->op == OP_LAYER_NORMALIZATION || node->op == OP_RMS_NORMALIZATION))
        code = set_statistics(graph, node, error);
    return code ? code : set_output(node, DTYPE_FLOAT32, &node->inputs[0]->shape, error);
}

enum senet_code infer_lrn(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 1, error);
    if (code)
        return code;
    if (node->inputs[0]->shape.rank < 2)
        return node_malformed(node, error, "its input of rank %d has no channels", node->inputs[0]->shape.rank);
    if (node_attribute_int(node, "size", 0) < 1)
        return node_malformed(node, error, "'size' has to be at least 1");
    return set_output(node, DTYPE_FLOAT32, &node->inputs[0]->shape, error);
}

/* Over all but the channels when no axes are listed. */
enum senet_code infer_mean_variance(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    struct axis_set axes;
    enum senet_code code = require_floats(node, 1, error);
    if (!code)
        code = node_axes(node, input->rank, &axes, error);
    if (code)
        return code;
    if (!axes.count && input->rank != 4)
        return node_malformed(node, error, "its axes are meant for rank 4, its input is of rank %d", input->rank);
    if (!axes.count)
        axes = (struct axis_set){3, {true, false, true, true}};
    if (!set_axes(graph, node, &axes))
        return error_out_of_memory(error);
    return set_output(node, DTYPE_FLOAT32, input, error);
}

enum senet_code infer_lp_normalization(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    int64_t norm = node_attribute_int(node, "p", 2);
    int axis = 0;
    enum senet_code code = require_floats(node, 1, error);
    if (!code)
        code = resolve_axis(node, node_attribute_int(node, "axis", -1), input->rank, &axis, error);
    if (code)
        return code;
    if (norm != 1 && norm != 2)
        return node_malformed(node, error, "'p' is %lld, not 1 or 2", (long long)norm);
    if (!set_int(graph, node, "axis", axis))
        return error_out_of_memory(error);
    return set_output(node, DTYPE_FLOAT32, input, error);
}
