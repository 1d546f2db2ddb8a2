/* One image's way through a decoder. */
#ifndef SENETD_DECODER_EXCHANGE_H
#define SENETD_DECODER_EXCHANGE_H

#include "decoder/decoder.h"
#include "decoder/decoder_process.h"

enum exchange {
    EXCHANGE_DONE,     /* decoded, or refused with an ordinary error: either way the decoder is well */
    EXCHANGE_UNSENT,   /* it was dead already; the image is not to blame */
    EXCHANGE_HUNG_UP,  /* it died over this image */
    EXCHANGE_TIMEOUT,  /* it is alive and says nothing */
    EXCHANGE_NONSENSE, /* it said what it never should */
};

/* Length of a tensor in bytes; 0 when it is more than there can be. */
size_t decoder_tensor_size(const struct senet_preprocess *preprocess);

/* After EXCHANGE_DONE `error` has the code, SENET_OK with `tensor` and `result` filled; else none is touched. */
enum exchange decoder_exchange(struct decoder_process *process, const struct decoder_config *config,
                               const struct decoder_image *image, float *tensor, struct decoder_result *result,
                               struct senet_error *error);

#endif
