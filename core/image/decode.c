/*
 * DESIGN
 * Bytes from strangers become pixels in four steps, the cheap ones first: the magic bytes name the format; the
 * probe reads the size and checks the file's structure; the limits are applied; only then does the decoder run,
 * under a budget that follows from the size.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "image/exif.h"
#include "image/format.h"
#include "image/plan.h"
#include "image/resize.h"
#include "image/taps.h"
#include "senet.h"

/* Bytes that a decoder needs for one pixel: 12 are a GIF, the hungriest. */
#define DECODE_BYTES_PER_PIXEL 16
/* Sides are rounded up to JPEG's largest block, and decoders keep tables. */
#define DECODE_SIDE_PADDING 32
#define DECODE_BASE_BYTES ((size_t)1 << 20)

/* A scan visits every pixel: no more of them than this, nor more visits than 32 scans of the largest image. */
#define SCANS_MAX 1000
#define SCANS_OF_LARGEST 32

const struct senet_image_limits senet_image_default_limits = {
    .max_pixels = (int64_t)64 << 20,
    .max_memory = (size_t)512 << 20,
};

static enum senet_code check_size(const struct probe *probe, const struct senet_image_limits *limits,
                                  struct senet_error *error)
{
    int64_t pixels;
    if (!checked_mul_i64(probe->width, probe->height, &pixels) || pixels > limits->max_pixels)
        return senet_error_set(error, SENET_IMAGE_TOO_LARGE,
                               "the image is %lld x %lld pixels; the limit is %lld pixels in all",
                               (long long)probe->width, (long long)probe->height, (long long)limits->max_pixels);
    if (probe->width > IMAGE_SIDE_MAX || probe->height > IMAGE_SIDE_MAX)
        return senet_error_set(error, SENET_IMAGE_TOO_LARGE,
                               "the image is %lld x %lld pixels; the limit is %d pixels a side",
                               (long long)probe->width, (long long)probe->height, IMAGE_SIDE_MAX);
    return SENET_OK;
}

static bool has_too_many_scans(const struct probe *probe, const struct senet_image_limits *limits)
{
    double visits = (double)probe->scans * (double)probe->width * (double)probe->height;
    return probe->scans > SCANS_MAX || visits > (double)limits->max_pixels * SCANS_OF_LARGEST;
}

/* What an honest file can need, if that is less than the limit: a bomb should not get all of it. */
static size_t decode_budget(const struct probe *probe, const struct senet_image_limits *limits)
{
    size_t width = (size_t)probe->width + DECODE_SIDE_PADDING, height = (size_t)probe->height + DECODE_SIDE_PADDING;
    size_t need;
    if (!checked_mul_size(width, height, &need) || !checked_mul_size(need, DECODE_BYTES_PER_PIXEL, &need) ||
        !checked_add_size(need, DECODE_BASE_BYTES, &need))
        return limits->max_memory;
    return need < limits->max_memory ? need : limits->max_memory;
}

static bool has_window(const struct senet_image *image, const struct decode_job *job)
{
    return image->left <= job->left && image->top <= job->top && image->left + image->width >= job->right &&
           image->top + image->height >= job->bottom;
}

static enum senet_code refuse(const struct image_format *format, const struct probe *probe, enum senet_code code,
                              struct senet_error *error)
{
    switch (code) {
    case SENET_OUT_OF_MEMORY:
        return senet_error_set(error, code, "there is not enough memory to decode the image");
    case SENET_IMAGE_TOO_LARGE:
        return senet_error_set(error, code,
                               "decoding the %s takes more memory than is allowed for its %lld x %lld pixels",
                               format->name, (long long)probe->width, (long long)probe->height);
    default:
        if (probe->fault)
            return senet_error_set(error, SENET_IMAGE_UNDECODABLE, "the image cannot be decoded: the %s %s",
                                   format->name, probe->fault);
        return senet_error_set(error, SENET_IMAGE_UNDECODABLE,
                               "the image cannot be decoded: its %s data are corrupt or of a kind not supported",
                               format->name);
    }
}

static enum senet_code decode_pixels(const struct image_format *format, const struct decode_job *job,
                                     struct probe *probe, struct senet_image *image, struct senet_error *error)
{
    enum senet_code code = format->decode(job, probe, image);
    if (code == SENET_OK && !has_window(image, job)) {
        senet_image_release(image);
        code = SENET_IMAGE_UNDECODABLE;
    }
    if (code != SENET_OK)
        return refuse(format, probe, code, error);
    image->reduction = job->reduction;
    image->full_width = probe->width;
    image->full_height = probe->height;
    return SENET_OK;
}

static void exchange(int64_t *a, int64_t *b)
{
    int64_t kept = *a;
    *a = *b;
    *b = kept;
}

static enum senet_code turn_upright(int orientation, const struct senet_image_limits *limits, struct senet_image *image,
                                    struct senet_error *error)
{
    size_t bytes = (size_t)image->width * (size_t)image->height * 3; /* allocated once already */
    if (bytes > limits->max_memory / 2)
        return senet_error_set(error, SENET_IMAGE_TOO_LARGE, "turning the image takes more memory than is allowed");
    uint8_t *turned = malloc(bytes);
    if (!turned)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to turn the image");
    exif_turn(orientation, image->pixels, image->width, image->height, turned);
    free(image->pixels);
    image->pixels = turned;
    image->exif_orientation = orientation;
    if (exif_turn_transposes(orientation)) {
        exchange(&image->width, &image->height);
        exchange(&image->full_width, &image->full_height);
    }
    return SENET_OK;
}

/* Magic bytes, header, limits. */
static enum senet_code inspect(const uint8_t *bytes, size_t size, const struct senet_image_limits *limits,
                               const struct image_format **format, struct probe *probe, struct senet_error *error)
{
    *format = image_format_find(bytes, size);
    if (!*format)
        return senet_error_set(error, SENET_IMAGE_TYPE_UNSUPPORTED,
                               size ? "the image is not a JPEG, PNG, WebP, GIF or BMP" : "the image is empty");
    if (size > INT_MAX)
        return senet_error_set(error, SENET_IMAGE_TOO_LARGE, "the image file is larger than 2 GiB");
    (*format)->probe(bytes, size, probe);
    if (check_size(probe, limits, error) != SENET_OK)
        return error->code;
    if (!probe->fault && has_too_many_scans(probe, limits))
        probe->fault = "has too many scans";
    return probe->fault ? refuse(*format, probe, SENET_IMAGE_UNDECODABLE, error) : SENET_OK;
}

static void ask_for_all(struct decode_job *job, const struct probe *probe)
{
    job->reduction = 1;
    job->right = probe->width;
    job->bottom = probe->height;
}

/*
 * As far as the format has it, nothing that the crop throws away; that of an image to be turned is all decoded. Without
 * a plan, all is asked for.
 */
static void ask_for_parts(struct decode_job *job, const struct image_format *format, const struct probe *probe,
                          const struct senet_decode_options *options, int orientation)
{
    bool transposed = exif_turn_transposes(orientation);
    struct plan plan;
    struct senet_error ignored;
    if (plan_init(&plan, options->preprocess, transposed ? probe->height : probe->width,
                  transposed ? probe->width : probe->height, &ignored) != SENET_OK)
        return;
    /* At a fraction of the size libjpeg would make colours that are coarse already coarser than the pixels. */
    if (format->reduces && !probe->coarse_colours)
        job->reduction = plan_reduction(&plan, options->jpeg_scaling);
    plan_reduce(&plan, job->reduction);
    job->right = transposed ? plan.y.resize.in : plan.x.resize.in;
    job->bottom = transposed ? plan.x.resize.in : plan.y.resize.in;
    if (!format->crops || orientation != 1)
        return;
    taps_range(&plan.x.resize, plan.interpolation, &job->left, &job->right);
    taps_range(&plan.y.resize, plan.interpolation, &job->top, &job->bottom);
}

enum senet_code senet_image_decode_for(const void *bytes, size_t size, const struct senet_decode_options *options,
                                       const struct senet_image_limits *limits, struct senet_image *image,
                                       struct senet_error *error)
{
    const struct image_format *format;
    struct probe probe = {0};
    if (inspect(bytes, size, limits, &format, &probe, error) != SENET_OK)
        return error->code;
    int orientation = options->exif == SENET_EXIF_APPLY ? exif_orientation(probe.exif, probe.exif_size) : 1;
    struct decode_job job = {.bytes = bytes, .size = size, .budget = decode_budget(&probe, limits)};
    ask_for_all(&job, &probe);
    if (options->preprocess)
        ask_for_parts(&job, format, &probe, options, orientation);
    struct senet_image decoded;
    if (decode_pixels(format, &job, &probe, &decoded, error) != SENET_OK)
        return error->code;
    if (orientation != 1 && turn_upright(orientation, limits, &decoded, error) != SENET_OK) {
        senet_image_release(&decoded);
        return error->code;
    }
    *image = decoded;
    return SENET_OK;
}

enum senet_code senet_image_decode(const void *bytes, size_t size, enum senet_exif exif,
                                   const struct senet_image_limits *limits, struct senet_image *image,
                                   struct senet_error *error)
{
    const struct senet_decode_options options = {.exif = exif};
    return senet_image_decode_for(bytes, size, &options, limits, image, error);
}

void senet_image_release(struct senet_image *image)
{
    free(image->pixels);
    image->pixels = NULL;
}
