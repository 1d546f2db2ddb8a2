/* One request for predictions while a worker has it, and its answer as it grows. */
#ifndef SENETD_PREDICTION_H
#define SENETD_PREDICTION_H

#include "http/request.h"
#include "metrics.h"
#include "predict/predict_input.h"

struct prediction {
    struct request *request; /* the worker's until `done`, then nobody's here */
    struct predict_input input;
    struct senet_json json;
    double stages[STAGE_COUNT]; /* seconds */
    size_t begun;               /* images that were decoded, or tried */
    size_t answered;            /* images whose part of the answer is written */
    bool done;                  /* the reply is complete, good or bad */
};

/* Reads what is asked for. False when the reply is an error already. Either way the caller releases. */
bool prediction_begin(struct prediction *prediction, struct request *request);
void prediction_release(struct prediction *prediction);

/* Decodes the next image into `tensor`, as the model wants it. False fills the reply. */
bool prediction_decode(struct prediction *prediction, float *tensor, int *orientation);

/* Writes the next image's part of the answer: image `index` of the session's last run. After the last one it ends it.
 */
void prediction_answer(struct prediction *prediction, const struct senet_session *session, int64_t index,
                       int orientation);

#endif
