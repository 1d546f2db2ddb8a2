/* From a node's attributes to its extents: what the files that make geometries (geometry.h) share. */
#ifndef SENET_GRAPH_EXTENTS_H
#define SENET_GRAPH_EXTENTS_H

#include "graph/geometry.h"

/* Larger strides, dilations, pads and groups mean nothing for tensors below TENSOR_BYTES_MAX, and overflow. */
#define EXTENT_MAX INT32_MAX

enum padding { PADDING_EXPLICIT, PADDING_VALID, PADDING_SAME_UPPER, PADDING_SAME_LOWER };

/* Strides, dilations and pads of the node's axes; those that it lacks are set whole. */
enum senet_code read_extents(const struct node *node, struct extent axes[SPATIAL_AXES], enum padding *padding,
                             struct senet_error *error);
/* One number of at least `minimum` for each spatial axis, the first for the first that the node has. */
enum senet_code read_spatial(const struct node *node, const char *name, int64_t minimum, int64_t missing,
                             int64_t integers[SPATIAL_AXES], struct senet_error *error);
/* The first of the axes that the node's input has. */
int first_spatial(const struct node *node);
/* From kernel, strides and pads to the number of outputs. */
enum senet_code resolve_extents(const struct node *node, struct extent axes[SPATIAL_AXES], enum padding padding,
                                bool ceil_mode, struct senet_error *error);
/* Input 0 is batch x channels and one to three axes more. */
enum senet_code require_spatial(const struct node *node, struct senet_error *error);
/* What kernels may build beside input and output stays below TENSOR_BYTES_MAX. */
bool scratch_fits(const struct extent axes[SPATIAL_AXES], int64_t batch, int64_t channels);
/* From the first tap of a window to its last. */
int64_t extent_reach(const struct extent *extent);
struct window window_of(const struct extent axes[SPATIAL_AXES]);

#endif
