/*
 * What commands read: whole files, models, images. The int functions return STATUS_DONE, or STATUS_FAILED after
 * complaining about the file; outputs are written only when done.
 */
#ifndef SENET_CLI_SOURCE_H
#define SENET_CLI_SOURCE_H

#include <stddef.h>

#include "senet.h"

/* "-" is stdin. The caller frees *bytes. */
int source_bytes(const char *path, void **bytes, size_t *size);

/* `path` NULL is the built-in model. The caller frees *model. */
int source_model(const char *path, const struct senet_load_options *options, struct senet_model **model);

/* Fails unless the model takes one image of its preprocessing's size at a time. */
int source_takes_images(const struct senet_model_info *info);

/* "-" is stdin. The caller releases *image. */
int source_image(const char *path, const struct senet_decode_options *options, struct senet_image *image);

/* How answers call a model: the folder's or the file's own name, and the number of a version folder. */
struct model_identity {
    char name[128];
    char version[24];
};
void source_identity(const char *path, struct model_identity *identity);

#endif
