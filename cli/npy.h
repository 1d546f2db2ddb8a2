/*
 * NumPy's .npy files (numpy.lib.format): what `senet run` reads and writes.
 *
 *   "\x93NUMPY", major, minor      8 bytes; versions 1.0, 2.0 and 3.0
 *   header length                  little-endian, 2 bytes in version 1, else 4
 *   header                         {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), } padded with spaces
 *   numbers                        to the end of the file, last dimension fastest
 *
 * Read are float32 and float64 (rounded to float32), little-endian, in C order; written is float32, version 1.0.
 */
#ifndef SENET_CLI_NPY_H
#define SENET_CLI_NPY_H

#include <stdbool.h>
#include <stddef.h>

#include "senet.h"

struct npy {
    struct senet_shape shape;
    float *data;
};

/* `bytes` is a whole file, trusted in nothing. The caller releases *npy. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
enum senet_code npy_parse(const void *bytes, size_t size, struct npy *npy, struct senet_error *error);
void npy_release(struct npy *npy);

/* Appends a whole file. */
void npy_append(struct senet_buffer *buffer, const struct senet_shape *shape, const float *data);

#endif
