#include "onnx/import.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "onnx/attributes.h"
#include "onnx/inline.h"
#include "onnx/names.h"
#include "onnx/operators.h"
#include "onnx/opset.h"
#include "onnx/order.h"
#include "onnx/scopes.h"
#include "onnx/symbols.h"
#include "onnx/tensor.h"
#include "onnx/unpack.h"
#include "onnx/value_info.h"

/* Values, inputs of one node. */
#define COUNT_MAX 1000000

struct importer {
    const Onnx__GraphProto *proto;
    const struct source *source;
    const struct extent *raw; /* by initialiser */
    const char *directory;
    struct graph *graph;
    struct arena scratch;   /* what is needed while importing */
    struct node_list nodes; /* calls of functions replaced */
    struct symbols symbols;
    struct dependencies dependencies;
    struct senet_error *error;
};

static enum senet_code malformed(struct senet_error *error, const char *text)
{
    return senet_error_set(error, SENET_MODEL_MALFORMED, "%s", text);
}

static enum senet_code find_opset(const Onnx__ModelProto *model, int64_t *opset, struct senet_error *error)
{
    *opset = opset_find(model->opset_import, model->n_opset_import);
    if (*opset)
        return opset_check(*opset, "the ONNX file", error);
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (!*domain_name(model->opset_import[i]->domain))
            return malformed(error, "the ONNX file does not say which operator set it uses");
    return model->n_opset_import
               ? senet_error_set(error, SENET_MODEL_UNSUPPORTED, "the ONNX file uses none of ONNX's own operators")
               : malformed(error, "the ONNX file does not say which operator set it uses");
}

/* Room for all names that the file may define. */
static enum senet_code prepare(struct importer *importer)
{
    const Onnx__GraphProto *proto = importer->proto;
    size_t outputs = 0;
    bool fits = proto->n_initializer <= COUNT_MAX && proto->n_input <= COUNT_MAX && proto->n_output <= COUNT_MAX;
    for (size_t i = 0; fits && i < importer->nodes.count; i++) {
        const Onnx__NodeProto *node = importer->nodes.nodes[i];
        outputs += node->n_output;
        fits = node->n_input <= COUNT_MAX && outputs <= COUNT_MAX;
    }
    if (!fits)
        return senet_error_set(importer->error, SENET_MODEL_UNSUPPORTED, "the graph has more than %d values",
                               COUNT_MAX);
    if (!proto->n_output)
        return malformed(importer->error, "the graph has no outputs");
    struct graph *graph = importer->graph;
    char *name = arena_strdup(graph->arena, name_or_empty(proto->name));
    if (name)
        text_make_printable(name);
    graph->name = name;
    graph->nodes = arena_alloc(graph->arena, importer->nodes.count, sizeof *graph->nodes);
    graph->inputs = arena_alloc(graph->arena, proto->n_input, sizeof(struct value *));
    graph->outputs = arena_alloc(graph->arena, proto->n_output, sizeof(struct value *));
    importer->symbols.rows = arena_alloc(&importer->scratch, proto->n_initializer + proto->n_input + outputs,
                                         sizeof *importer->symbols.rows);
    if (!graph->name || !graph->nodes || !graph->inputs || !graph->outputs || !importer->symbols.rows)
        return error_out_of_memory(importer->error);
    return SENET_OK;
}

static enum senet_code refuse_sparse(struct importer *importer)
{
    if (!importer->proto->n_sparse_initializer)
        return SENET_OK;
    const Onnx__TensorProto *values = importer->proto->sparse_initializer[0]->values;
    return senet_error_set(importer->error, SENET_MODEL_UNSUPPORTED,
                           "initialiser '%.120s' is sparse, which is not supported",
                           values ? name_or_empty(values->name) : "");
}

static enum senet_code read_initialisers(struct importer *importer)
{
    for (size_t i = 0; i < importer->proto->n_initializer; i++) {
        const Onnx__TensorProto *tensor = importer->proto->initializer[i];
        char what[160];
        struct value *value;
        if (!*name_or_empty(tensor->name))
            return malformed(importer->error, "an initialiser has no name");
        snprintf(what, sizeof what, "initialiser '%.120s'", tensor->name);
        const struct raw_data raw = {importer->source, importer->raw[i]};
        enum senet_code code =
            tensor_import(tensor, &raw, what, importer->directory, importer->graph, &value, importer->error);
        if (code)
            return code;
        symbols_add(&importer->symbols, value->name, value, NO_PRODUCER);
    }
    return SENET_OK;
}

/* Until IR version 4, initialisers were listed among the inputs too. */
static enum senet_code read_inputs(struct importer *importer)
{
    struct graph *graph = importer->graph;
    const struct symbols initialisers = importer->symbols;
    for (size_t i = 0; i < importer->proto->n_input; i++) {
        const Onnx__ValueInfoProto *proto = importer->proto->input[i];
        if (!*name_or_empty(proto->name))
            return malformed(importer->error, "an input of the graph has no name");
        if (symbols_find(&initialisers, proto->name))
            continue;
        const char *name = arena_strdup(graph->arena, proto->name);
        struct value *value = name ? graph_add_value(graph, name) : NULL;
        if (!value)
            return error_out_of_memory(importer->error);
        enum senet_code code = value_info_import(proto, value, importer->error);
        if (code)
            return code;
        graph->inputs[graph->input_count++] = value;
        symbols_add(&importer->symbols, name, value, NO_PRODUCER);
    }
    return SENET_OK;
}

static enum senet_code read_outputs_of(struct importer *importer, const Onnx__NodeProto *proto, struct node *node,
                                       size_t index)
{
    for (int i = 0; i < node->output_count; i++) {
        if (!*proto->output[i])
            continue;
        const char *name = arena_strdup(importer->graph->arena, proto->output[i]);
        struct value *value = name ? graph_add_value(importer->graph, name) : NULL;
        if (!value)
            return error_out_of_memory(importer->error);
        value->producer = node;
        node->outputs[i] = value;
        symbols_add(&importer->symbols, name, value, index);
    }
    if (!node->outputs[0])
        return node_malformed(node, importer->error, "its output has no name");
    return SENET_OK;
}

static enum senet_code check_arity(const Onnx__NodeProto *proto, const struct node *node, struct senet_error *error)
{
    const struct op_info *op = &op_table[node->op];
    if (node->input_count < op->min_inputs || node->input_count > op->max_inputs)
        return node_malformed(node, error, "it has %d inputs", node->input_count);
    if (node->output_count < 1 || node->output_count > op->max_outputs)
        return node_malformed(node, error, "it has %d outputs", node->output_count);
    for (int i = 0; i < op->min_inputs; i++)
        if (!*proto->input[i])
            return node_malformed(node, error, "input %d is missing", i);
    return SENET_OK;
}

/* In the file's order; inputs follow when all names are known. */
static enum senet_code read_nodes(struct importer *importer)
{
    struct graph *graph = importer->graph;
    for (size_t i = 0; i < importer->nodes.count; i++) {
        const Onnx__NodeProto *proto = importer->nodes.nodes[i];
        char *name = scopes_node_name(proto, graph->arena);
        if (name)
            text_make_printable(name);
        struct node *node =
            name ? graph_new_node(graph, op_find(proto->op_type), name, (int)proto->n_input, (int)proto->n_output)
                 : NULL;
        if (!node)
            return error_out_of_memory(importer->error);
        enum senet_code code = check_arity(proto, node, importer->error);
        if (!code)
            code = attributes_import(proto, importer->directory, graph, node, importer->error);
        if (!code)
            code = read_outputs_of(importer, proto, node, i);
        if (code)
            return code;
        graph->nodes[graph->node_count++] = node;
    }
    return SENET_OK;
}

/* Makes the names found so far ready for look-ups. */
static enum senet_code sort_symbols(struct importer *importer)
{
    const struct symbol *twice = symbols_sort(&importer->symbols);
    if (!twice)
        return SENET_OK;
    if (twice->producer != NO_PRODUCER)
        return node_malformed(importer->graph->nodes[twice->producer], importer->error,
                              "its output '%.80s' is defined elsewhere too", twice->name);
    return senet_error_set(importer->error, SENET_MODEL_MALFORMED, "value '%.120s' is defined twice", twice->name);
}

/* Gives nodes their inputs, and lists which nodes these come from. */
static enum senet_code connect_inputs(struct importer *importer, size_t *first, size_t *producers)
{
    size_t edges = 0;
    for (size_t i = 0; i < importer->graph->node_count; i++) {
        struct node *node = importer->graph->nodes[i];
        first[i] = edges;
        for (int input = 0; input < node->input_count; input++) {
            const char *name = importer->nodes.nodes[i]->input[input];
            const struct symbol *symbol = *name ? symbols_find(&importer->symbols, name) : NULL;
            if (*name && !symbol)
                return node_malformed(node, importer->error, "its input '%.80s' is defined nowhere", name);
            if (!symbol)
                continue;
            node->inputs[input] = symbol->value;
            symbol->value->uses++;
            if (symbol->producer != NO_PRODUCER)
                producers[edges++] = symbol->producer;
        }
    }
    first[importer->graph->node_count] = edges;
    return SENET_OK;
}

static enum senet_code connect_nodes(struct importer *importer)
{
    size_t inputs = 0;
    for (size_t i = 0; i < importer->nodes.count; i++)
        inputs += importer->nodes.nodes[i]->n_input;
    size_t *first = arena_alloc(&importer->scratch, importer->nodes.count + 1, sizeof *first);
    size_t *producers = arena_alloc(&importer->scratch, inputs, sizeof *producers);
    if (!first || !producers)
        return error_out_of_memory(importer->error);
    importer->dependencies = (struct dependencies){importer->nodes.count, first, producers};
    return connect_inputs(importer, first, producers);
}

static enum senet_code sort_nodes(struct importer *importer)
{
    struct graph *graph = importer->graph;
    size_t cycle, *order = arena_alloc(&importer->scratch, graph->node_count, sizeof *order);
    struct node **sorted = arena_alloc(graph->arena, graph->node_count, sizeof *sorted);
    if (!order || !sorted || !order_nodes(&importer->dependencies, &importer->scratch, order, &cycle))
        return error_out_of_memory(importer->error);
    if (cycle != NO_CYCLE)
        return node_malformed(graph->nodes[cycle], importer->error, "it depends on its own output");
    for (size_t i = 0; i < graph->node_count; i++)
        sorted[i] = graph->nodes[order[i]];
    graph->nodes = sorted;
    return SENET_OK;
}

static enum senet_code read_outputs(struct importer *importer)
{
    struct graph *graph = importer->graph;
    for (size_t i = 0; i < importer->proto->n_output; i++) {
        const char *name = importer->proto->output[i]->name;
        const struct symbol *symbol = name ? symbols_find(&importer->symbols, name) : NULL;
        if (!symbol)
            return senet_error_set(importer->error, SENET_MODEL_MALFORMED,
                                   "output '%.120s' of the graph is defined nowhere", name ? name : "");
        symbol->value->uses++;
        graph->outputs[graph->output_count++] = symbol->value;
    }
    return SENET_OK;
}

/* Masks and batch statistics are for training: not computed, so nobody may read them. */
static enum senet_code drop_training_outputs(struct importer *importer)
{
    for (size_t i = 0; i < importer->graph->node_count; i++) {
        struct node *node = importer->graph->nodes[i];
        int computed = op_table[node->op].computed_outputs;
        for (int output = computed; output < node->output_count; output++)
            if (node->outputs[output] && node->outputs[output]->uses > 0)
                return node_unsupported(node, importer->error, "its output %d is read, which is not computed", output);
        if (node->output_count > computed)
            node->output_count = computed;
    }
    return SENET_OK;
}

static enum senet_code import_graph(struct importer *importer, const Onnx__ModelProto *model)
{
    static enum senet_code (*const steps[])(struct importer *) = {
        prepare,      refuse_sparse, read_initialisers, sort_symbols, read_inputs,           read_nodes,
        sort_symbols, connect_nodes, sort_nodes,        read_outputs, drop_training_outputs,
    };
    enum senet_code code =
        calls_inline(model, importer->graph->opset, &importer->scratch, &importer->nodes, importer->error);
    if (!code)
        code = operators_check(&importer->nodes, &importer->scratch, importer->error);
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++)
        code = steps[i](importer);
    return code;
}

enum senet_code onnx_import(const struct source *source, const char *directory, struct arena *arena,
                            struct arena *constants, struct graph *graph, struct senet_error *error)
{
    struct unpacked unpacked;
    enum senet_code code = model_unpack(source, &unpacked, error);
    if (code)
        return code;
    const Onnx__ModelProto *model = unpacked.model;
    struct graph imported = {.arena = arena, .constants = constants};
    struct importer importer = {.proto = model->graph,
                                .source = source,
                                .raw = unpacked.raw,
                                .directory = directory,
                                .graph = &imported,
                                .error = error};
    code = find_opset(model, &imported.opset, error);
    if (!code && !model->graph)
        code = malformed(error, "the ONNX file holds no graph");
    if (!code)
        code = import_graph(&importer, model);
    arena_release(&importer.scratch);
    unpacked_release(&unpacked);
    if (!code)
        *graph = imported;
    return code;
}
