#include "framing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool is_token(const char *text)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *text && !text[strspn(text, allowed)];
}

static bool parse_length(const char *text, int64_t *length)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    *length = strtoll(text, NULL, 10);
    return !errno;
}

/*
 * libmicrohttpd moves the second line of a folded header to the end of its name: "Content-Length: 5" continued with
 * " 6" is called Content-Length6. No header of ours begins so.
 */
static bool is_folded(const char *name)
{
    static const char *const guarded[] = {"Content-Length", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++)
        if (!strncasecmp(name, guarded[i], strlen(guarded[i])) && name[strlen(guarded[i])])
            return true;
    return false;
}

void framing_header(struct framing *framing, const char *name, const char *value)
{
    framing->malformed = framing->malformed || !is_token(name) || is_folded(name);
    if (!strcasecmp(name, "Content-Length")) {
        framing->content_lengths++;
        framing->malformed = framing->malformed || !parse_length(value, &framing->content_length);
    } else if (!strcasecmp(name, "Transfer-Encoding")) {
        framing->transfer_encodings++;
        framing->malformed = framing->malformed || strcasecmp(value, "chunked") != 0;
    }
}

const char *framing_problem(const struct framing *framing)
{
    if (framing->content_lengths > 1)
        return "Content-Length is given more than once";
    if (framing->transfer_encodings > 1)
        return "Transfer-Encoding is given more than once";
    if (framing->content_lengths && framing->transfer_encodings)
        return "Content-Length and Transfer-Encoding are both given";
    if (framing->malformed)
        return "a header's name, the Content-Length or the Transfer-Encoding (only chunked is known) is malformed";
    return NULL;
}
