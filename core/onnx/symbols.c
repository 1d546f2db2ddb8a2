#include "onnx/symbols.h"

#include <stdlib.h>
#include <string.h>

void symbols_add(struct symbols *symbols, const char *name, struct value *value, size_t producer)
{
    symbols->rows[symbols->count++] = (struct symbol){name, value, producer};
}

static int compare_names(const void *a, const void *b)
{
    const struct symbol *first = a, *second = b;
    return strcmp(first->name, second->name);
}

const struct symbol *symbols_sort(struct symbols *symbols)
{
    qsort(symbols->rows, symbols->count, sizeof *symbols->rows, compare_names);
    for (size_t i = 1; i < symbols->count; i++)
        if (!compare_names(&symbols->rows[i - 1], &symbols->rows[i])) {
            /* The one that a node produces tells more. */
            const struct symbol *first = &symbols->rows[i - 1];
            return first->producer != NO_PRODUCER ? first : first + 1;
        }
    return NULL;
}

const struct symbol *symbols_find(const struct symbols *symbols, const char *name)
{
    const struct symbol wanted = {.name = name};
    if (!symbols->count)
        return NULL;
    return bsearch(&wanted, symbols->rows, symbols->count, sizeof *symbols->rows, compare_names);
}
