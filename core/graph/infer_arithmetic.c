#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"

static enum senet_code output_floats(const struct node *node, const struct senet_shape *shape,
                                     struct senet_error *error)
{
    return set_output(node, DTYPE_FLOAT32, shape, error);
}

enum senet_code infer_matmul(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 2, error);
    if (code)
        return code;
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    struct senet_shape shape = {a->rank > b->rank ? a->rank : b->rank, {0}};
    if (a->rank < 2 || b->rank < 2)
        return node_unsupported(node, error, "operands of rank %d and %d are not matrices", a->rank, b->rank);
    if (a->dim[a->rank - 1] != b->dim[b->rank - 2] || !broadcast_axes(a, b, 2, &shape))
        return shapes_disagree(node, a, b, error);
    shape.dim[shape.rank - 2] = a->dim[a->rank - 2];
    shape.dim[shape.rank - 1] = b->dim[b->rank - 1];
    return output_floats(node, &shape, error);
}

enum senet_code infer_gemm(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 3, error);
    if (code)
        return code;
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    if (a->rank != 2 || b->rank != 2)
        return node_malformed(node, error, "operands of rank %d and %d are not matrices", a->rank, b->rank);
    int a_turned = node_attribute_int(node, "transA", 0) != 0, b_turned = node_attribute_int(node, "transB", 0) != 0;
    if (a->dim[1 - a_turned] != b->dim[b_turned])
        return shapes_disagree(node, a, b, error);
    const struct senet_shape shape = {2, {a->dim[a_turned], b->dim[1 - b_turned]}};
    const struct value *addend = node_input(node, 2);
    if (addend) {
        struct senet_shape sum = {2, {0}};
        char text[64];
        if (addend->shape.rank > 2 || !broadcast_axes(&shape, &addend->shape, 0, &sum) || sum.dim[0] != shape.dim[0] ||
            sum.dim[1] != shape.dim[1])
            return node_malformed(node, error, "its addend is %s, which does not fit %lldx%lld",
                                  shape_text(&addend->shape, text, sizeof text), (long long)shape.dim[0],
                                  (long long)shape.dim[1]);
    }
    return output_floats(node, &shape, error);
}

enum senet_code infer_batch_normalization(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    static const char *const operands[] = {"input", "scale", "bias", "mean", "variance"};
    enum senet_code code = require_floats(node, 5, error);
    if (code)
        return code;
    const struct senet_shape *input = &node->inputs[0]->shape;
    if (node_attribute_int(node, "training_mode", 0))
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
    return output_floats(node, input, error);
}

/*
 * Until opset 12, Softmax ran over all axes from `axis` on together (1 when absent). That is one axis again when
 * the others have one element, as in every classifier; flat softmax over an image is not supported.
 */
static enum senet_code softmax_axis(const struct graph *graph, const struct node *node, int *axis,
                                    struct senet_error *error)
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    bool flat = graph->opset < 13;
    enum senet_code code =
        resolve_axis(node, node_attribute_int(node, "axis", flat ? 1 : -1), shape->rank, axis, error);
    if (code || !flat)
        return code;
    int wide = 0;
    for (int other = *axis; other < shape->rank; other++)
        if (shape->dim[other] > 1) {
            *axis = other;
            wide++;
        }
    if (wide > 1)
        return node_unsupported(node, error, "in opset %lld it runs over several axes at once",
                                (long long)graph->opset);
    return SENET_OK;
}

enum senet_code infer_softmax(struct graph *graph, struct node *node, struct senet_error *error)
{
    int axis = 0;
    enum senet_code code = require_floats(node, 1, error);
    if (!code)
        code = softmax_axis(graph, node, &axis, error);
    if (code)
        return code;
    const struct attribute attribute = {.name = "axis", .type = ATTRIBUTE_INT, .i = axis};
    if (!set_attribute(graph, node, &attribute))
        return error_out_of_memory(error);
    return output_floats(node, &node->inputs[0]->shape, error);
}

enum senet_code infer_reduce_mean(struct graph *graph, struct node *node, struct senet_error *error)
{
    enum senet_code code = require_floats(node, 1, error);
    if (code)
        return code;
    const struct senet_shape *input = &node->inputs[0]->shape;
    struct axis_set axes;
    code = node_axes(node, input->rank, &axes, error);
    if (code)
        return code;
    bool keep = node_attribute_int(node, "keepdims", 1) != 0;
    bool all = !axes.count && !node_attribute_int(node, "noop_with_empty_axes", 0);
    int64_t *reduced = arena_alloc(graph->arena, SENET_MAX_RANK, sizeof *reduced);
    struct attribute attribute = {.name = "axes", .type = ATTRIBUTE_INTS, .ints = reduced};
    struct senet_shape shape = {0};
    if (!reduced)
        return error_out_of_memory(error);
    for (int axis = 0; axis < input->rank; axis++) {
        bool reduce = all || axes.has[axis];
        if (reduce)
            reduced[attribute.count++] = axis;
        if (!reduce || keep)
            shape.dim[shape.rank++] = reduce ? 1 : input->dim[axis];
    }
    if (!set_attribute(graph, node, &attribute))
        return error_out_of_memory(error);
    return output_floats(node, &shape, error);
}

/* The pass that makes the node has matched its operands already. */
enum senet_code infer_se(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    node->outputs[1]->dtype = DTYPE_FLOAT32;
    node->outputs[1]->shape = (struct senet_shape){2, {input->dim[0], input->dim[1]}};
    return output_floats(node, input, error);
}
