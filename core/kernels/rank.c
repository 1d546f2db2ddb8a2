/* ArgMax, ArgMin and TopK: where the elements lie that come first in order. */
#include "graph/ops.h"
#include "kernels/lines.h"
#include "kernels/order.h"
#include "kernels/planar.h"

static struct lines lines_of(const struct kernel_call *call, const struct node *node)
{
    return lines_along(call->inputs[0].shape, node_attribute_int(node, "axis", 0), 1);
}

/* Data (...) -> the place along the axis, int64. Of equal elements the first counts, or the last. */
void arg_extreme(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct lines lines = lines_of(call, node);
    bool smallest = node->op == OP_ARG_MIN, last = node_attribute_int(node, "select_last_index", 0) != 0;
    int64_t *output = call->outputs[0].data;
    for (int64_t line = 0; line < lines.outer * lines.stride; line++) {
        int64_t first = lines_begin(&lines, line), found = 0, best = element_rank(&call->inputs[0], first);
        for (int64_t i = 1; i < lines.count; i++) {
            int64_t rank = element_rank(&call->inputs[0], first + i * lines.stride);
            if ((smallest ? rank < best : rank > best) || (last && rank == best)) {
                found = i;
                best = rank;
            }
        }
        output[line] = found;
    }
}

struct candidate {
    int64_t rank, place;
};

/* Equal elements stay in the order of their places. */
static bool comes_before(const struct candidate *a, const struct candidate *b, bool largest)
{
    return a->rank == b->rank ? a->place < b->place : (a->rank > b->rank) == largest;
}

static void swap(struct candidate *a, struct candidate *b)
{
    struct candidate kept = *a;
    *a = *b;
    *b = kept;
}

/* Below `at` each candidate comes after its two children; afterwards at `at` too. */
static void sift_down(struct candidate *heap, int64_t count, int64_t at, bool largest)
{
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(&heap[child], &heap[child + 1], largest))
            child++;
        if (comes_before(&heap[child], &heap[at], largest))
            return;
        swap(&heap[at], &heap[child]);
    }
}

/* In place, by a heap: qsort may allocate, and a run does not. */
static void sort_candidates(struct candidate *candidates, int64_t count, bool largest)
{
    for (int64_t at = count / 2; at-- > 0;)
        sift_down(candidates, count, at, largest);
    for (int64_t last = count - 1; last > 0; last--) {
        swap(&candidates[0], &candidates[last]);
        sift_down(candidates, last, 0, largest);
    }
}

enum senet_code top_k_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    int64_t count = node->inputs[0]->shape.dim[node_attribute_int(node, "axis", 0)];
    setup->workspace_bytes = (size_t)count * sizeof(struct candidate);
    return prepare_node(node, setup, error);
}

/* Data (...) -> its k first elements along the axis, and their places, int64. Sorted whether asked for or not. */
void top_k(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct lines lines = lines_of(call, node);
    bool largest = node_attribute_int(node, "largest", 1) != 0;
    int64_t k = node_attribute_int(node, "k", 1);
    struct candidate *candidates = call->workspace;
    int64_t *places = node_output(node, 1) ? call->outputs[1].data : NULL;
    for (int64_t line = 0; line < lines.outer * lines.stride; line++) {
        int64_t first = lines_begin(&lines, line);
        int64_t out = line / lines.stride * k * lines.stride + line % lines.stride;
        for (int64_t i = 0; i < lines.count; i++)
            candidates[i] = (struct candidate){element_rank(&call->inputs[0], first + i * lines.stride), i};
        sort_candidates(candidates, lines.count, largest);
        for (int64_t i = 0; i < k; i++) {
            element_copy(&call->inputs[0], first + candidates[i].place * lines.stride, &call->outputs[0],
                         out + i * lines.stride);
            if (places)
                places[out + i * lines.stride] = candidates[i].place;
        }
    }
}
