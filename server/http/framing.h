/*
 * Where a request's body ends, decided once and strictly. A proxy in front may decide otherwise wherever there are two
 * readings, and then one client's body is another's request.
 */
#ifndef SENETD_FRAMING_H
#define SENETD_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/refusal.h"

struct framing {
    unsigned content_lengths, transfer_encodings;
    bool malformed;
    int64_t content_length; /* -1 when not given, INT64_MAX when it is larger than that */
};

/* Looks at one header, whichever it is. Start with content_length -1 and the rest zero. */
void framing_header(struct framing *framing, const char *name, const char *value);

/* NULL when the framing is sound, else what is wrong with it. */
const struct refusal *framing_problem(const struct framing *framing);

#endif
