#include "http/access_log.h"

#include <math.h>
#include <string.h>

#include "http/request.h"
#include "log.h"

static const char *unless_empty(const char *text)
{
    return *text ? text : NULL;
}

/* Of a request that no worker has had, there are none. */
static struct log_field stage_ms(const char *key, const struct request *request, enum stage stage)
{
    return log_real(key, request->worked ? request->stages[stage] * 1e3 : NAN);
}

/* The path and not the query, in which secrets travel. */
void access_log_request(const struct request *request, int status, double seconds)
{
    char path[256];
    size_t length = request->target.path_length < sizeof path ? request->target.path_length : sizeof path - 1;
    memcpy(path, request->target.path, length);
    path[length] = '\0';
    log_access(log_text("client", request->client), log_text("id", unless_empty(request->id)),
               log_text("trace", unless_empty(request->trace.id)),
               log_text("parent", unless_empty(request->trace.span)), log_text("method", unless_empty(request->method)),
               log_text("path", path), log_text("route", request->route->pattern), log_int("status", status),
               log_int("bytes_in", (int64_t)request->bytes_in), log_int("bytes_out", (int64_t)request->reply.body.size),
               log_real("ms", seconds * 1e3), stage_ms("queue_ms", request, STAGE_QUEUE),
               stage_ms("decode_ms", request, STAGE_DECODE), stage_ms("preprocess_ms", request, STAGE_PREPROCESS),
               stage_ms("inference_ms", request, STAGE_INFERENCE),
               log_text("model", request->served ? request->served->name : NULL),
               log_text("top", unless_empty(request->top)));
}
