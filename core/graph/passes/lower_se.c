/*
 * DESIGN
 * A recognised block becomes a squeeze, an excitation, and a product that a convolution does where one can:
 *
 *   conv -> SE        the gate is computed before the convolution (se_early.h), which takes it as the scale of its
 *                     output: nothing passes over U at all
 *   SE -> 1x1 conv    the gate is the scale of that convolution's input, which reads U itself
 *   SE                a Rescale of U by the gate
 *
 * A Rescale whose gate nodes compute, one number a channel, becomes the second too, where it can. The new nodes stand
 * in the block's place, and so does the convolution that waits for its gate: blocks stay in their order.
 */
#include "base/error.h"
#include "graph/conv.h"
#include "graph/geometry.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/readers.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/se_early.h"

struct lowering {
    struct graph *graph;
    struct readers readers;
    struct node **nodes; /* the graph's as they will be; NULL where one has moved on */
    size_t count;
};

/* A block becomes this many nodes at most. */
#define NODES_PER_BLOCK 3

static void emit(struct lowering *lowering, struct node *node)
{
    node->position = lowering->count;
    lowering->nodes[lowering->count++] = node;
}

/* One output, which is `output` or, if that is NULL, a new value. NULL when memory is short. */
static struct node *new_node(struct graph *graph, enum op op, const struct se_block *se, const char *part, int inputs,
                             struct value *output)
{
    const char *name = arena_printf(graph->arena, "/%s/%s", se->layer, part);
    struct node *node = name ? graph_new_node(graph, op, name, inputs, 1) : NULL;
    if (!node)
        return NULL;
    node->outputs[0] = output ? output : graph_add_value(graph, "");
    if (!node->outputs[0])
        return NULL;
    node->outputs[0]->producer = node;
    return node;
}

/*
 * The only reader of what `rescale` gives, if it is a convolution that takes the gate as its input's scale. It has one
 * tap, so that a kernel that scales what it gathers does so once, and no groups.
 */
static struct node *input_scale_taker(const struct readers *readers, const struct node *rescale)
{
    size_t count;
    struct conv_geometry geometry;
    struct senet_error ignored; /* infer has accepted the node */
    const struct value *value = rescale->outputs[0];
    const struct reading *reading = readers_of(readers, value, &count);
    if (value->uses != 1 || count != 1 || rescale->activation.kind != ACTIVATION_NONE)
        return NULL;
    struct node *conv = reading->reader;
    if (conv->op != OP_CONV || conv->inputs[CONV_X] != value || node_input(conv, CONV_INPUT_SCALE) ||
        conv_geometry(conv, &geometry, &ignored) != SENET_OK)
        return NULL;
    const struct window *window = &geometry.window;
    bool one_tap = window->kernel_h == 1 && window->kernel_w == 1 && !window->pad_top && !window->pad_left &&
                   !window->pad_bottom && !window->pad_right;
    return one_tap && geometry.groups == 1 ? conv : NULL;
}

static enum senet_code scale_input(struct graph *graph, struct node *conv, struct value *image, struct value *gate,
                                   struct senet_error *error)
{
    node_set_input(conv, CONV_X, image);
    return node_give_input(graph, conv, CONV_INPUT_SCALE, gate) ? SENET_OK : error_out_of_memory(error);
}

/* `conv`, which computes U, moves to where the block is and gives what the block gives. */
static enum senet_code scale_output(struct lowering *lowering, struct node *conv, const struct node *se,
                                    struct value *gate, struct senet_error *error)
{
    if (!node_give_input(lowering->graph, conv, CONV_SCALE, gate))
        return error_out_of_memory(error);
    conv->activation = se->activation;
    conv->outputs[0] = se->outputs[0];
    conv->outputs[0]->producer = conv;
    lowering->nodes[conv->position] = NULL;
    emit(lowering, conv);
    return SENET_OK;
}

static enum senet_code rescale(struct lowering *lowering, const struct node *se, struct value *image,
                               struct value *gate, struct senet_error *error)
{
    struct node *node = new_node(lowering->graph, OP_RESCALE, se->se, "Rescale", 2, se->outputs[0]);
    struct value **outputs = arena_alloc(lowering->graph->arena, 2, sizeof(struct value *));
    if (!node || !outputs)
        return error_out_of_memory(error);
    outputs[0] = node->outputs[0]; /* and no gate */
    node->outputs = outputs;
    node->output_count = 2;
    node->activation = se->activation;
    node_set_input(node, 0, image);
    node_set_input(node, 1, gate);
    emit(lowering, node);
    return SENET_OK;
}

/* The squeeze of `image` and the excitation, whose output is the block's gate; both are emitted. */
static enum senet_code excite(struct lowering *lowering, const struct node *se, struct value *image,
                              const struct se_early *early, struct senet_error *error)
{
    struct graph *graph = lowering->graph;
    struct node *squeeze = new_node(graph, OP_CHANNEL_MEANS, se->se, "ChannelMeans", 1, NULL);
    struct node *excitation = new_node(graph, OP_EXCITATION, se->se, "SE", se->input_count, se->outputs[1]);
    if (!squeeze || !excitation || (early->conv && !set_int(graph, squeeze, "taps", early->taps)))
        return error_out_of_memory(error);
    node_set_input(squeeze, 0, image);
    struct value *const operands[] = {squeeze->outputs[0], early->conv ? early->weights : se->inputs[1],
                                      early->conv ? early->bias : se->inputs[2], se->inputs[3], se->inputs[4]};
    for (int i = 0; i < excitation->input_count; i++)
        node_set_input(excitation, i, operands[i]);
    excitation->se = se->se;
    emit(lowering, squeeze);
    emit(lowering, excitation);
    enum senet_code code = op_table[squeeze->op].infer(graph, squeeze, error);
    return code ? code : op_table[excitation->op].infer(graph, excitation, error);
}

static enum senet_code lower_block(struct lowering *lowering, struct node *se, struct senet_error *error)
{
    struct value *image = se->inputs[0], *gate = se->outputs[1];
    struct node *next = input_scale_taker(&lowering->readers, se);
    struct se_early early;
    enum senet_code code = se_early_match(lowering->graph, se, &early, error);
    if (code == SENET_OK)
        code = excite(lowering, se, early.conv ? early.conv->inputs[CONV_X] : image, &early, error);
    if (code != SENET_OK)
        return code;
    if (early.conv)
        code = scale_output(lowering, early.conv, se, gate, error);
    else if (next)
        code = scale_input(lowering->graph, next, image, gate, error);
    else if (se->outputs[0]->uses > 0)
        code = rescale(lowering, se, image, gate, error);
    for (int i = 0; i < se->input_count; i++)
        node_set_input(se, i, NULL);
    return code;
}

static bool has_gate_per_channel(const struct node *rescale)
{
    const struct senet_shape *image = &rescale->inputs[0]->shape;
    return senet_shape_elements(&rescale->inputs[1]->shape) == image->dim[0] * image->dim[1];
}

/* The gate that is applied, apart from its product. */
static enum senet_code lower_rescale(struct lowering *lowering, struct node *rescale, struct senet_error *error)
{
    struct graph *graph = lowering->graph;
    struct node *next = has_gate_per_channel(rescale) ? input_scale_taker(&lowering->readers, rescale) : NULL;
    if (!next) {
        emit(lowering, rescale);
        return SENET_OK;
    }
    struct node *gate = new_node(graph, OP_GATE, rescale->se, "Gate", 1, rescale->outputs[1]);
    if (!gate)
        return error_out_of_memory(error);
    gate->se = rescale->se;
    node_set_input(gate, 0, rescale->inputs[1]);
    emit(lowering, gate);
    enum senet_code code = scale_input(graph, next, rescale->inputs[0], gate->outputs[0], error);
    for (int i = 0; i < rescale->input_count; i++)
        node_set_input(rescale, i, NULL);
    return code ? code : op_table[gate->op].infer(graph, gate, error);
}

static enum senet_code lower_all(struct lowering *lowering, struct senet_error *error)
{
    struct graph *graph = lowering->graph;
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        struct node *node = graph->nodes[n];
        if (node->op == OP_SE)
            code = lower_block(lowering, node, error);
        else if (node->op == OP_RESCALE && node->se)
            code = lower_rescale(lowering, node, error);
        else
            emit(lowering, node);
    }
    return code;
}

enum senet_code pass_lower_se(struct graph *graph, struct senet_error *error)
{
    struct lowering lowering = {.graph = graph};
    struct arena scratch = {0};
    size_t capacity = graph->node_count;
    for (size_t n = 0; n < graph->node_count; n++)
        capacity += graph->nodes[n]->se ? NODES_PER_BLOCK - 1 : 0;
    if (capacity == graph->node_count)
        return SENET_OK;
    lowering.nodes = arena_alloc(graph->arena, capacity, sizeof *lowering.nodes);
    enum senet_code code = lowering.nodes && readers_list(graph, &scratch, &lowering.readers)
                               ? lower_all(&lowering, error)
                               : error_out_of_memory(error);
    arena_release(&scratch);
    if (code != SENET_OK)
        return code;
    graph->nodes = lowering.nodes;
    graph->node_count = lowering.count;
    graph_close_gaps(graph);
    return SENET_OK;
}
