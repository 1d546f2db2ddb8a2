/* What is answered to requests that nobody will work on. Each is false, so that a failing check is one statement. */
#ifndef SENETD_REFUSE_H
#define SENETD_REFUSE_H

#include <stdbool.h>

struct request;
struct server;

/* 503: no room; `why` is the beginning of the sentence, which goes on with when to try again. */
bool refuse_full(struct request *request, const char *why);
/* 503 */
bool refuse_draining(struct request *request);
/* 504 */
bool refuse_late(struct request *request);

/* 499 in log and metrics. */
bool refuse_gone(struct request *request);

/* Seconds after which a client that is refused now may find room. */
int refuse_retry_after(struct server *server);

#endif
