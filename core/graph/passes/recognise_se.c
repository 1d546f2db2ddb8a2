#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/se_match.h"
#include "graph/passes/se_names.h"
#include "graph/passes/se_placement.h"

/* Outputs x inputs, row-major, scaled. The file's own numbers where they already are that. */
static struct value *fc_weights(struct graph *graph, const struct se_layer *fc)
{
    size_t count;
    const float *source = value_floats(fc->weights, &count);
    const struct senet_shape shape = {.rank = 2, .dim = {fc->outputs, fc->inputs}};
    if (!fc->transposed && fc->scale == 1)
        return graph_add_constant(graph, fc->weights->name, DTYPE_FLOAT32, &shape, source);
    float *rows = graph_new_contents(graph, count, sizeof *rows);
    if (!rows)
        return NULL;
    int64_t row_stride = fc->transposed ? 1 : fc->inputs, column_stride = fc->transposed ? fc->outputs : 1;
    for (int64_t row = 0; row < fc->outputs; row++)
        for (int64_t column = 0; column < fc->inputs; column++)
            rows[row * fc->inputs + column] = source[row * row_stride + column * column_stride] * fc->scale;
    return graph_add_constant(graph, fc->weights->name, DTYPE_FLOAT32, &shape, rows);
}

static struct value *fc_bias(struct graph *graph, const struct se_layer *fc)
{
    size_t count;
    const float *source = fc->bias ? value_floats(fc->bias, &count) : NULL;
    const struct senet_shape shape = {.rank = 1, .dim = {fc->outputs}};
    if (source && fc->bias_scale == 1)
        return graph_add_constant(graph, fc->bias->name, DTYPE_FLOAT32, &shape, source);
    float *bias = arena_alloc(graph->arena, (size_t)fc->outputs, sizeof *bias);
    if (!bias)
        return NULL;
    for (int64_t i = 0; source && i < fc->outputs; i++)
        bias[i] = source[i] * fc->bias_scale;
    return graph_add_constant(graph, fc->bias ? fc->bias->name : "", DTYPE_FLOAT32, &shape, bias);
}

static enum se_kind kind_of(const struct se_match *match)
{
    if (match->layers[0].form == SE_FORM_TAPS)
        return SE_ECA;
    if (match->layer_count == 1)
        return SE_ESE;
    return match->layers[0].form == SE_FORM_CONV ? SE_CONV : SE_DENSE;
}

/* NULL when memory is short. The block's place and its final name come last, when all blocks are known. */
static struct se_block *describe(struct graph *graph, const struct se_match *match)
{
    const char *layer;
    struct se_block *se = arena_alloc(graph->arena, 1, sizeof *se);
    if (!se || !se_name_by_weights(graph->arena, match->layers, match->layer_count, &layer))
        return NULL;
    *se = (struct se_block){.layer = layer,
                            .kind = kind_of(match),
                            .squeeze = match->squeeze,
                            .activation = match->activation,
                            .gate = match->gate,
                            .channels = match->image->shape.dim[1],
                            .reduced = match->layers[0].outputs,
                            .fc1_parameters = match->layers[0].parameters,
                            .fc2_parameters = match->layer_count == 2 ? match->layers[1].parameters : 0};
    return se;
}

/* The product becomes the block in its place, under its name, with its output. False when memory is short. */
static bool become(struct graph *graph, struct node *mul, enum op op, struct value *const *operands, int count)
{
    struct value **inputs = arena_alloc(graph->arena, (size_t)count, sizeof(struct value *));
    struct value **outputs = arena_alloc(graph->arena, 2, sizeof(struct value *));
    struct value *gate = graph_add_value(graph, "");
    if (!inputs || !outputs || !gate)
        return false;
    struct node before = *mul;
    mul->op = op;
    mul->inputs = inputs;
    mul->input_count = count;
    for (int i = 0; i < count; i++)
        node_set_input(mul, i, operands[i]);
    for (int i = 0; i < before.input_count; i++)
        node_set_input(&before, i, NULL);
    outputs[0] = mul->outputs[0];
    outputs[1] = gate;
    mul->outputs = outputs;
    mul->output_count = 2;
    gate->producer = mul;
    gate->uses = 1; /* the session reads it, whoever else does */
    return true;
}

/* What computed the gate is left without readers. */
static bool become_se(struct graph *graph, struct node *mul, const struct se_match *match)
{
    struct value *const operands[] = {match->image, fc_weights(graph, &match->layers[0]),
                                      fc_bias(graph, &match->layers[0]), fc_weights(graph, &match->layers[1]),
                                      fc_bias(graph, &match->layers[1])};
    return operands[1] && operands[2] && operands[3] && operands[4] && become(graph, mul, OP_SE, operands, 5);
}

static bool become_rescale(struct graph *graph, struct node *mul, const struct se_match *match)
{
    struct value *const operands[] = {match->image, match->gate_value};
    return become(graph, mul, OP_RESCALE, operands, 2);
}

static enum senet_code replace_mul(struct graph *graph, struct node *mul, const struct se_match *match,
                                   struct senet_error *error)
{
    struct se_block *se = describe(graph, match);
    if (!se || !(match->is_canonical ? become_se(graph, mul, match) : become_rescale(graph, mul, match)))
        return error_out_of_memory(error);
    mul->se = se;
    return op_table[mul->op].infer(graph, mul, error);
}

static enum senet_code replace_all(struct graph *graph, struct arena *scratch, struct senet_error *error)
{
    struct readers readers;
    if (!readers_list(graph, scratch, &readers))
        return error_out_of_memory(error);
    for (size_t n = 0; n < graph->node_count; n++) {
        struct se_match match;
        if (!se_match_block(graph->nodes[n], &readers, &match))
            continue;
        enum senet_code code = replace_mul(graph, graph->nodes[n], &match, error);
        if (code != SENET_OK)
            return code;
    }
    return SENET_OK;
}

enum senet_code pass_recognise_se(struct graph *graph, struct senet_error *error)
{
    struct arena scratch = {0};
    enum senet_code code = replace_all(graph, &scratch, error);
    arena_release(&scratch);
    if (code == SENET_OK)
        code = se_name_blocks(graph, error);
    if (code == SENET_OK)
        code = pass_remove_dead(graph, error);
    if (code == SENET_OK)
        se_place_blocks(graph);
    return code;
}
