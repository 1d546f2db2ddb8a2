/* What set.c gathers of this folder's sources, under the names of the instruction set being compiled for. */
#ifndef SENET_IMAGE_SIMD_SET_H
#define SENET_IMAGE_SIMD_SET_H

#include "image/simd/simd.h"
#include "kernels/simd/vector.h"

void SIMD(image_columns)(const struct image_columns *columns);
void SIMD(image_row)(const struct image_row *row);

#endif
