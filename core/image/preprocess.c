/*
 * DESIGN
 * The plan says what is wanted; the resize writes it into the middle of the tensor, normalised. What lies around it,
 * where a plan pads, is filled first.
 */
#include <math.h>

#include "image/plan.h"
#include "image/taps.h"

const char *senet_interpolation_text(enum senet_interpolation interpolation)
{
    static const char *const texts[SENET_INTERPOLATION_COUNT] = {
        [SENET_NEAREST] = "nearest", [SENET_BILINEAR] = "bilinear", [SENET_BICUBIC] = "bicubic",
        [SENET_LANCZOS] = "lanczos", [SENET_BOX] = "box",           [SENET_HAMMING] = "hamming"};
    return texts[interpolation];
}

const char *senet_crop_mode_text(enum senet_crop_mode mode)
{
    static const char *const texts[] = {
        [SENET_CROP_CENTER] = "center", [SENET_CROP_SQUASH] = "squash", [SENET_CROP_BORDER] = "border"};
    return texts[mode];
}

/* In the order of PyTorch's ToTensor and Normalize. */
static float normalise(int byte, double mean, double std)
{
    return ((float)byte / 255.0f - (float)mean) / (float)std;
}

static bool is_finite(const struct senet_preprocess *preprocess)
{
    bool finite = true;
    for (int channel = 0; channel < 3; channel++)
        for (int byte = 0; byte < 256; byte++)
            finite = finite && isfinite(normalise(byte, preprocess->mean[channel], preprocess->std[channel]));
    return finite;
}

/* Around a smaller image timm pads with the mean where borders are wanted; torchvision's crop pads with black. */
static void fill_tensor(const struct senet_preprocess *preprocess, float *tensor)
{
    int64_t count = preprocess->width * preprocess->height; /* both at most 2^20 */
    for (int channel = 0; channel < 3; channel++) {
        double mean = preprocess->mean[channel];
        bool border = preprocess->crop_mode == SENET_CROP_BORDER;
        int byte = border ? (int)fmin(fmax(rint(255 * mean), 0), 255) : 0;
        for (int64_t i = 0; i < count; i++)
            tensor[channel * count + i] = normalise(byte, mean, preprocess->std[channel]);
    }
}

/* False unless what is held of the axis has all that is to be read. */
static bool place_window(struct resize_axis *axis, enum senet_interpolation interpolation, int64_t offset, int64_t held)
{
    int64_t first, end;
    axis->offset = offset;
    axis->held = held;
    taps_range(axis, interpolation, &first, &end);
    return offset >= 0 && offset <= first && held >= end - offset;
}

static enum senet_code plan_image(struct plan *plan, const struct senet_preprocess *preprocess,
                                  const struct senet_image *image, struct senet_error *error)
{
    bool whole = image->reduction == 0;
    if (plan_init(plan, preprocess, whole ? image->width : image->full_width,
                  whole ? image->height : image->full_height, error) != SENET_OK)
        return error->code;
    plan_reduce(plan, whole ? 1 : image->reduction);
    if (!place_window(&plan->x.resize, plan->interpolation, image->left, image->width) ||
        !place_window(&plan->y.resize, plan->interpolation, image->top, image->height))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the image was decoded for another preprocessing");
    return SENET_OK;
}

enum senet_code senet_image_preprocess(const struct senet_image *image, const struct senet_preprocess *preprocess,
                                       float *tensor, struct senet_error *error)
{
    struct plan plan;
    if (plan_image(&plan, preprocess, image, error) != SENET_OK)
        return error->code;
    if (!is_finite(preprocess))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "mean and std give numbers that are not finite");
    if (plan.x.resize.count < preprocess->width || plan.y.resize.count < preprocess->height)
        fill_tensor(preprocess, tensor);
    struct resize_output output = {.first = tensor + plan.y.pad * preprocess->width + plan.x.pad,
                                   .plane = preprocess->width * preprocess->height,
                                   .row = preprocess->width};
    for (int channel = 0; channel < 3; channel++) {
        output.mean[channel] = (float)preprocess->mean[channel];
        output.std[channel] = (float)preprocess->std[channel];
    }
    return resize_region(image->pixels, &plan.x.resize, &plan.y.resize, plan.interpolation, NULL, &output, error);
}
