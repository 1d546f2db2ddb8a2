#include "decoder/decoder_task.h"

#include <string.h>

#include "clock.h"

static void fail(struct decoder_answer *answer, const struct senet_error *error)
{
    answer->code = (int32_t)error->code;
    memcpy(answer->message, error->message, sizeof answer->message);
}

void decoder_task(const struct decoder_ask *ask, const uint8_t *bytes, float *tensor, struct decoder_answer *answer)
{
    struct senet_error error;
    struct senet_image image;
    const struct senet_decode_options options = {
        .exif = ask->exif, .jpeg_scaling = ask->jpeg_scaling, .preprocess = &ask->preprocess};
    if (senet_image_decode_for(bytes, ask->size, &options, &ask->limits, &image, &error)) {
        fail(answer, &error);
        return;
    }
    double since = clock_now();
    answer->exif_orientation = image.exif_orientation;
    if (senet_image_preprocess(&image, &ask->preprocess, tensor, &error))
        fail(answer, &error);
    answer->preprocess_seconds = clock_now() - since;
    senet_image_release(&image);
}
