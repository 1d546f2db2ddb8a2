#include "onnx/operators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/ops.h"

/* A use of an unknown operator. */
struct foreign {
    const char *domain, *type, *node;
    size_t index; /* of the node, so that the first comes first */
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

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* The domain of ONNX's own operators has two spellings. */
static bool is_default_domain(const char *domain)
{
    return !*domain || !strcmp(domain, "ai.onnx");
}

static size_t find_foreign(const Onnx__GraphProto *graph, struct foreign *found)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        const char *domain = or_empty(node->domain), *type = or_empty(node->op_type);
        if (is_default_domain(domain)) {
            if (op_find(type) != OP_COUNT)
                continue;
            domain = "";
        }
        found[count++] = (struct foreign){domain, type, or_empty(node->name), i};
    }
    return count;
}

/* Keeps the first use of each operator. */
static size_t drop_repeated(struct foreign *uses, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_operators(&uses[kept - 1], &uses[i]))
            uses[kept++] = uses[i];
    return kept;
}

static enum senet_code report(const struct foreign *operators, size_t count, struct senet_error *error)
{
    static const char tail[] = ", ... (999999 more)";
    char message[sizeof error->message];
    size_t length =
        (size_t)snprintf(message, sizeof message, "%zu unsupported operator%s", count, count > 1 ? "s" : "");
    for (size_t i = 0; i < count; i++) {
        char text[160];
        size_t room = sizeof message - length - (i + 1 < count ? sizeof tail : 1);
        size_t size =
            (size_t)snprintf(text, sizeof text, "%s%.40s%s%.40s%s%.48s%s", i ? ", " : ": ", operators[i].domain,
                             *operators[i].domain ? "." : "", operators[i].type, *operators[i].node ? " ('" : "",
                             operators[i].node, *operators[i].node ? "')" : "");
        if (size > room) {
            snprintf(message + length, sizeof message - length, ", ... (%zu more)", count - i);
            break;
        }
        memcpy(message + length, text, size + 1);
        length += size;
    }
    return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s", message);
}

enum senet_code operators_check(const Onnx__GraphProto *graph, struct arena *scratch, struct senet_error *error)
{
    struct foreign *found = arena_alloc(scratch, graph->n_node, sizeof *found);
    if (!found)
        return error_out_of_memory(error);
    size_t count = find_foreign(graph, found);
    qsort(found, count, sizeof *found, compare_uses);
    count = drop_repeated(found, count);
    return count ? report(found, count, error) : SENET_OK;
}
