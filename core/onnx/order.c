#include "onnx/order.h"

#include <stdint.h>

enum visit { UNSEEN, OPEN, DONE };

/* A depth-first search with its stack on the heap: files may chain a million nodes. */
struct search {
    const struct dependencies *dependencies;
    unsigned char *visits; /* enum visit of each node */
    size_t *next;          /* of each open node: the producer to look at */
    size_t *stack;
    size_t depth;
};

static void open_node(struct search *search, size_t node)
{
    search->visits[node] = OPEN;
    search->next[node] = search->dependencies->first[node];
    search->stack[search->depth++] = node;
}

/* Appends `root` and what it needs to `order`. Returns a node on a cycle, or NO_CYCLE. */
static size_t order_from(struct search *search, size_t root, size_t *order, size_t *ordered)
{
    const struct dependencies *dependencies = search->dependencies;
    open_node(search, root);
    while (search->depth > 0) {
        size_t node = search->stack[search->depth - 1];
        if (search->next[node] == dependencies->first[node + 1]) {
            search->visits[node] = DONE;
            search->depth--;
            order[(*ordered)++] = node;
            continue;
        }
        size_t producer = dependencies->producers[search->next[node]++];
        if (search->visits[producer] == OPEN)
            return producer;
        if (search->visits[producer] == UNSEEN)
            open_node(search, producer);
    }
    return NO_CYCLE;
}

bool order_nodes(const struct dependencies *dependencies, struct arena *scratch, size_t *order, size_t *cycle)
{
    size_t count = dependencies->node_count, ordered = 0;
    struct search search = {
        .dependencies = dependencies,
        .visits = arena_alloc(scratch, count, sizeof *search.visits),
        .next = arena_alloc(scratch, count, sizeof *search.next),
        .stack = arena_alloc(scratch, count, sizeof *search.stack),
    };
    if (!search.visits || !search.next || !search.stack)
        return false;
    *cycle = NO_CYCLE;
    for (size_t node = 0; node < count && *cycle == NO_CYCLE; node++)
        if (search.visits[node] == UNSEEN)
            *cycle = order_from(&search, node, order, &ordered);
    return true;
}
