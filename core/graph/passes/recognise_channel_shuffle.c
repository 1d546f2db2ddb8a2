#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* No exporter writes so many views in a row; each of an endless row would walk back over all before it. */
#define VIEWS_MAX 16

/* N, groups, channels of each, and H, W or H * W; the two in the middle change places. */
static bool swaps_groups(const struct node *transpose)
{
    const struct attribute *perm = node_attribute(transpose, "perm");
    int rank = transpose->inputs[0]->shape.rank;
    if (!perm || (rank != 4 && rank != 5))
        return false;
    for (int axis = 0; axis < rank; axis++)
        if (perm->ints[axis] != (axis == 1 ? 2 : axis == 2 ? 1 : axis))
            return false;
    return true;
}

static bool is_grouped(const struct senet_shape *grouped, const struct senet_shape *image)
{
    int64_t pixels = 1;
    for (int axis = 3; axis < grouped->rank; axis++)
        pixels *= grouped->dim[axis];
    return grouped->dim[0] == image->dim[0] && grouped->dim[1] * grouped->dim[2] == image->dim[1] &&
           pixels == image->dim[2] * image->dim[3];
}

static bool same_shape(const struct senet_shape *a, const struct senet_shape *b)
{
    for (int axis = 0; axis < a->rank; axis++)
        if (a->dim[axis] != b->dim[axis])
            return false;
    return a->rank == b->rank;
}

/* Back over views that nobody else reads, to a value of this shape. NULL when there is none. */
static struct value *viewed_image(struct value *value, const struct senet_shape *shape)
{
    for (int views = 0; !same_shape(&value->shape, shape); views++) {
        if (views == VIEWS_MAX || value->uses != 1 || !value->producer || !op_is_view(value->producer->op))
            return NULL;
        value = value->producer->inputs[0];
    }
    return value;
}

/* The Transpose behind a view, others looked through, that nobody else reads. */
static const struct node *viewed_transpose(const struct value *value)
{
    for (int views = 0; views < VIEWS_MAX && value->uses == 1 && value->producer && op_is_view(value->producer->op);
         views++)
        value = value->producer->inputs[0];
    return sole_producer(value, OP_TRANSPOSE);
}

/* The image that `view` gives back with its channels shuffled; NULL when it does not. */
static struct value *match_shuffle(const struct node *view, int64_t *groups)
{
    const struct senet_shape *image = &view->outputs[0]->shape;
    const struct node *transpose = op_is_view(view->op) && image->rank == 4 ? viewed_transpose(view->inputs[0]) : NULL;
    if (!transpose || !swaps_groups(transpose) || !is_grouped(&transpose->inputs[0]->shape, image))
        return NULL;
    *groups = transpose->inputs[0]->shape.dim[1];
    return viewed_image(transpose->inputs[0], image);
}

static enum senet_code replace_view(struct graph *graph, size_t index, struct value *image, int64_t groups,
                                    struct senet_error *error)
{
    struct node *view = graph->nodes[index];
    struct node *shuffle = graph_new_node(graph, OP_CHANNEL_SHUFFLE, view->name, 1, 1);
    if (!shuffle || !set_int(graph, shuffle, "group", groups))
        return error_out_of_memory(error);
    node_set_input(shuffle, 0, image);
    shuffle->outputs[0] = view->outputs[0];
    shuffle->outputs[0]->producer = shuffle;
    graph_drop_node(graph, index);
    graph->nodes[index] = shuffle;
    return op_table[OP_CHANNEL_SHUFFLE].infer(graph, shuffle, error);
}

enum senet_code pass_recognise_channel_shuffle(struct graph *graph, struct senet_error *error)
{
    for (size_t n = 0; n < graph->node_count; n++) {
        int64_t groups;
        struct value *image = match_shuffle(graph->nodes[n], &groups);
        enum senet_code code = image ? replace_view(graph, n, image, groups, error) : SENET_OK;
        if (code)
            return code;
    }
    return pass_remove_dead(graph, error);
}
