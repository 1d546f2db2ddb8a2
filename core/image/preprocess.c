/*
 * DESIGN
 * timm's evaluation transform is a resize, a centre crop (or padding), and a normalisation. The first two are only
 * planned, side by side for both axes, so that the resize computes no pixel that the crop would throw away.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "image/resize.h"
#include "senet.h"

const char *senet_interpolation_text(enum senet_interpolation interpolation)
{
    static const char *const texts[] = {
        [SENET_NEAREST] = "nearest", [SENET_BILINEAR] = "bilinear", [SENET_BICUBIC] = "bicubic"};
    return texts[interpolation];
}

const char *senet_crop_mode_text(enum senet_crop_mode mode)
{
    static const char *const texts[] = {
        [SENET_CROP_CENTER] = "center", [SENET_CROP_SQUASH] = "squash", [SENET_CROP_BORDER] = "border"};
    return texts[mode];
}

/* One axis of the way from the image to the tensor: resize, then cut `resize.first` off or put `pad` before. */
struct axis_plan {
    int64_t scale_size; /* timm's name: what the image is scaled to before the crop */
    struct resize_axis resize;
    int64_t pad;
};

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
                                                        const struct axis_plan *x, const struct axis_plan *y)
{
    bool defaulted = preprocess->crop_mode == SENET_CROP_CENTER && x->scale_size != y->scale_size;
    return defaulted ? SENET_BILINEAR : preprocess->interpolation;
}

/* What each byte becomes, in the order of PyTorch's ToTensor and Normalize. False if that is not finite. */
static bool fill_table(float table[256], double mean, double std)
{
    bool finite = true;
    for (int i = 0; i < 256; i++) {
        table[i] = ((float)i / 255.0f - (float)mean) / (float)std;
        finite = finite && isfinite(table[i]);
    }
    return finite;
}

static void normalise(const uint8_t *pixels, int64_t count, float table[3][256], float *tensor)
{
    for (int channel = 0; channel < 3; channel++)
        for (int64_t i = 0; i < count; i++)
            tensor[channel * count + i] = table[channel][pixels[i * 3 + channel]];
}

/* Around a smaller image timm pads with the mean where borders are wanted; torchvision's crop pads with black. */
static void fill_canvas(uint8_t *canvas, int64_t count, const struct senet_preprocess *preprocess)
{
    uint8_t color[3] = {0};
    for (int channel = 0; channel < 3 && preprocess->crop_mode == SENET_CROP_BORDER; channel++)
        color[channel] = (uint8_t)fmin(fmax(rint(255 * preprocess->mean[channel]), 0), 255);
    for (int64_t i = 0; i < count; i++)
        memcpy(canvas + i * 3, color, 3);
}

static bool is_side(int64_t side)
{
    return side >= 1 && side <= IMAGE_SIDE_MAX;
}

enum senet_code senet_image_preprocess(const struct senet_image *image, const struct senet_preprocess *preprocess,
                                       float *tensor, struct senet_error *error)
{
    struct axis_plan x = {.resize.in = image->width}, y = {.resize.in = image->height};
    if (!is_side(image->width) || !is_side(image->height))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the image has no size that can be resized");
    if (preprocess->channels != 3 || !is_side(preprocess->height) || !is_side(preprocess->width))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the input size is not 3 channels of an image");
    if (!plan_scale(&x, preprocess->width, preprocess->crop_pct) ||
        !plan_scale(&y, preprocess->height, preprocess->crop_pct))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "crop_pct gives no size that an image can have");
    float table[3][256];
    for (int channel = 0; channel < 3; channel++)
        if (!fill_table(table[channel], preprocess->mean[channel], preprocess->std[channel]))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "mean and std give numbers that are not finite");

    plan_resize(&x, &y, preprocess->crop_mode);
    plan_crop(&x, preprocess->width);
    plan_crop(&y, preprocess->height);
    int64_t count = preprocess->width * preprocess->height; /* both at most 2^20 */
    uint8_t *canvas = malloc((size_t)count * 3);
    if (!canvas)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to resize the image");
    if (x.resize.count < preprocess->width || y.resize.count < preprocess->height)
        fill_canvas(canvas, count, preprocess);
    uint8_t *region = canvas + (y.pad * preprocess->width + x.pad) * 3;
    enum senet_code code =
        resize_region(image->pixels, &x.resize, &y.resize, effective_interpolation(preprocess, &x, &y), region,
                      (size_t)preprocess->width * 3, error);
    if (code == SENET_OK)
        normalise(canvas, count, table, tensor);
    free(canvas);
    return code;
}
