/* Between planes and pixels: a transposition of channels and positions, in squares that fit the cache's lines. */
#include <string.h>

#include "kernels/kernel.h"

#define SIDE 16

/* Channels first..first+count-1 of all pixels; `pixel` floats from pixel to pixel. */
static void gather_channels(const float *planes, int64_t first, int64_t count, int64_t pixels, int64_t pixel,
                            float *interleaved)
{
    for (int64_t at = 0; at < pixels; at += SIDE) {
        int64_t end = pixels - at < SIDE ? pixels : at + SIDE;
        for (int64_t channel = first; channel < first + count; channel++)
            for (int64_t i = at; i < end; i++)
                interleaved[i * pixel + channel] = planes[channel * pixels + i];
    }
}

static void scatter_channels(const float *interleaved, int64_t first, int64_t count, int64_t pixels, int64_t pixel,
                             float *planes)
{
    for (int64_t at = 0; at < pixels; at += SIDE) {
        int64_t end = pixels - at < SIDE ? pixels : at + SIDE;
        for (int64_t channel = first; channel < first + count; channel++)
            for (int64_t i = at; i < end; i++)
                planes[channel * pixels + i] = interleaved[i * pixel + channel];
    }
}

void layout_convert(const float *source, enum layout from, float *destination, enum layout to,
                    const struct senet_shape *shape)
{
    if (from == to) {
        memcpy(destination, source, (size_t)layout_elements(shape, from) * sizeof *destination);
        return;
    }
    int64_t channels = shape->dim[1], pixels = shape->dim[2] * shape->dim[3], pixel = layout_pixel_stride(shape);
    for (int64_t image = 0; image < shape->dim[0]; image++)
        for (int64_t first = 0; first < channels; first += SIDE) {
            int64_t count = channels - first < SIDE ? channels - first : SIDE;
            if (to == LAYOUT_CHANNELS_LAST)
                gather_channels(source + image * channels * pixels, first, count, pixels, pixel,
                                destination + image * pixels * pixel);
            else
                scatter_channels(source + image * pixels * pixel, first, count, pixels, pixel,
                                 destination + image * channels * pixels);
        }
}

const char *layout_conversion_name(enum layout from)
{
    return from == LAYOUT_PLANAR ? "layout_planar_to_channels_last" : "layout_channels_last_to_planar";
}
