/* Which path is answered by what. A new route is one row in routes.c. */
#ifndef SENETD_ROUTES_H
#define SENETD_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "access/access.h"
#include "http/reply.h"
#include "http/target.h"
#include "models/repository.h"

struct request;
struct worker;

/* Fills request->reply. `worker` is NULL for routes that the HTTP thread answers itself. */
typedef void route_handler(struct request *request, struct worker *worker);

/* Whose work it is. */
enum route_queue {
    ROUTE_NOT_QUEUED, /* the HTTP thread's: answered at once */
    ROUTE_FOR_WORKERS,
    ROUTE_FOR_GROUPS, /* a worker's, who may take others for the same model along */
    ROUTE_FOR_LOADER,
};

struct route {
    const char *method;  /* "GET" answers HEAD too; "POST" also PUT, which is what `curl -T` sends */
    const char *pattern; /* "{model}" and "{version}" stand for one segment */
    enum access_class access;
    route_handler *handle;
    enum route_queue queued;
    bool reads_body;
};

/* What the segments in braces were; "" where the pattern has none. */
struct route_names {
    char model[MODEL_NAME_MAX + 1];
    char version[MODEL_VERSION_TEXT];
};

/* What requests that match nothing are counted under. Its handler is never called. */
extern const struct route route_unknown;

/*
 * The row for the request. When there is none, `reply` is the answer: 404, 405 with Allow, or 204 with Allow for
 * OPTIONS.
 */
const struct route *route_find(const char *method, const struct target *target, struct route_names *names,
                               struct reply *reply);

/* What tells how the daemon is: it is answered on connections beyond the limits too. */
bool route_is_vital(const struct route *route);

/* Rows by number, for the metrics: 0..route_count() - 1, the last is route_unknown. */
size_t route_count(void);
size_t route_index(const struct route *route);
const char *route_label(size_t index);

#endif
