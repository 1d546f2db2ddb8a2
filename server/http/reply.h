/* What will be sent as an answer. Zero-initialised, it says nothing yet. */
#ifndef SENETD_REPLY_H
#define SENETD_REPLY_H

#include "senet.h"

struct reply {
    int status;               /* HTTP; 0 while there is no answer */
    const char *content_type; /* static; NULL with an empty body */
    struct senet_buffer body;
    size_t json_size;         /* how much of the body is JSON, where tensors follow it; else 0 */
    char allow[48];           /* the Allow header, where not "" */
    const char *authenticate; /* the WWW-Authenticate header; static, NULL for none */
    int retry_after;          /* seconds, of a 503; 0 leaves them to who sends it */
    bool close;               /* the connection ends with this answer */
    bool varies;              /* with what encodings the client accepts */
    bool encoded;             /* the body is in gzip */
};

/* Drops what was there and begins a JSON document; `json` writes into the reply. */
void reply_begin(struct reply *reply, int status, struct senet_json *json);

/* {"error": message, "code": code}. Always false, so that a failing check is one statement. */
bool reply_error(struct reply *reply, int status, const char *code, const char *format, ...) SENET_PRINTF(4, 5);
bool reply_failure(struct reply *reply, const struct senet_error *error);

void reply_release(struct reply *reply);

#endif
