#include "predict_image.h"

#include "command.h"
#include "source.h"
#include "terminal.h"

int predict_image_run(struct senet_session *session, const struct senet_decode_options *decoding,
                      struct predict_image *result)
{
    struct senet_image image;
    struct senet_error error;
    double begun = terminal_seconds();
    int status = source_image(result->path, decoding, &image);
    if (status != STATUS_DONE)
        return status;
    double decoded = terminal_seconds();
    enum senet_code code =
        senet_image_preprocess(&image, decoding->preprocess, senet_session_input(session, 0), &error);
    result->width = image.full_width;
    result->height = image.full_height;
    result->exif_orientation = image.exif_orientation;
    senet_image_release(&image);
    if (code != SENET_OK)
        return complain("%s: %s", result->path, error.message);
    double preprocessed = terminal_seconds();
    senet_session_run(session);
    result->timing = (struct predict_timing){
        .decode = (decoded - begun) * 1e3,
        .preprocess = (preprocessed - decoded) * 1e3,
        .inference = (terminal_seconds() - preprocessed) * 1e3,
    };
    return STATUS_DONE;
}
