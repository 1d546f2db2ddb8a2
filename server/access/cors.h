/*
 * Which web pages' scripts may ask (Fetch Standard, CORS protocol).
 *
 * DESIGN
 * Off by default: a browser then lets no page of another origin read an answer. Reading is all that CORS guards. A page
 * may still have a plain POST sent, and behind it stands whoever looks at that page, on the network that they are in;
 * so administration is refused where a browser says that a page of another origin asks.
 */
#ifndef SENETD_CORS_H
#define SENETD_CORS_H

#include <stdbool.h>

#include "options/options.h"

#define CORS_REQUEST_HEADERS                                                                                           \
    "Authorization, Content-Type, Inference-Header-Content-Length, X-Request-Id, X-Request-Timeout-Ms, traceparent"
#define CORS_ANSWER_HEADERS "Inference-Header-Content-Length, Retry-After, WWW-Authenticate, X-Request-Id"
#define CORS_MAX_AGE "600" /* seconds for which a browser need not ask again */

/* Zero-initialised: no browser says that a page asks. */
struct origin {
    unsigned given;      /* Origin headers */
    const char *allowed; /* the one of the options that it is, which may be "*"; NULL when it is none */
};

/* `value` is that of an Origin header; `allowed` must outlive `origin`. */
void origin_read(struct origin *origin, const struct text_list *allowed, const char *value);

/* "*", or SCHEME://HOST[:PORT] as browsers write it: without a path, in lower case. */
bool origin_check(const char *text);

#endif
