#include "onnx/operators.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/ops.h"
#include "onnx/names.h"
#include "onnx/scopes.h"

/* A node of an unknown operator. */
struct foreign {
    const char *domain, *type, *node;
    size_t index; /* of the node, so that the first comes first */
};

/* Text that grows until it is full; `cut` says that it should have been longer. */
struct text {
    char bytes[sizeof((struct senet_error *)0)->message];
    size_t length, room;
    bool cut;
};

static int compare_operators(const struct foreign *a, const struct foreign *b)
{
    int order = strcmp(a->type, b->type);
    return order ? order : strcmp(a->domain, b->domain);
}

static int compare_uses(const void *a, const void *b)
{
    const struct foreign *first = a, *second = b;
    int order = compare_operators(first, second);
    return order ? order : (first->index > second->index) - (first->index < second->index);
}

static size_t count_foreign(const struct node_list *nodes)
{
    size_t count = 0;
    for (size_t i = 0; i < nodes->count; i++)
        count += *domain_name(nodes->nodes[i]->domain) || op_find(name_or_empty(nodes->nodes[i]->op_type)) == OP_COUNT;
    return count;
}

/* False when memory is short. */
static bool find_foreign(const struct node_list *nodes, struct foreign *found, struct arena *scratch)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const Onnx__NodeProto *node = nodes->nodes[i];
        const char *domain = domain_name(node->domain), *type = name_or_empty(node->op_type);
        if (!*domain && op_find(type) != OP_COUNT)
            continue;
        *found = (struct foreign){domain, type, scopes_node_name(node, scratch), i};
        if (!found++->node)
            return false;
    }
    return true;
}

/* All or nothing. */
SENET_PRINTF(2, 3)
static void add(struct text *text, const char *format, ...)
{
    char piece[192];
    va_list arguments;
    va_start(arguments, format);
    size_t size = (size_t)vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (size >= sizeof piece)
        size = sizeof piece - 1;
    text->cut |= size > text->room - text->length;
    if (text->cut)
        return;
    memcpy(text->bytes + text->length, piece, size);
    text->length += size;
    text->bytes[text->length] = '\0';
}

static size_t operator_end(const struct foreign *uses, size_t count, size_t begin)
{
    size_t end = begin + 1;
    while (end < count && !compare_operators(&uses[begin], &uses[end]))
        end++;
    return end;
}

/* "com.example.Erf ('/a/Erf', a nameless node and 3 more)" */
static void add_operator(struct text *text, const struct foreign *uses, size_t count, size_t named)
{
    add(text, "%.40s%s%.40s", uses->domain, *uses->domain ? "." : "", *uses->type ? uses->type : "(none)");
    if (!named)
        add(text, " (%zu node%s", count, count > 1 ? "s" : "");
    for (size_t i = 0; i < count && i < named && !text->cut; i++) {
        const char *quote = *uses[i].node ? "'" : "";
        add(text, "%s%s%.80s%s", i ? ", " : " (", quote, *quote ? uses[i].node : "a nameless node", quote);
    }
    if (named && count > named)
        add(text, " and %zu more", count - named);
    add(text, ")");
}

/* As many operators as fit, whole, each with up to `named` of its nodes. Returns how many these are. */
static size_t list_operators(struct text *text, const struct foreign *uses, size_t count, size_t operators,
                             size_t named)
{
    size_t listed = 0, whole = 0;
    text->length = 0;
    text->cut = false;
    add(text, "%zu unsupported operator%s in %zu node%s: ", operators, operators > 1 ? "s" : "", count,
        count > 1 ? "s" : "");
    for (size_t begin = 0, end; begin < count; begin = end) {
        end = operator_end(uses, count, begin);
        whole = text->length;
        add(text, "%s", begin ? ", " : "");
        add_operator(text, &uses[begin], end - begin, named);
        if (text->cut)
            break;
        listed++;
    }
    if (text->cut)
        text->bytes[text->length = whole] = '\0';
    return listed;
}

/* Rather all operators with some of their nodes than some operators with all of theirs. */
static enum senet_code report(const struct foreign *uses, size_t count, struct senet_error *error)
{
    static const char tail[] = ", ... (65536 more)";
    struct text text = {.room = sizeof text.bytes - 1};
    size_t operators = 0, named = 0;
    for (size_t begin = 0; begin < count; begin = operator_end(uses, count, begin))
        operators++;
    while (named < count && list_operators(&text, uses, count, operators, named + 1) == operators)
        named++;
    if (list_operators(&text, uses, count, operators, named) < operators) {
        text.room -= sizeof tail;
        size_t listed = list_operators(&text, uses, count, operators, 0);
        text.room += sizeof tail;
        text.cut = false;
        add(&text, ", ... (%zu more)", operators - listed);
    }
    return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s", text.bytes);
}

enum senet_code operators_check(const struct node_list *nodes, struct arena *scratch, struct senet_error *error)
{
    size_t count = count_foreign(nodes);
    if (!count)
        return SENET_OK;
    struct foreign *found = arena_alloc(scratch, count, sizeof *found);
    if (!found || !find_foreign(nodes, found, scratch))
        return error_out_of_memory(error);
    qsort(found, count, sizeof *found, compare_uses);
    return report(found, count, error);
}
