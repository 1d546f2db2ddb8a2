/* The answer to an inference request: outputs of all its items, as JSON, as bytes, or as classes. */
#ifndef SENETD_OIP_ANSWER_H
#define SENETD_OIP_ANSWER_H

#include "http/reply.h"
#include "models/served.h"
#include "routes/oip_request.h"

/* An output of every item: request->items x elements. */
struct oip_result {
    float *values;
};

struct oip_rank {
    float value;
    size_t index;
};

struct oip_answer {
    const struct oip_request *request;
    const struct served *served;
    struct oip_result *results; /* one for each of request->outputs */
    struct oip_rank *ranks;     /* room for those of any output that is asked for as classes */
};

/* Errors: OUT_OF_MEMORY, INVALID_ARGUMENT (more than fits). On failure too, the caller releases. */
enum senet_code oip_answer_begin(struct oip_answer *answer, const struct oip_request *request,
                                 const struct served *served, struct senet_error *error);
void oip_answer_release(struct oip_answer *answer);

/* Keeps what the session has computed for an item, which was image `index` of its last run. */
void oip_answer_take(struct oip_answer *answer, const struct senet_session *session, size_t index, size_t item);

/* Once all items are there: the reply, with reply->json_size where bytes follow the JSON. */
void oip_answer_write(const struct oip_answer *answer, struct reply *reply);

#endif
