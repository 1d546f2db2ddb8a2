#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/se_match.h"
#include "graph/passes/se_names.h"

/* Outputs x inputs, row-major, scaled. The file's own numbers where they already are that. */
static struct value *fc_weights(struct graph *graph, const struct se_fc *fc)
{
    size_t count;
    const float *source = value_floats(fc->weights, &count);
    const struct senet_shape shape = {.rank = 2, .dim = {fc->outputs, fc->inputs}};
    if (!fc->transposed && fc->scale == 1)
        return graph_add_constant(graph, fc->weights->name, DTYPE_FLOAT32, &shape, source);
    float *rows = arena_alloc(graph->arena, count, sizeof *rows);
    if (!rows)
        return NULL;
    int64_t row_stride = fc->transposed ? 1 : fc->inputs, column_stride = fc->transposed ? fc->outputs : 1;
    for (int64_t row = 0; row < fc->outputs; row++)
        for (int64_t column = 0; column < fc->inputs; column++)
            rows[row * fc->inputs + column] = source[row * row_stride + column * column_stride] * fc->scale;
    return graph_add_constant(graph, fc->weights->name, DTYPE_FLOAT32, &shape, rows);
}

static struct value *fc_bias(struct graph *graph, const struct se_fc *fc)
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

static int64_t fc_parameters(const struct se_fc *fc)
{
    return fc->inputs * fc->outputs + (fc->bias ? fc->outputs : 0);
}

/* NULL when memory is short. The names of layer and gate come last, when all blocks are known. */
static struct se_block *describe_block(struct graph *graph, const struct se_match *match)
{
    struct se_block *se = arena_alloc(graph->arena, 1, sizeof *se);
    if (!se)
        return NULL;
    *se = (struct se_block){.layer = "",
                            .kind = match->fc1.op == OP_CONV ? SE_CONV : SE_DENSE,
                            .activation = match->activation,
                            .gate = match->gate,
                            .channels = match->fc1.inputs,
                            .reduced = match->fc1.outputs,
                            .parameters = fc_parameters(&match->fc1) + fc_parameters(&match->fc2)};
    return se;
}

/* Puts one OP_SE where the product was. What computed the gate is left without readers. */
static enum senet_code replace_mul(struct graph *graph, size_t index, const struct se_match *match,
                                   struct senet_error *error)
{
    struct node *mul = graph->nodes[index];
    struct node *se = graph_new_node(graph, OP_SE, mul->name, 5, 2);
    struct value *gate = graph_add_value(graph, "");
    struct value *const inputs[] = {match->image, fc_weights(graph, &match->fc1), fc_bias(graph, &match->fc1),
                                    fc_weights(graph, &match->fc2), fc_bias(graph, &match->fc2)};
    if (!se || !gate || !inputs[1] || !inputs[2] || !inputs[3] || !inputs[4])
        return error_out_of_memory(error);
    se->se = describe_block(graph, match);
    if (!se->se)
        return error_out_of_memory(error);
    for (int i = 0; i < 5; i++)
        node_set_input(se, i, inputs[i]);
    se->outputs[0] = mul->outputs[0];
    se->outputs[1] = gate;
    se->outputs[0]->producer = se;
    gate->producer = se;
    gate->uses = 1; /* the session reads it, whoever else does */
    graph_drop_node(graph, index);
    graph->nodes[index] = se;
    return op_table[OP_SE].infer(graph, se, error);
}

enum senet_code pass_recognise_se(struct graph *graph, struct senet_error *error)
{
    for (size_t n = 0; n < graph->node_count; n++) {
        struct se_match match;
        if (!se_match_block(graph->nodes[n], &match))
            continue;
        enum senet_code code = replace_mul(graph, n, &match, error);
        if (code != SENET_OK)
            return code;
    }
    enum senet_code code = se_name_blocks(graph, error);
    return code == SENET_OK ? pass_remove_dead(graph, error) : code;
}
