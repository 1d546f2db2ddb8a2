/* What golden.c knows and golden_file.c has to. */
#ifndef SENET_NPZ_GOLDEN_H
#define SENET_NPZ_GOLDEN_H

#include "senet.h"

/* Bytes that the golden file of a model can have at most. */
size_t golden_largest_file(const struct senet_model_info *info);

#endif
