/* Bytes as an uploaded image; what decodes is preprocessed. */
#include "fuzz.h"
#include "senet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct senet_preprocess preprocess = {.channels = 3,
                                                       .height = 16,
                                                       .width = 16,
                                                       .interpolation = SENET_BICUBIC,
                                                       .crop_mode = SENET_CROP_CENTER,
                                                       .crop_pct = 0.875,
                                                       .std = {1, 1, 1}};
    static const struct senet_image_limits limits = {.max_pixels = 1 << 18, .max_memory = 1 << 26};
    static float tensor[3 * 16 * 16];
    struct senet_image image;
    struct senet_error error;
    if (senet_image_decode(bytes, size, SENET_EXIF_APPLY, &limits, &image, &error) != SENET_OK)
        return 0;
    senet_image_preprocess(&image, &preprocess, tensor, &error);
    senet_image_release(&image);
    return 0;
}
