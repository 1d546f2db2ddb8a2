/*
 * DESIGN
 * timm's evaluation transform is a resize and a centre crop (or padding). Both are only planned, side by side for both
 * axes, so that the resize computes no pixel that the crop would throw away.
 */
#include "image/plan.h"

#include <math.h>

/* 1 / crop_pct of the tensor's side; the rest was checked by the caller. */
static bool plan_scale(struct axis_plan *axis, int64_t side, double crop_pct)
{
    double scale_size = floor((double)side / crop_pct);
    if (!(scale_size >= 1 && scale_size <= IMAGE_SIDE_MAX))
        return false;
    axis->scale_size = (int64_t)scale_size;
    return true;
}

/* torchvision's Resize(size): the long side is truncated. */
static void plan_shortest(struct axis_plan *shorter, struct axis_plan *longer)
{
    shorter->resize.out = shorter->scale_size;
    longer->resize.out = (int64_t)((double)(shorter->scale_size * longer->resize.in) / (double)shorter->resize.in);
}

/* timm's ResizeKeepRatio: both sides are divided by one ratio and rounded, half to even. timm fails at 0 pixels. */
static void plan_ratio(struct axis_plan *axis, double ratio)
{
    int64_t out = (int64_t)rint((double)axis->resize.in / ratio);
    axis->resize.out = out > 1 ? out : 1;
}

static void plan_resize(struct axis_plan *x, struct axis_plan *y, enum senet_crop_mode mode)
{
    double ratio_x = (double)x->resize.in / (double)x->scale_size;
    double ratio_y = (double)y->resize.in / (double)y->scale_size;
    if (mode == SENET_CROP_SQUASH) {
        x->resize.out = x->scale_size;
        y->resize.out = y->scale_size;
    } else if (mode == SENET_CROP_CENTER && x->scale_size == y->scale_size) {
        if (x->resize.in <= y->resize.in)
            plan_shortest(x, y);
        else
            plan_shortest(y, x);
    } else {
        double ratio = mode == SENET_CROP_BORDER ? fmax(ratio_x, ratio_y) : fmin(ratio_x, ratio_y);
        plan_ratio(x, ratio);
        plan_ratio(y, ratio);
    }
}

/* torchvision's CenterCrop: an odd rest of padding goes behind, an odd rest of cutting is rounded half to even. */
static void plan_crop(struct axis_plan *axis, int64_t side)
{
    int64_t spare = axis->resize.out - side;
    axis->pad = spare < 0 ? -spare / 2 : 0;
    axis->resize.first = spare > 0 ? (int64_t)rint((double)spare / 2) : 0;
    axis->resize.count = spare < 0 ? axis->resize.out : side;
}

/* timm gives no interpolation to the resize for a centre crop that is not square: its default stands. */
static enum senet_interpolation effective_interpolation(const struct senet_preprocess *preprocess,
                                                        const struct plan *plan)
{
    bool defaulted = preprocess->crop_mode == SENET_CROP_CENTER && plan->x.scale_size != plan->y.scale_size;
    return defaulted ? SENET_BILINEAR : preprocess->interpolation;
}

static bool is_side(int64_t side)
{
    return side >= 1 && side <= IMAGE_SIDE_MAX;
}

enum senet_code plan_init(struct plan *plan, const struct senet_preprocess *preprocess, int64_t width, int64_t height,
                          struct senet_error *error)
{
    if (!is_side(width) || !is_side(height))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the image has no size that can be resized");
    if (preprocess->channels != 3 || !is_side(preprocess->height) || !is_side(preprocess->width))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the input size is not 3 channels of an image");
    *plan = (struct plan){.x.resize = {.in = width, .held = width, .covered = (double)width},
                          .y.resize = {.in = height, .held = height, .covered = (double)height}};
    if (!plan_scale(&plan->x, preprocess->width, preprocess->crop_pct) ||
        !plan_scale(&plan->y, preprocess->height, preprocess->crop_pct))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "crop_pct gives no size that an image can have");
    plan_resize(&plan->x, &plan->y, preprocess->crop_mode);
    plan_crop(&plan->x, preprocess->width);
    plan_crop(&plan->y, preprocess->height);
    plan->interpolation = effective_interpolation(preprocess, plan);
    return SENET_OK;
}

static bool leaves(const struct axis_plan *axis, int reduction, int times)
{
    return axis->resize.in / reduction >= times * axis->resize.out;
}

int plan_reduction(const struct plan *plan, enum senet_jpeg_scaling scaling)
{
    if (scaling == SENET_JPEG_SCALING_EXACT)
        return 1;
    if (scaling == SENET_JPEG_SCALING_AUTO && !(leaves(&plan->x, 1, 4) && leaves(&plan->y, 1, 4)))
        return 1;
    int reduction = 8;
    while (reduction > 1 && !(leaves(&plan->x, reduction, 2) && leaves(&plan->y, reduction, 2)))
        reduction /= 2;
    return reduction;
}

static void reduce_axis(struct resize_axis *axis, int reduction)
{
    axis->covered = (double)axis->in / reduction;
    axis->in = axis->held = (axis->in + reduction - 1) / reduction;
}

void plan_reduce(struct plan *plan, int reduction)
{
    reduce_axis(&plan->x.resize, reduction);
    reduce_axis(&plan->y.resize, reduction);
}
