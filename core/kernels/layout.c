#include <string.h>

#include "kernels/kernel.h"

#define BLOCK 8

/* `channels` planes of `pixels`, at most a block of them, to pixels x BLOCK. */
static void pack_block(const float *planes, int64_t channels, int64_t pixels, float *block)
{
    for (int64_t pixel = 0; pixel < pixels; pixel++)
        for (int64_t channel = 0; channel < BLOCK; channel++)
            block[pixel * BLOCK + channel] = channel < channels ? planes[channel * pixels + pixel] : 0.0f;
}

static void unpack_block(const float *block, int64_t channels, int64_t pixels, float *planes)
{
    for (int64_t channel = 0; channel < channels; channel++)
        for (int64_t pixel = 0; pixel < pixels; pixel++)
            planes[channel * pixels + pixel] = block[pixel * BLOCK + channel];
}

void layout_convert(const float *source, enum layout from, float *destination, enum layout to,
                    const struct senet_shape *shape)
{
    if (from == to) {
        memcpy(destination, source, (size_t)layout_elements(shape, from) * sizeof *destination);
        return;
    }
    int64_t channels = shape->dim[1], pixels = shape->dim[2] * shape->dim[3];
    for (int64_t image = 0; image < shape->dim[0]; image++)
        for (int64_t first = 0; first < channels; first += BLOCK) {
            int64_t count = channels - first < BLOCK ? channels - first : BLOCK;
            if (to == LAYOUT_BLOCKED8) {
                pack_block(source, count, pixels, destination);
                source += count * pixels;
                destination += BLOCK * pixels;
            } else {
                unpack_block(source, count, pixels, destination);
                source += BLOCK * pixels;
                destination += count * pixels;
            }
        }
}
