#include "http/framing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_length(const char *text, int64_t *length)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    *length = strtoll(text, NULL, 10); /* the largest number, where that is too small */
    return true;
}

void framing_header(struct framing *framing, const char *name, const char *value)
{
    if (!strcasecmp(name, "Content-Length")) {
        framing->content_lengths++;
        framing->malformed = framing->malformed || !parse_length(value, &framing->content_length);
    } else if (!strcasecmp(name, "Transfer-Encoding")) {
        framing->transfer_encodings++;
        framing->malformed = framing->malformed || strcasecmp(value, "chunked") != 0;
    }
}

const struct refusal *framing_problem(const struct framing *framing)
{
    static const struct refusal two_lengths = {400, "malformed_request", "Content-Length is given more than once"},
                                two_encodings = {400, "malformed_request", "Transfer-Encoding is given more than once"},
                                both = {400, "malformed_request",
                                        "Content-Length and Transfer-Encoding are both given"},
                                malformed = {
                                    400, "malformed_request",
                                    "the Content-Length or the Transfer-Encoding (only chunked is known) is malformed"};
    if (framing->content_lengths > 1)
        return &two_lengths;
    if (framing->transfer_encodings > 1)
        return &two_encodings;
    if (framing->content_lengths && framing->transfer_encodings)
        return &both;
    return framing->malformed ? &malformed : NULL;
}
