/* One image through a model. */
#ifndef SENET_CLI_PREDICT_IMAGE_H
#define SENET_CLI_PREDICT_IMAGE_H

#include <stdint.h>

#include "senet.h"

/* Milliseconds. */
struct predict_timing {
    double decode, preprocess, inference;
};

struct predict_image {
    const char *path;
    int64_t width, height;
    int exif_orientation;
    struct predict_timing timing;
};

/*
 * Reads, decodes and preprocesses result->path and runs the session, which then holds the answer; the rest of *result
 * is filled. The model takes images (source_takes_images), decoding->preprocess is its own. STATUS_DONE, or
 * STATUS_FAILED after complaining about the file.
 */
int predict_image_run(struct senet_session *session, const struct senet_decode_options *decoding,
                      struct predict_image *result);

#endif
