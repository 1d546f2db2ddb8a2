/*
 * Where a request's body ends, decided once and strictly. libmicrohttpd lets Transfer-Encoding override
 * Content-Length, takes one of several Content-Lengths, and knows no header whose name is followed by a space; a
 * proxy in front may decide otherwise, and then one client's body is another's request.
 */
#ifndef SENETD_FRAMING_H
#define SENETD_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct framing {
    unsigned content_lengths, transfer_encodings;
    bool malformed;
    int64_t content_length; /* -1 when not given */
};

/* Looks at one header, whichever it is. Start with content_length -1 and the rest zero. */
void framing_header(struct framing *framing, const char *name, const char *value);

/* NULL when the framing is sound, else what is wrong with it. */
const char *framing_problem(const struct framing *framing);

/* RFC 9110's token: what methods, header names and our request ids are made of. */
bool is_token(const char *text);

#endif
