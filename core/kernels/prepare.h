/* Types and helpers that all kernel families share. */
#ifndef SENET_KERNELS_PREPARE_H
#define SENET_KERNELS_PREPARE_H

#include "kernels/kernel.h"

typedef bool kernel_accepts(const struct node *node);
typedef enum senet_code kernel_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error);
typedef void kernel_run(const struct kernel_call *call);

/* For kernels that read the node itself at every run: it lives as long as the plan. Never fails. */
kernel_prepare prepare_node;

/* The same for those that use the vector loops of the plan's instruction set. */
struct vector_node {
    const struct node *node;
    const struct simd *simd;
};
kernel_prepare prepare_vector_node; /* params are a struct vector_node */

/* Zeroed params of `size` bytes in the setup's arena, handed to every run. NULL, with `error` filled, when out of
 * memory. */
void *prepare_params(struct kernel_setup *setup, size_t size, struct senet_error *error);

/* NULL when the node omits input `index`. */
const struct tensor *optional_input(const struct kernel_call *call, const struct node *node, int index);

/* How many items of `item_elements` each are worth waking another thread for: the grain of team_run. */
int64_t parallel_grain(int64_t item_elements);

/*
 * Row-major strides with which a tensor of shape `from` is read when broadcast to `to` (numpy's rules): 0 along
 * repeated axes. `strides` has to->rank elements.
 */
void broadcast_strides(const struct senet_shape *from, const struct senet_shape *to, int64_t *strides);

/* How far apart the elements of each axis lie, axes of one element among them. */
void row_major_strides(const struct senet_shape *shape, int64_t *strides);

/* The row-major index of element `row` of `shape`. */
void index_of_row(int64_t row, const struct senet_shape *shape, int64_t *index);
/* Advances a row-major index over `shape` by one; past the last it is back at all zeros. */
void index_advance(int64_t *index, const struct senet_shape *shape);
int64_t index_offset(const int64_t *index, const int64_t *strides, int rank);

#endif
