#include "fuzz.h"
#include "senet.h"

enum { SIDE = 24 };

/* The last bits of the file choose what it is decoded for, so that every way is taken. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct senet_image_limits limits = {.max_pixels = 1 << 20, .max_memory = 32 << 20};
    unsigned choice = size ? bytes[size - 1] : 0;
    const struct senet_preprocess preprocess = {
        .channels = 3,
        .height = SIDE,
        .width = SIDE,
        .interpolation = (enum senet_interpolation)(choice % SENET_INTERPOLATION_COUNT),
        .crop_mode = (enum senet_crop_mode)(choice / 8 % 3),
        .crop_pct = 0.9,
        .std = {1, 1, 1},
    };
    const struct senet_decode_options options = {.exif = choice & 0x40 ? SENET_EXIF_APPLY : SENET_EXIF_IGNORE,
                                                 .jpeg_scaling = (enum senet_jpeg_scaling)(size % 3),
                                                 .preprocess = choice & 0x80 ? NULL : &preprocess};
    struct senet_image image;
    struct senet_error error;
    static float tensor[3 * SIDE * SIDE];
    if (senet_image_decode_for(bytes, size, &options, &limits, &image, &error) != SENET_OK)
        return 0;
    senet_image_preprocess(&image, &preprocess, tensor, &error);
    senet_image_release(&image);
    return 0;
}
