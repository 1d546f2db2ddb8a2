/* Tensors on disk: .npy files read and written whole. Both return a status after complaining about the file. */
#ifndef SENET_CLI_TENSOR_FILE_H
#define SENET_CLI_TENSOR_FILE_H

#include "senet.h"

/* The caller releases *npy. */
int tensor_file_read(const char *path, struct senet_npy *npy);
int tensor_file_write(const char *path, const struct senet_shape *shape, const float *data);

#endif
