#include "routes/routes.h"

#include <stdio.h>
#include <string.h>

#include "metrics.h"
#include "routes/handlers.h"

static const struct route routes[] = {
    {"POST", "/v1/predict", ACCESS_INFERENCE, handle_predict, ROUTE_FOR_GROUPS, true},
    {"POST", "/v1/models/{model}/predict", ACCESS_INFERENCE, handle_predict, ROUTE_FOR_GROUPS, true},
    {"POST", "/v1/models/{model}/versions/{version}/predict", ACCESS_INFERENCE, handle_predict, ROUTE_FOR_GROUPS, true},
    {"GET", "/v1/models", ACCESS_INFERENCE, handle_models, ROUTE_NOT_QUEUED, false},
    {"GET", "/v1/models/{model}", ACCESS_INFERENCE, handle_model, ROUTE_NOT_QUEUED, false},
    {"GET", "/v1/models/{model}/versions/{version}", ACCESS_INFERENCE, handle_model, ROUTE_NOT_QUEUED, false},
    {"GET", "/healthz", ACCESS_PUBLIC, handle_live, ROUTE_NOT_QUEUED, false},
    {"GET", "/readyz", ACCESS_PUBLIC, handle_ready, ROUTE_NOT_QUEUED, false},
    {"GET", "/metrics", ACCESS_OBSERVATION, handle_metrics, ROUTE_NOT_QUEUED, false},
    {"GET", "/openapi.json", ACCESS_INFERENCE, handle_openapi, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2", ACCESS_INFERENCE, handle_oip_server, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/", ACCESS_INFERENCE, handle_oip_server, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/health/live", ACCESS_PUBLIC, handle_live, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/health/ready", ACCESS_PUBLIC, handle_ready, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/models/stats", ACCESS_INFERENCE, handle_oip_statistics, ROUTE_NOT_QUEUED, false}, /* before {model} */
    {"GET", "/v2/models/{model}", ACCESS_INFERENCE, handle_oip_model, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/models/{model}/versions/{version}", ACCESS_INFERENCE, handle_oip_model, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/models/{model}/ready", ACCESS_INFERENCE, handle_oip_model_ready, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/models/{model}/versions/{version}/ready", ACCESS_INFERENCE, handle_oip_model_ready, ROUTE_NOT_QUEUED,
     false},
    {"GET", "/v2/models/{model}/stats", ACCESS_INFERENCE, handle_oip_statistics, ROUTE_NOT_QUEUED, false},
    {"GET", "/v2/models/{model}/versions/{version}/stats", ACCESS_INFERENCE, handle_oip_statistics, ROUTE_NOT_QUEUED,
     false},
    {"POST", "/v2/models/{model}/infer", ACCESS_INFERENCE, handle_oip_infer, ROUTE_FOR_WORKERS, true},
    {"POST", "/v2/models/{model}/versions/{version}/infer", ACCESS_INFERENCE, handle_oip_infer, ROUTE_FOR_WORKERS,
     true},
    {"POST", "/v2/repository/index", ACCESS_ADMINISTRATION, handle_repository_index, ROUTE_NOT_QUEUED, true},
    {"POST", "/v2/repository/models/{model}/load", ACCESS_ADMINISTRATION, handle_repository_load, ROUTE_FOR_LOADER,
     true},
    {"POST", "/v2/repository/models/{model}/unload", ACCESS_ADMINISTRATION, handle_repository_unload, ROUTE_FOR_LOADER,
     true},
};
#define ROUTE_COUNT (sizeof routes / sizeof *routes)
_Static_assert(ROUTE_COUNT < METRICS_ROUTES_MAX, "the metrics have a row for each route, and one for the rest");

const struct route route_unknown = {.method = "", .pattern = "other", .access = ACCESS_PUBLIC};

bool route_is_vital(const struct route *route)
{
    static route_handler *const vital[] = {handle_live, handle_ready, handle_metrics};
    for (size_t i = 0; i < sizeof vital / sizeof *vital; i++)
        if (route->handle == vital[i])
            return true;
    return false;
}

size_t route_count(void)
{
    return ROUTE_COUNT + 1;
}

size_t route_index(const struct route *route)
{
    return route == &route_unknown ? ROUTE_COUNT : (size_t)(route - routes);
}

const char *route_label(size_t index)
{
    return index < ROUTE_COUNT ? routes[index].pattern : route_unknown.pattern;
}

struct span {
    const char *begin;
    size_t length;
};

/* Cuts "/a/b" into its first segment "a" and the rest "/b". False at the end. */
static bool next_segment(struct span *rest, struct span *segment)
{
    if (rest->length == 0 || *rest->begin != '/')
        return false;
    segment->begin = rest->begin + 1;
    segment->length = 0;
    while (segment->length + 1 < rest->length && segment->begin[segment->length] != '/')
        segment->length++;
    rest->begin += segment->length + 1;
    rest->length -= segment->length + 1;
    return true;
}

static bool equals(struct span span, const char *text)
{
    return strlen(text) == span.length && !memcmp(text, span.begin, span.length);
}

static bool segment_matches(struct span wanted, struct span given, struct route_names *names)
{
    if (equals(wanted, "{model}"))
        return percent_decode(given.begin, given.length, false, names->model, sizeof names->model) && *names->model;
    if (equals(wanted, "{version}"))
        return percent_decode(given.begin, given.length, false, names->version, sizeof names->version) &&
               *names->version;
    char decoded[32];
    return percent_decode(given.begin, given.length, false, decoded, sizeof decoded) && equals(wanted, decoded);
}

static bool path_matches(const char *pattern, const struct target *target, struct route_names *names)
{
    struct span wanted = {pattern, strlen(pattern)}, given = {target->path, target->path_length};
    struct span wanted_segment, given_segment;
    *names = (struct route_names){0};
    while (next_segment(&wanted, &wanted_segment))
        if (!next_segment(&given, &given_segment) || !segment_matches(wanted_segment, given_segment, names))
            return false;
    return given.length == 0;
}

static bool method_matches(const char *offered, const char *method)
{
    return !strcmp(offered, method) || (!strcmp(offered, "GET") && !strcmp(method, "HEAD")) ||
           (!strcmp(offered, "POST") && !strcmp(method, "PUT"));
}

static void allow(struct reply *reply, bool get, bool post)
{
    snprintf(reply->allow, sizeof reply->allow, "%s%sOPTIONS", get ? "GET, HEAD, " : "", post ? "POST, PUT, " : "");
}

const struct route *route_find(const char *method, const struct target *target, struct route_names *names,
                               struct reply *reply)
{
    bool get = false, post = false, options = !strcmp(method, "OPTIONS");
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (!path_matches(routes[i].pattern, target, names))
            continue;
        if (method_matches(routes[i].method, method))
            return &routes[i];
        get = get || !strcmp(routes[i].method, "GET");
        post = post || !strcmp(routes[i].method, "POST");
    }
    *names = (struct route_names){0};
    if ((options && target->path_length == 1 && *target->path == '*') || !strcmp(method, "CONNECT"))
        get = post = true; /* the server as a whole */
    if (!get && !post)
        reply_error(reply, 404, "not_found", "there is nothing at this path");
    else if (options)
        reply->status = 204;
    else
        reply_error(reply, 405, "method_not_allowed", "this path does not take the method %.15s", method);
    if (get || post)
        allow(reply, get, post);
    return &route_unknown;
}
