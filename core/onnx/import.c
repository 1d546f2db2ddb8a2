#include "onnx/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/text.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "onnx.pb-c.h"
#include "onnx/attributes.h"
#include "onnx/operators.h"
#include "onnx/order.h"
#include "onnx/symbols.h"
#include "onnx/tensor.h"

/* Older operators differ in more than we handle; newer ones are not known yet. */
#define OPSET_MIN 7
#define OPSET_MAX 24
/* Values, inputs of one node. */
#define COUNT_MAX 1000000
/* Laying out memory takes time that grows with the square of this. The largest networks of timm have a few thousand. */
#define NODES_MAX 65536

struct importer {
    const Onnx__GraphProto *proto;
    const char *directory;
    struct graph *graph;
    struct arena scratch; /* what is needed while importing */
    struct symbols symbols;
    struct dependencies dependencies;
    struct senet_error *error;
};

static enum senet_code malformed(struct senet_error *error, const char *text)
{
    return senet_error_set(error, SENET_MODEL_MALFORMED, "%s", text);
}

/*
 * What protobuf may allocate for one file. Empty messages of two bytes become structures of a hundred, and fields
 * that a file repeats are merged over and over: without a limit small files take much memory and time.
 */
struct budget {
    size_t left;
    bool exhausted;
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;
    size_t cost;
    if (!checked_add_size(size, 2 * sizeof(void *), &cost) || cost > budget->left) {
        budget->exhausted = true;
        return NULL;
    }
    budget->left -= cost;
    void *block = malloc(size > 0 ? size : 1);
    budget->exhausted |= !block;
    return block;
}

static void budget_free(void *context, void *block)
{
    (void)context;
    free(block);
}

static enum senet_code unpack(const void *bytes, size_t size, Onnx__ModelProto **model, struct senet_error *error)
{
    struct budget budget = {.left = (size_t)64 << 20};
    size_t proportional;
    if (!checked_mul_size(size, 4, &proportional) || !checked_add_size(budget.left, proportional, &budget.left))
        return malformed(error, "the ONNX file is too large");
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    *model = onnx__model_proto__unpack(&allocator, size, bytes);
    if (!*model && budget.exhausted)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "the ONNX file needs more memory to read than it may take");
    return *model ? SENET_OK : malformed(error, "the file is not ONNX, or it is damaged");
}

static enum senet_code find_opset(const Onnx__ModelProto *model, int64_t *opset, struct senet_error *error)
{
    size_t others = 0; /* operator sets of other domains */
    *opset = 0;
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = model->opset_import[i]->domain;
        if (domain && *domain && strcmp(domain, "ai.onnx") != 0)
            others++;
        else
            *opset = model->opset_import[i]->version;
    }
    if (others > 0 && others == model->n_opset_import)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "the ONNX file uses none of ONNX's own operators");
    if (*opset == 0)
        return malformed(error, "the ONNX file does not say which operator set it uses");
    if (*opset < OPSET_MIN || *opset > OPSET_MAX)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "operator set %lld is not supported, only %d to %d are",
                               (long long)*opset, OPSET_MIN, OPSET_MAX);
    return SENET_OK;
}

/* Room for all names that the file may define. */
static enum senet_code prepare(struct importer *importer)
{
    const Onnx__GraphProto *proto = importer->proto;
    size_t outputs = 0;
    bool fits = proto->n_node <= NODES_MAX && proto->n_initializer <= COUNT_MAX && proto->n_input <= COUNT_MAX &&
                proto->n_output <= COUNT_MAX;
    for (size_t i = 0; fits && i < proto->n_node; i++) {
        outputs += proto->node[i]->n_output;
        fits = proto->node[i]->n_input <= COUNT_MAX && outputs <= COUNT_MAX;
    }
    if (!fits)
        return senet_error_set(importer->error, SENET_MODEL_UNSUPPORTED,
                               "the graph has more than %d nodes or %d values", NODES_MAX, COUNT_MAX);
    if (!proto->n_output)
        return malformed(importer->error, "the graph has no outputs");
    struct graph *graph = importer->graph;
    char *name = arena_strdup(graph->arena, proto->name ? proto->name : "");
    if (name)
        text_make_printable(name);
    graph->name = name;
    graph->nodes = arena_alloc(graph->arena, proto->n_node, sizeof *graph->nodes);
    graph->inputs = arena_alloc(graph->arena, proto->n_input, sizeof(struct value *));
    graph->outputs = arena_alloc(graph->arena, proto->n_output, sizeof(struct value *));
    importer->symbols.rows = arena_alloc(&importer->scratch, proto->n_initializer + proto->n_input + outputs,
                                         sizeof *importer->symbols.rows);
    if (!graph->name || !graph->nodes || !graph->inputs || !graph->outputs || !importer->symbols.rows)
        return error_out_of_memory(importer->error);
    return SENET_OK;
}

static enum senet_code read_initialisers(struct importer *importer)
{
    for (size_t i = 0; i < importer->proto->n_initializer; i++) {
        const Onnx__TensorProto *tensor = importer->proto->initializer[i];
        char what[160];
        struct value *value;
        if (!tensor->name || !*tensor->name)
            return malformed(importer->error, "an initialiser has no name");
        snprintf(what, sizeof what, "initialiser '%.120s'", tensor->name);
        enum senet_code code =
            tensor_import(tensor, what, importer->directory, importer->graph, &value, importer->error);
        if (code)
            return code;
        symbols_add(&importer->symbols, value->name, value, NO_PRODUCER);
    }
    return SENET_OK;
}

static enum senet_code read_input_shape(const Onnx__ValueInfoProto *proto, struct senet_shape *shape,
                                        struct senet_error *error)
{
    const Onnx__TypeProto__Tensor *type = proto->type ? proto->type->tensor_type : NULL;
    if (!type || type->elem_type != ONNX_FLOAT)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "input '%.120s' is not a float32 tensor", proto->name);
    if (!type->shape || type->shape->n_dim > SENET_MAX_RANK)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "input '%.120s' does not have 0 to %d dimensions",
                               proto->name, SENET_MAX_RANK);
    *shape = (struct senet_shape){(int)type->shape->n_dim, {0}};
    for (int axis = 0; axis < shape->rank; axis++) {
        const Onnx__TensorShapeProto__Dimension *dim = type->shape->dim[axis];
        if (dim->has_dim_value && dim->dim_value <= 0)
            return senet_error_set(error, dim->dim_value ? SENET_MODEL_MALFORMED : SENET_MODEL_UNSUPPORTED,
                                   "dimension %d of input '%.120s' is %lld", axis, proto->name,
                                   (long long)dim->dim_value);
        shape->dim[axis] = dim->has_dim_value ? dim->dim_value : -1;
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
        struct senet_shape shape;
        if (!proto->name || !*proto->name)
            return malformed(importer->error, "an input of the graph has no name");
        if (symbols_find(&initialisers, proto->name))
            continue;
        enum senet_code code = read_input_shape(proto, &shape, importer->error);
        if (code)
            return code;
        const char *name = arena_strdup(graph->arena, proto->name);
        struct value *value = name ? graph_add_value(graph, name) : NULL;
        if (!value)
            return error_out_of_memory(importer->error);
        value->shape = shape;
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
    for (size_t i = 0; i < importer->proto->n_node; i++) {
        const Onnx__NodeProto *proto = importer->proto->node[i];
        char *name = arena_strdup(graph->arena, proto->name ? proto->name : "");
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
            const char *name = importer->proto->node[i]->input[input];
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
    for (size_t i = 0; i < importer->proto->n_node; i++)
        inputs += importer->proto->node[i]->n_input;
    size_t *first = arena_alloc(&importer->scratch, importer->proto->n_node + 1, sizeof *first);
    size_t *producers = arena_alloc(&importer->scratch, inputs, sizeof *producers);
    if (!first || !producers)
        return error_out_of_memory(importer->error);
    importer->dependencies = (struct dependencies){importer->proto->n_node, first, producers};
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

static enum senet_code import_graph(struct importer *importer)
{
    static enum senet_code (*const steps[])(struct importer *) = {
        prepare,      read_initialisers, sort_symbols, read_inputs,  read_nodes,
        sort_symbols, connect_nodes,     sort_nodes,   read_outputs, drop_training_outputs,
    };
    enum senet_code code = operators_check(importer->proto, &importer->scratch, importer->error);
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++)
        code = steps[i](importer);
    return code;
}

enum senet_code onnx_import(const void *bytes, size_t size, const char *directory, struct arena *arena,
                            struct graph *graph, struct senet_error *error)
{
    Onnx__ModelProto *model = NULL;
    enum senet_code code = unpack(bytes, size, &model, error);
    if (code)
        return code;
    struct graph imported = {.arena = arena};
    struct importer importer = {.proto = model->graph, .directory = directory, .graph = &imported, .error = error};
    code = find_opset(model, &imported.opset, error);
    if (!code && !model->graph)
        code = malformed(error, "the ONNX file holds no graph");
    if (!code)
        code = import_graph(&importer);
    arena_release(&importer.scratch);
    onnx__model_proto__free_unpacked(model, NULL);
    if (!code)
        *graph = imported;
    return code;
}
