#include "onnx/instance.h"

#include <string.h>

#include "base/error.h"
#include "onnx/names.h"

/* What the call's operands are called outside; "" for those that it omits. */
static char *operand(char **names, size_t count, size_t index)
{
    static char omitted[] = "";
    return index < count ? names[index] : omitted;
}

/* NULL when memory is short. */
static char *rename_value(const struct scope *scope, char *name, struct arena *scratch)
{
    if (!*name)
        return name;
    const struct formal *formal = function_formal(scope->function, name);
    if (formal && formal->input != NO_OPERAND)
        return operand(scope->call->input, scope->call->n_input, formal->input);
    if (formal) {
        char *outside = operand(scope->call->output, scope->call->n_output, formal->output);
        if (*outside)
            return outside;
    }
    return arena_printf(scratch, "%s#%zu", name, scope->number);
}

/* NULL when memory is short. */
static char **rename_values(const struct scope *scope, char **names, size_t count, struct arena *scratch)
{
    char **renamed = arena_alloc(scratch, count, sizeof *renamed);
    for (size_t i = 0; renamed && i < count; i++)
        if (!(renamed[i] = rename_value(scope, names[i], scratch)))
            return NULL;
    return renamed;
}

/* The call is the scope of its nodes; a nameless one gives them none. NULL when memory is short. */
static char *rename_node(const struct scope *scope, const char *name, const char *type, struct arena *scratch)
{
    if (!*scope->name)
        return arena_strdup(scratch, name);
    const char *own = *name ? name : type;
    return arena_printf(scratch, "%s/%s", scope->name, own + (*own == '/'));
}

static const Onnx__AttributeProto *find_attribute(Onnx__AttributeProto *const *attributes, size_t count,
                                                  const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name_or_empty(attributes[i]->name), name))
            return attributes[i];
    return NULL;
}

/* *given becomes what the call gives for a reference, or the function by default, under the node's name; or NULL. */
static enum senet_code resolve(const struct scope *scope, const Onnx__AttributeProto *reference, struct arena *scratch,
                               Onnx__AttributeProto **given, struct senet_error *error)
{
    const Onnx__FunctionProto *function = scope->function->proto;
    const char *name = reference->ref_attr_name;
    const Onnx__AttributeProto *found = find_attribute(scope->call->attribute, scope->call->n_attribute, name);
    if (!found)
        found = find_attribute(function->attribute_proto, function->n_attribute_proto, name);
    *given = NULL;
    if (!found)
        return SENET_OK;
    if (reference->has_type && reference->type != found->type)
        return function_fail(scope->function, error, SENET_MODEL_MALFORMED,
                             "its attribute '%.60s' is given the wrong type", name);
    *given = arena_alloc(scratch, 1, sizeof **given);
    if (!*given)
        return error_out_of_memory(error);
    **given = *found;
    (*given)->name = reference->name;
    return SENET_OK;
}

static enum senet_code copy_attributes(const struct scope *scope, const Onnx__NodeProto *node, struct arena *scratch,
                                       Onnx__NodeProto *copy, bool *reused, struct senet_error *error)
{
    copy->n_attribute = 0;
    copy->attribute = arena_alloc(scratch, node->n_attribute, sizeof(Onnx__AttributeProto *));
    if (!copy->attribute)
        return error_out_of_memory(error);
    *reused = true;
    for (size_t i = 0; i < node->n_attribute; i++) {
        Onnx__AttributeProto *attribute = node->attribute[i];
        if (*name_or_empty(attribute->ref_attr_name)) {
            enum senet_code code = resolve(scope, attribute, scratch, &attribute, error);
            if (code)
                return code;
            *reused = false;
        }
        if (attribute)
            copy->attribute[copy->n_attribute++] = attribute;
    }
    return SENET_OK;
}

enum senet_code instance_create(const struct scope *scope, const Onnx__NodeProto *node, struct arena *scratch,
                                Onnx__NodeProto **instance, bool *reused, struct senet_error *error)
{
    Onnx__NodeProto *copy = arena_alloc(scratch, 1, sizeof *copy);
    if (!copy)
        return error_out_of_memory(error);
    *copy = *node;
    copy->n_metadata_props = 0; /* the call has told in which modules it is */
    copy->name = rename_node(scope, name_or_empty(node->name), name_or_empty(node->op_type), scratch);
    copy->input = rename_values(scope, node->input, node->n_input, scratch);
    copy->output = rename_values(scope, node->output, node->n_output, scratch);
    if (!copy->name || !copy->input || !copy->output)
        return error_out_of_memory(error);
    *instance = copy;
    return copy_attributes(scope, node, scratch, copy, reused, error);
}

Onnx__NodeProto *instance_identity(const struct scope *scope, const struct formal *formal, struct arena *scratch)
{
    static char type[] = "Identity";
    Onnx__NodeProto *node = arena_alloc(scratch, 1, sizeof *node);
    char **operands = arena_alloc(scratch, 2, sizeof *operands);
    char *name = rename_node(scope, "", type, scratch);
    if (!node || !operands || !name)
        return NULL;
    operands[0] = operand(scope->call->input, scope->call->n_input, formal->input);
    operands[1] = operand(scope->call->output, scope->call->n_output, formal->output);
    onnx__node_proto__init(node);
    node->op_type = type;
    node->name = name;
    node->input = &operands[0];
    node->output = &operands[1];
    node->n_input = node->n_output = 1;
    return node;
}
