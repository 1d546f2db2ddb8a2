#include "kernels/prepare.h"

#include "base/error.h"

/* Below about this many elements a thread costs more to wake than it saves. */
#define ELEMENTS_PER_GRAIN 4096

enum senet_code prepare_node(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    (void)error;
    setup->params = node;
    return SENET_OK;
}

void *prepare_params(struct kernel_setup *setup, size_t size, struct senet_error *error)
{
    void *params = arena_alloc(setup->arena, 1, size);
    if (!params)
        error_out_of_memory(error);
    setup->params = params;
    return params;
}

enum senet_code prepare_vector_node(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct vector_node *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    *params = (struct vector_node){node, setup->simd};
    return SENET_OK;
}

const struct tensor *optional_input(const struct kernel_call *call, const struct node *node, int index)
{
    return index < node->input_count && call->inputs[index].data ? &call->inputs[index] : NULL;
}

int64_t parallel_grain(int64_t item_elements)
{
    return item_elements < ELEMENTS_PER_GRAIN ? ELEMENTS_PER_GRAIN / item_elements : 1;
}

void broadcast_strides(const struct senet_shape *from, const struct senet_shape *to, int64_t *strides)
{
    int64_t stride = 1;
    for (int axis = to->rank - 1; axis >= 0; axis--) {
        int own = axis - (to->rank - from->rank);
        int64_t dim = own >= 0 ? from->dim[own] : 1;
        strides[axis] = dim == 1 ? 0 : stride;
        stride *= dim;
    }
}

void row_major_strides(const struct senet_shape *shape, int64_t *strides)
{
    int64_t stride = 1;
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= shape->dim[axis];
    }
}

void index_of_row(int64_t row, const struct senet_shape *shape, int64_t *index)
{
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        index[axis] = row % shape->dim[axis];
        row /= shape->dim[axis];
    }
}

void index_advance(int64_t *index, const struct senet_shape *shape)
{
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        if (++index[axis] < shape->dim[axis])
            return;
        index[axis] = 0;
    }
}

int64_t index_offset(const int64_t *index, const int64_t *strides, int rank)
{
    int64_t offset = 0;
    for (int axis = 0; axis < rank; axis++)
        offset += index[axis] * strides[axis];
    return offset;
}
