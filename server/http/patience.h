/* How long a client says that it will wait for its answer: X-Request-Timeout-Ms. */
#ifndef SENETD_PATIENCE_H
#define SENETD_PATIENCE_H

#include <stdbool.h>

#define PATIENCE_HEADER "X-Request-Timeout-Ms"

/* Zero-initialised: nothing was said. */
struct patience {
    double seconds; /* 0 where nothing was said */
    bool malformed; /* what was said is no positive whole number, or it was said twice */
};

/* `value` is the header's. */
void patience_read(struct patience *patience, const char *value);

/*
 * When the answer is due. The client waits since it `began` to send, and the server grants `limit` seconds from when
 * the request had been `received`: whichever ends first.
 */
double patience_deadline(const struct patience *patience, double began, double received, double limit);

#endif
