/* Answers in gzip, where the client asks for it and it pays. */
#ifndef SENETD_GZIP_H
#define SENETD_GZIP_H

#include "http/reply.h"

/* What the Accept-Encoding headers of a request say. Zero-initialised: nothing. Weights are thousandths plus one. */
struct encodings {
    int gzip, identity, any; /* 0 when not named */
};

/* One header's value. What is malformed in it is as if it were not there. */
void encodings_read(struct encodings *encodings, const char *value);

/* Whether gzip is acceptable, and not less welcome than an answer as it is. */
bool encodings_want_gzip(const struct encodings *encodings);

/*
 * Compresses the reply's body and notes that, where it is wanted and long enough; a reply that could be compressed is
 * marked as one that varies. Where memory is short it stays as it is.
 */
void gzip_reply(struct reply *reply, const struct encodings *encodings);

#endif
