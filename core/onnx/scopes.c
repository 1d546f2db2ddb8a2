#include "onnx/scopes.h"

#include <string.h>

#include "onnx/names.h"

static const char *find_scopes(const Onnx__NodeProto *node)
{
    for (size_t i = 0; i < node->n_metadata_props; i++)
        if (!strcmp(name_or_empty(node->metadata_props[i]->key), "pkg.torch.onnx.name_scopes"))
            return node->metadata_props[i]->value;
    return NULL;
}

/* The next string of a list as Python prints it; NULL after the last one. *list moves behind it. */
static const char *next_scope(const char **list, size_t *length)
{
    const char *quote = strpbrk(*list, "'\"");
    const char *end = quote ? strchr(quote + 1, *quote) : NULL;
    if (!end)
        return NULL;
    *length = (size_t)(end - quote - 1);
    *list = end + 1;
    return quote + 1;
}

/* Appends all scopes but the operation's own to `path`, which has room for the whole list. */
static void append_modules(const char *list, char *path)
{
    size_t length, next_length;
    const char *scope = next_scope(&list, &length);
    for (const char *next; scope && (next = next_scope(&list, &next_length)); scope = next, length = next_length) {
        if (!length)
            continue;
        *path++ = '/';
        memcpy(path, scope, length);
        path += length;
    }
    *path = '\0';
}

char *scopes_node_name(const Onnx__NodeProto *node, struct arena *arena)
{
    const char *name = name_or_empty(node->name), *list = find_scopes(node);
    if (!list)
        return arena_strdup(arena, name);
    char *path = arena_alloc(arena, strlen(list) + 1, 1);
    if (!path)
        return NULL;
    append_modules(list, path);
    if (!*path)
        return arena_strdup(arena, name);
    const char *own = *name ? name : name_or_empty(node->op_type);
    return arena_printf(arena, "%s/%s", path, own + (*own == '/'));
}
