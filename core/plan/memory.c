#include "plan/memory.h"

#include <stdlib.h>

#include "base/checked.h"

static int larger_first(const void *a, const void *b)
{
    const struct memory_request *left = *(struct memory_request *const *)a;
    const struct memory_request *right = *(struct memory_request *const *)b;
    if (left->bytes != right->bytes)
        return left->bytes > right->bytes ? -1 : 1;
    return left < right ? -1 : 1; /* equal sizes in the order given, so that plans are reproducible */
}

static bool alive_together(const struct memory_request *a, const struct memory_request *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool round_up(size_t bytes, size_t *rounded)
{
    if (!checked_add_size(bytes, MEMORY_ALIGNMENT - 1, rounded))
        return false;
    *rounded -= *rounded % MEMORY_ALIGNMENT;
    return true;
}

/* `placed` is in order of offset; the lowest gap between those alive together with `request` wins. */
static bool place(struct memory_request *request, struct memory_request *const *placed, size_t count, size_t *end)
{
    size_t offset = 0, own_end;
    for (size_t i = 0; i < count; i++) {
        const struct memory_request *other = placed[i];
        if (!alive_together(request, other))
            continue;
        if (other->offset >= offset && other->offset - offset >= request->bytes)
            break;
        size_t other_end;
        if (!round_up(other->offset + other->bytes, &other_end))
            return false;
        if (other_end > offset)
            offset = other_end;
    }
    if (!checked_add_size(offset, request->bytes, &own_end) || !round_up(own_end, end))
        return false;
    request->offset = offset;
    return true;
}

static void insert_by_offset(struct memory_request **placed, size_t count, struct memory_request *request)
{
    size_t at = count;
    for (; at > 0 && placed[at - 1]->offset > request->offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = request;
}

bool memory_plan(struct memory_request *requests, size_t count, size_t *total)
{
    /* One slot more, as calloc of nothing may return NULL. */
    struct memory_request **order = calloc(count + 1, sizeof *order);
    struct memory_request **placed = calloc(count + 1, sizeof *placed);
    bool planned = order && placed;
    size_t high = 0;
    for (size_t i = 0; planned && i < count; i++)
        order[i] = &requests[i];
    if (planned && count > 0)
        qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; planned && i < count; i++) {
        size_t end;
        planned = place(order[i], placed, i, &end);
        if (planned) {
            insert_by_offset(placed, i, order[i]);
            high = end > high ? end : high;
        }
    }
    free(order);
    free(placed);
    if (planned)
        *total = high;
    return planned;
}
