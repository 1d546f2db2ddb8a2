#include "model/summary.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/ops.h"

/* Totals of absurd networks stop at the largest number. */
static int64_t saturating_add(int64_t a, int64_t b)
{
    int64_t sum;
    return checked_add_i64(a, b, &sum) ? sum : INT64_MAX;
}

/* ------------------------------------------------------------------ layers */

static int64_t count_parameters(const struct node *node)
{
    if (node->op == OP_SE || node->op == OP_EXCITATION)
        return node->se->fc1_parameters + node->se->fc2_parameters;
    if (node->op == OP_CLIP)
        return 0; /* bounds are no weights */
    int64_t parameters = 0;
    for (int i = 0; i < node->input_count; i++) {
        size_t count;
        if (node->inputs[i] && value_floats(node->inputs[i], &count))
            parameters = saturating_add(parameters, (int64_t)count);
    }
    return parameters;
}

/* NULL when memory is short. */
static const char *layer_name(struct arena *arena, const struct node *node, size_t index)
{
    if (node->se)
        return node->se->layer;
    return *node->name ? module_name(arena, node->name) : arena_printf(arena, "%s_%zu", op_table[node->op].name, index);
}

static enum senet_code list_layers(const struct graph *graph, struct senet_model_info *info, struct senet_error *error)
{
    struct senet_layer *layers = arena_alloc(graph->arena, graph->node_count, sizeof *layers);
    if (!layers)
        return error_out_of_memory(error);
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        const struct op_info *op = &op_table[node->op];
        layers[n] = (struct senet_layer){.name = layer_name(graph->arena, node, n),
                                         .type = op->name,
                                         .output = node->outputs[0]->shape,
                                         .parameters = count_parameters(node),
                                         .macs = op->macs ? op->macs(node) : 0};
        if (!layers[n].name)
            return error_out_of_memory(error);
        info->parameters = saturating_add(info->parameters, layers[n].parameters);
        info->macs = saturating_add(info->macs, layers[n].macs);
    }
    info->layers = layers;
    info->layer_count = graph->node_count;
    return SENET_OK;
}

/* --------------------------------------------------------------- SE blocks */

static struct senet_se_block public_block(const struct node *node)
{
    const struct se_block *se = node->se;
    return (struct senet_se_block){.layer = se->layer,
                                   .channels = se->channels,
                                   .batch = node->outputs[node_gate_output(node)]->shape.dim[0],
                                   .reduced_channels = se->reduced,
                                   .reduction = (se->channels + se->reduced / 2) / se->reduced,
                                   .kind = se_kind_text(se->kind),
                                   .squeeze = se_squeeze_text(se->squeeze),
                                   .activation = activation_text(se->activation.kind),
                                   .gate = activation_text(se->gate.kind),
                                   .placement = se_placement_text(se->placement),
                                   .fc1_parameters = se->fc1_parameters,
                                   .fc2_parameters = se->fc2_parameters};
}

static enum senet_code list_se_blocks(const struct graph *graph, struct senet_model_info *info,
                                      struct senet_error *error)
{
    size_t count = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        count += graph->nodes[n]->se != NULL;
    struct senet_se_block *blocks = arena_alloc(graph->arena, count, sizeof *blocks);
    if (!blocks)
        return error_out_of_memory(error);
    info->se_blocks = blocks;
    info->se_block_count = count;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->se)
            *blocks++ = public_block(graph->nodes[n]);
    return SENET_OK;
}

/* ------------------------------------------------------------------- edges */

/* NULL when memory is short. */
static struct senet_tensor_info *list_tensors(const struct graph *graph, struct value *const *values, size_t count)
{
    struct senet_tensor_info *tensors = arena_alloc(graph->arena, count, sizeof *tensors);
    for (size_t i = 0; tensors && i < count; i++) {
        char *name = arena_strdup(graph->arena, values[i]->name);
        if (!name)
            return NULL;
        text_make_printable(name);
        tensors[i] = (struct senet_tensor_info){.name = name, .shape = values[i]->shape};
    }
    return tensors;
}

/* A classifier gives one row of scores for each image of its batch. */
static int64_t count_classes(const struct graph *graph)
{
    if (graph->input_count == 0 || graph->output_count == 0)
        return 0;
    const struct senet_shape *input = &graph->inputs[0]->shape, *output = &graph->outputs[0]->shape;
    bool rows = output->rank == 2 && input->rank >= 1 && output->dim[0] == input->dim[0];
    return rows ? output->dim[1] : 0;
}

/* Whether a row of scores is a distribution already: the last node is a Softmax over classes. */
static bool ends_in_softmax(const struct graph *graph)
{
    const struct node *last = graph->outputs[0]->producer;
    return last && last->op == OP_SOFTMAX && node_attribute_int(last, "axis", 0) == 1;
}

enum senet_code summary_create(const struct graph *graph, struct senet_model_info *info, struct senet_error *error)
{
    info->input_count = graph->input_count;
    info->output_count = graph->output_count;
    info->inputs = list_tensors(graph, graph->inputs, graph->input_count);
    info->outputs = list_tensors(graph, graph->outputs, graph->output_count);
    info->class_count = count_classes(graph);
    info->outputs_probabilities = info->class_count > 0 && ends_in_softmax(graph);
    if (!info->inputs || !info->outputs)
        return error_out_of_memory(error);
    enum senet_code code = list_layers(graph, info, error);
    return code == SENET_OK ? list_se_blocks(graph, info, error) : code;
}
