/* timm's evaluation transform as a plan: what becomes of each axis of an image on its way to the tensor. */
#ifndef SENET_IMAGE_PLAN_H
#define SENET_IMAGE_PLAN_H

#include "image/resize.h"

struct axis_plan {
    int64_t scale_size; /* timm's name: what the image is scaled to before the crop */
    struct resize_axis resize;
    int64_t pad; /* before the first wanted sample */
};

struct plan {
    struct axis_plan x, y;
    enum senet_interpolation interpolation;
};

/* Of an image of this size. Errors: INVALID_ARGUMENT. */
enum senet_code plan_init(struct plan *plan, const struct senet_preprocess *preprocess, int64_t width, int64_t height,
                          struct senet_error *error);

/* By how much decoding may shrink the image: 1, 2, 4 or 8. */
int plan_reduction(const struct plan *plan, enum senet_jpeg_scaling scaling);

/* The plan for the image at 1/reduction of its size. Parts of a pixel count as one. */
void plan_reduce(struct plan *plan, int reduction);

#endif
