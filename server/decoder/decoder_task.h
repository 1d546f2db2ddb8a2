/* The work itself, wherever it is done. */
#ifndef SENETD_DECODER_TASK_H
#define SENETD_DECODER_TASK_H

#include "decoder/decoder_protocol.h"

/* `bytes` and `tensor` are of the sizes that `ask` says; `answer` is zeroed. */
typedef void decoder_work(const struct decoder_ask *ask, const uint8_t *bytes, float *tensor,
                          struct decoder_answer *answer);

/* senet_image_decode_for and senet_image_preprocess. */
decoder_work decoder_task;

#endif
