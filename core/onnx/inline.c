#include "onnx/inline.h"

#include "base/checked.h"
#include "base/error.h"
#include "onnx/instance.h"
#include "onnx/names.h"
#include "onnx/opset.h"
#include "onnx/scopes.h"

/* PyTorch nests a function for each module: a few levels. */
#define DEPTH_MAX 64
/* All are looked through for each reference to one. PyTorch writes around ten. */
#define ATTRIBUTES_MAX 256
/* What all instances may take. Those of NODES_MAX ordinary nodes take a tenth. */
#define INSTANCES_BYTES_MAX ((size_t)512 << 20)
/* What importing an attribute takes at most: its structures, and eight bytes for each of its own. */
#define ATTRIBUTE_BYTES 512
#define ATTRIBUTE_GROWTH 8

struct inliner {
    struct functions functions;
    struct node_list *list;
    struct arena *scratch;
    int64_t opset;
    size_t visited; /* nodes and calls */
    size_t calls;
    size_t attribute_bytes; /* what attributes take that are there more often than in the file */
    struct senet_error *error;
};

static enum senet_code visit(struct inliner *inliner)
{
    if (++inliner->visited > NODES_MAX)
        return senet_error_set(inliner->error, SENET_MODEL_UNSUPPORTED,
                               "the graph has more than %d nodes, its functions expanded", NODES_MAX);
    return SENET_OK;
}

static bool pay_for_attributes(struct inliner *inliner, const Onnx__NodeProto *instance)
{
    for (size_t i = 0; i < instance->n_attribute; i++) {
        size_t size = onnx__attribute_proto__get_packed_size(instance->attribute[i]);
        if (!checked_mul_size(size, ATTRIBUTE_GROWTH, &size) || !checked_add_size(size, ATTRIBUTE_BYTES, &size) ||
            !checked_add_size(inliner->attribute_bytes, size, &inliner->attribute_bytes))
            return false;
    }
    return true;
}

/* What the file holds once is paid for by the file. */
static enum senet_code instantiate(struct inliner *inliner, const struct scope *scope, const Onnx__NodeProto *node,
                                   Onnx__NodeProto **instance)
{
    bool reused;
    if (node->n_attribute > ATTRIBUTES_MAX)
        return function_fail(scope->function, inliner->error, SENET_MODEL_UNSUPPORTED,
                             "a node of it has more than %d attributes", ATTRIBUTES_MAX);
    enum senet_code code = instance_create(scope, node, inliner->scratch, instance, &reused, inliner->error);
    if (code)
        return code;
    bool paid = (reused && !scope->function->expanded) || pay_for_attributes(inliner, *instance);
    if (!paid || inliner->attribute_bytes > INSTANCES_BYTES_MAX ||
        inliner->scratch->total > INSTANCES_BYTES_MAX - inliner->attribute_bytes)
        return function_fail(scope->function, inliner->error, SENET_MODEL_UNSUPPORTED,
                             "expanding it takes more memory than it may");
    return SENET_OK;
}

static enum senet_code append_identities(struct inliner *inliner, const struct scope *scope)
{
    const struct function *function = scope->function;
    enum senet_code code = SENET_OK;
    for (size_t i = 0; !code && i < function->handed_through_count; i++) {
        size_t output = function->handed_through[i]->output;
        code = visit(inliner);
        if (code || output >= scope->call->n_output || !*scope->call->output[output])
            continue;
        Onnx__NodeProto *identity = instance_identity(scope, function->handed_through[i], inliner->scratch);
        if (!identity)
            return error_out_of_memory(inliner->error);
        inliner->list->nodes[inliner->list->count++] = identity;
    }
    return code;
}

static enum senet_code check_nesting(const struct scope *scope, struct senet_error *error)
{
    for (const struct scope *outer = scope->outer; outer; outer = outer->outer)
        if (outer->function == scope->function)
            return function_fail(scope->function, error, SENET_MODEL_MALFORMED, "it calls itself");
    if (scope->depth > DEPTH_MAX)
        return function_fail(scope->function, error, SENET_MODEL_UNSUPPORTED,
                             "it is more than %d functions deep in others", DEPTH_MAX);
    return SENET_OK;
}

static enum senet_code check_call(const struct scope *scope, struct senet_error *error)
{
    const Onnx__FunctionProto *function = scope->function->proto;
    char described[192];
    if (scope->call->n_input > function->n_input || scope->call->n_output > function->n_output)
        return function_fail(scope->function, error, SENET_MODEL_MALFORMED,
                             "its call '%.80s' has %zu inputs and %zu outputs, it has %zu and %zu", scope->name,
                             scope->call->n_input, scope->call->n_output, function->n_input, function->n_output);
    if (scope->call->n_attribute > ATTRIBUTES_MAX || function->n_attribute_proto > ATTRIBUTES_MAX)
        return function_fail(scope->function, error, SENET_MODEL_UNSUPPORTED,
                             "it or its call '%.80s' has more than %d attributes", scope->name, ATTRIBUTES_MAX);
    if (!scope->function->opset)
        return SENET_OK;
    return opset_check(scope->function->opset, function_describe(scope->function, described, sizeof described), error);
}

/* The graph has one operator set, the model's. */
static enum senet_code check_meaning(const struct inliner *inliner, const struct function *function,
                                     const Onnx__NodeProto *node)
{
    const char *type = name_or_empty(node->op_type);
    if (!function->opset || *domain_name(node->domain) || opset_reads_alike(type, function->opset, inliner->opset))
        return SENET_OK;
    return function_fail(function, inliner->error, SENET_MODEL_UNSUPPORTED,
                         "%s means something else in its operator set %lld than in the model's, which is %lld", type,
                         (long long)function->opset, (long long)inliner->opset);
}

static enum senet_code expand(struct inliner *inliner, const struct scope *scope, Onnx__NodeProto *node);

/* With expand a recursion, as deep as DEPTH_MAX. */
static enum senet_code expand_call(struct inliner *inliner, const struct scope *outer, struct function *function,
                                   const Onnx__NodeProto *call)
{
    const struct scope scope = {.outer = outer,
                                .function = function,
                                .call = call,
                                .name = scopes_node_name(call, inliner->scratch),
                                .number = ++inliner->calls,
                                .depth = outer ? outer->depth + 1 : 1};
    if (!scope.name)
        return error_out_of_memory(inliner->error);
    enum senet_code code = check_nesting(&scope, inliner->error);
    if (!code)
        code = check_call(&scope, inliner->error);
    for (size_t i = 0; !code && i < function->proto->n_node; i++)
        code = expand(inliner, &scope, function->proto->node[i]);
    if (!code)
        code = append_identities(inliner, &scope);
    function->expanded = true;
    return code;
}

/* `scope` is NULL for the graph's own nodes. */
static enum senet_code expand(struct inliner *inliner, const struct scope *scope, Onnx__NodeProto *node)
{
    enum senet_code code = visit(inliner);
    if (!code && scope)
        code = instantiate(inliner, scope, node, &node);
    if (code)
        return code;
    struct function *function = functions_find(&inliner->functions, node);
    if (function)
        return expand_call(inliner, scope, function, node);
    if (scope)
        code = check_meaning(inliner, scope->function, node);
    if (!code)
        inliner->list->nodes[inliner->list->count++] = node;
    return code;
}

enum senet_code calls_inline(const Onnx__ModelProto *model, int64_t opset, struct arena *scratch,
                             struct node_list *list, struct senet_error *error)
{
    const Onnx__GraphProto *graph = model->graph;
    struct inliner inliner = {.list = list, .scratch = scratch, .opset = opset, .error = error};
    size_t capacity = model->n_functions || graph->n_node > NODES_MAX ? NODES_MAX : graph->n_node;
    list->nodes = arena_alloc(scratch, capacity, sizeof(Onnx__NodeProto *));
    list->count = 0;
    if (!list->nodes)
        return error_out_of_memory(error);
    enum senet_code code = functions_read(model, scratch, &inliner.functions, error);
    for (size_t i = 0; !code && i < graph->n_node; i++)
        code = expand(&inliner, NULL, graph->node[i]);
    return code;
}
