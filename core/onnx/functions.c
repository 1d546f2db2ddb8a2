#include "onnx/functions.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "onnx/names.h"
#include "onnx/opset.h"

/* What a call and its function have in common. */
struct key {
    const char *domain, *name, *overload;
};

static struct key function_key(const Onnx__FunctionProto *proto)
{
    return (struct key){domain_name(proto->domain), name_or_empty(proto->name), name_or_empty(proto->overload)};
}

static int compare_keys(const struct key *a, const struct key *b)
{
    int order = strcmp(a->name, b->name);
    if (!order)
        order = strcmp(a->domain, b->domain);
    return order ? order : strcmp(a->overload, b->overload);
}

static int compare_functions(const void *a, const void *b)
{
    const struct function *first = a, *second = b;
    const struct key one = function_key(first->proto), other = function_key(second->proto);
    return compare_keys(&one, &other);
}

static int compare_call(const void *key, const void *row)
{
    const struct key other = function_key(((const struct function *)row)->proto);
    return compare_keys(key, &other);
}

static int compare_formals(const void *a, const void *b)
{
    const struct formal *first = a, *second = b;
    return strcmp(first->name, second->name);
}

const char *function_describe(const struct function *function, char *text, size_t size)
{
    const struct key key = function_key(function->proto);
    snprintf(text, size, "function '%.60s%s%.60s'", key.domain, *key.domain ? "." : "", key.name);
    return text;
}

enum senet_code function_fail(const struct function *function, struct senet_error *error, enum senet_code code,
                              const char *format, ...)
{
    char described[192], text[192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return senet_error_set(error, code, "%s: %s", function_describe(function, described, sizeof described), text);
}

/* Makes one row of an input and an output that share their name. */
static enum senet_code merge_formals(struct function *function, struct senet_error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < function->formal_count; i++) {
        const struct formal *formal = &function->formals[i];
        struct formal *last = kept ? &function->formals[kept - 1] : NULL;
        if (!last || compare_formals(last, formal)) {
            function->formals[kept++] = *formal;
            continue;
        }
        size_t *place = formal->input != NO_OPERAND ? &last->input : &last->output;
        if (*place != NO_OPERAND)
            return function_fail(function, error, SENET_MODEL_MALFORMED, "it has two operands '%.60s'", formal->name);
        *place = formal->input != NO_OPERAND ? formal->input : formal->output;
    }
    function->formal_count = kept;
    return SENET_OK;
}

/* False when memory is short. */
static bool list_handed_through(struct function *function, struct arena *scratch)
{
    function->handed_through = arena_alloc(scratch, function->formal_count, sizeof(struct formal *));
    for (size_t i = 0; function->handed_through && i < function->formal_count; i++)
        if (function->formals[i].input != NO_OPERAND && function->formals[i].output != NO_OPERAND)
            function->handed_through[function->handed_through_count++] = &function->formals[i];
    return function->handed_through != NULL;
}

static enum senet_code read_function(const Onnx__FunctionProto *proto, struct arena *scratch, struct function *function,
                                     struct senet_error *error)
{
    *function = (struct function){.proto = proto, .opset = opset_find(proto->opset_import, proto->n_opset_import)};
    function->formals = arena_alloc(scratch, proto->n_input + proto->n_output, sizeof *function->formals);
    if (!function->formals)
        return error_out_of_memory(error);
    for (size_t i = 0; i < proto->n_input; i++)
        function->formals[function->formal_count++] = (struct formal){proto->input[i], i, NO_OPERAND};
    for (size_t i = 0; i < proto->n_output; i++)
        function->formals[function->formal_count++] = (struct formal){proto->output[i], NO_OPERAND, i};
    qsort(function->formals, function->formal_count, sizeof *function->formals, compare_formals);
    enum senet_code code = merge_formals(function, error);
    return code || list_handed_through(function, scratch) ? code : error_out_of_memory(error);
}

enum senet_code functions_read(const Onnx__ModelProto *model, struct arena *scratch, struct functions *functions,
                               struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    functions->rows = arena_alloc(scratch, model->n_functions, sizeof *functions->rows);
    if (!functions->rows)
        return error_out_of_memory(error);
    for (functions->count = 0; !code && functions->count < model->n_functions; functions->count++)
        code = read_function(model->functions[functions->count], scratch, &functions->rows[functions->count], error);
    if (code)
        return code;
    qsort(functions->rows, functions->count, sizeof *functions->rows, compare_functions);
    for (size_t i = 1; i < functions->count; i++)
        if (!compare_functions(&functions->rows[i - 1], &functions->rows[i]))
            return function_fail(&functions->rows[i], error, SENET_MODEL_MALFORMED, "it is defined twice");
    return SENET_OK;
}

struct function *functions_find(const struct functions *functions, const Onnx__NodeProto *node)
{
    const struct key key = {domain_name(node->domain), name_or_empty(node->op_type), name_or_empty(node->overload)};
    if (!functions->count)
        return NULL;
    return bsearch(&key, functions->rows, functions->count, sizeof *functions->rows, compare_call);
}

const struct formal *function_formal(const struct function *function, const char *name)
{
    const struct formal wanted = {.name = name};
    if (!function->formal_count)
        return NULL;
    return bsearch(&wanted, function->formals, function->formal_count, sizeof wanted, compare_formals);
}
