#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "http/refuse.h"

#define DRAIN_MAX (64 * 1024)

struct request *request_create(struct server *server, struct MHD_Connection *connection, int fd, const char *target)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->target_text = strdup(target);
    if (!request->target_text) {
        free(request);
        return NULL;
    }
    target_split(request->target_text, &request->target);
    request->server = server;
    request->connection = connection;
    request->fd = fd;
    request->began = clock_now();
    request->content_length = -1;
    request->json_size = -1;
    request->route = &route_unknown;
    connections_name(&server->connections, fd, request->client);
    return request;
}

void request_body_release(struct request *request)
{
    request->server->buffered_bytes -= request->body_capacity;
    free(request->body);
    request->body = NULL;
    request->body_size = request->body_capacity = 0;
}

void request_count_reply(struct request *request)
{
    request->reply_capacity = request->reply.body.capacity;
    request->server->buffered_bytes += request->reply_capacity;
}

void request_free(struct request *request)
{
    request_body_release(request);
    served_release(request->served);
    request->server->buffered_bytes -= request->reply_capacity;
    reply_release(&request->reply);
    free(request->content_type);
    free(request->target_text);
    free(request);
}

/* splitmix64, by Sebastiano Vigna (public domain): a counter in, numbers without pattern out. */
static uint64_t scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* What ids are made of in practice (UUIDs, traces, base64), and nothing that a log or a header could trip over. */
static bool valid_id(const char *id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=@~";
    size_t length = strlen(id);
    return length > 0 && length <= REQUEST_ID_MAX && strspn(id, allowed) == length;
}

/* -2 for what is no whole number, or a large one. */
static int64_t read_size(const char *value)
{
    size_t digits = strspn(value, "0123456789");
    return digits && digits < 16 && !value[digits] ? strtoll(value, NULL, 10) : -2;
}

void request_header(struct request *request, const char *name, const char *value)
{
    if (!strcasecmp(name, PATIENCE_HEADER))
        patience_read(&request->patience, value);
    if (!strcasecmp(name, BODY_LENGTH))
        request->content_length = strtoll(value, NULL, 10);
    if (!strcasecmp(name, "Transfer-Encoding"))
        request->has_body = true;
    if (!strcasecmp(name, "Expect"))
        request->expects = true;
    if (!strcasecmp(name, "Accept-Encoding"))
        encodings_read(&request->accepted, value);
    if (!strcasecmp(name, "X-Request-Id") && valid_id(value))
        snprintf(request->id, sizeof request->id, "%s", value);
    if (!strcasecmp(name, "Origin"))
        origin_read(&request->origin, &request->server->options.cors_origins, value);
    if (!strcasecmp(name, "traceparent"))
        trace_read(&request->trace, value);
    if (!strcasecmp(name, "Authorization"))
        credentials_read(&request->credentials, &request->server->access, value);
    if (!strcasecmp(name, "Content-Encoding"))
        request->encoded = request->encoded || strcasecmp(value, "identity") != 0;
    if (!strcasecmp(name, "Inference-Header-Content-Length"))
        request->json_size = request->json_size == -1 ? read_size(value) : -2;
    if (!strcasecmp(name, "Content-Type") && !request->content_type) {
        request->content_type = strdup(value);
        request->failed = !request->content_type;
    }
}

static bool refuse(struct request *request, const struct refusal *refusal)
{
    return reply_error(&request->reply, refusal->status, refusal->code, "%s", refusal->message);
}

/* Why the inlet handed on no more than a part of this request, or nothing but a request line; NULL for most. */
static const struct refusal *inlet_refusal(const struct request *request)
{
    const struct inlet *inlet = request->inlet;
    return request->number == inlet->heads ? inlet->refusal : NULL;
}

/* What ends the connection, because nobody can or should read on. */
static bool check_envelope(struct request *request)
{
    struct reply *reply = &request->reply;
    int64_t limit = request->server->options.max_body_bytes;
    if (request->content_length > limit)
        return reply_error(reply, 413, "body_too_large", "the body is larger than %lld bytes", (long long)limit);
    if (request->encoded && request->route->reads_body)
        reply_error(reply, 415, "encoding_unsupported", "bodies are not taken compressed: leave Content-Encoding out");
    if (request->failed)
        return reply_error(reply, 503, "out_of_memory", "no memory for the headers");
    return true;
}

static void find_model(struct request *request)
{
    const struct route_names *names = &request->names;
    struct reply *reply = &request->reply;
    bool about_loading = request->route->queued == ROUTE_FOR_LOADER;
    if (about_loading || (!*names->model && !request->route->queued))
        return;
    switch (registry_find(&request->server->registry, names->model, names->version, &request->served)) {
    case REGISTRY_FOUND:
        break;
    case REGISTRY_NO_MODEL:
        if (*names->model)
            reply_error(reply, 404, "not_found", "there is no model '%s'", names->model);
        else
            reply_error(reply, 503, "model_unavailable", "there is no model to serve");
        break;
    case REGISTRY_NO_VERSION:
        reply_error(reply, 404, "not_found", "model '%s' has no version '%s'", names->model, names->version);
        break;
    case REGISTRY_NOT_LOADED:
        reply_error(reply, 503, "model_unavailable", "%s%s%s is not loaded", *names->model ? "model '" : "",
                    *names->model ? names->model : "the default model", *names->model ? "'" : "");
        break;
    }
    if (!reply->status && request->patience.malformed)
        reply_error(reply, 400, "invalid_argument", "the header %s must be a positive whole number, given once",
                    PATIENCE_HEADER);
}

/* 403 to a page of an origin that is not listed and would change models, and false: see cors.h. */
static bool refuse_pages(struct request *request)
{
    static const struct refusal refusal = {403, "forbidden", "pages of this origin may not change models"};
    bool page = request->origin.given && !request->origin.allowed;
    return !page || request->route->access != ACCESS_ADMINISTRATION || refuse(request, &refusal);
}

/* 401 or 403 to who may not ask this, and false. What is looked at later would tell them which models there are. */
static bool refuse_strangers(struct request *request)
{
    static const struct {
        struct refusal refusal;
        const char *authenticate; /* RFC 6750, 3 */
    } answers[] = {
        [ACCESS_NO_TOKEN] = {{401, "unauthorized", "this needs a bearer token"}, "Bearer realm=\"senetd\""},
        [ACCESS_BAD_TOKEN] = {{401, "unauthorized", "the bearer token is not known here"},
                              "Bearer realm=\"senetd\", error=\"invalid_token\""},
        [ACCESS_WRONG_TOKEN] = {{403, "forbidden", "the bearer token is not for this"},
                                "Bearer realm=\"senetd\", error=\"insufficient_scope\""},
        [ACCESS_CLOSED] = {{403, "forbidden", "this is closed: the server has no tokens for it"}, NULL},
    };
    enum access_verdict verdict =
        access_verdict(&request->server->access, request->route->access, &request->credentials);
    if (verdict == ACCESS_GRANTED)
        return true;
    refuse(request, &answers[verdict].refusal);
    request->reply.authenticate = answers[verdict].authenticate;
    return false;
}

/* A client that was refused should not have to send all of a large body first, or any that it asks leave for. */
static bool worth_draining(const struct request *request)
{
    return !request->has_body ||
           (!request->expects && request->content_length >= 0 && request->content_length <= DRAIN_MAX);
}

void request_begin(struct request *request, const char *method)
{
    snprintf(request->method, sizeof request->method, "%s", method);
    if (!*request->id)
        snprintf(request->id, sizeof request->id, "%016llx", (unsigned long long)scramble(request->server->next_id++));
    const struct refusal *refusal = inlet_refusal(request);
    if (refusal && !request->has_body) {
        refuse(request, refusal);
        request->reply.close = true;
        return;
    }
    request->route = route_find(method, &request->target, &request->names, &request->reply);
    const struct refusal *full = connections_limit(&request->server->connections, request->fd);
    if (full && !route_is_vital(request->route)) {
        refuse(request, full);
        request->reply.close = true;
        return;
    }
    if (!refuse_pages(request) || !refuse_strangers(request)) {
        request->reply.close = full || request->has_body;
        return;
    }
    if (!request->reply.status)
        find_model(request);
    bool sound = check_envelope(request);
    request->reply.close = full || !sound || (request->reply.status && !worth_draining(request));
}

void request_end_of_body(struct request *request)
{
    const struct refusal *refusal = inlet_refusal(request);
    if (!refusal)
        return;
    if (!request->reply.status)
        refuse(request, refusal);
    request->reply.close = true;
}

bool request_is_last(const struct request *request)
{
    const struct inlet *inlet = request->inlet;
    return request->number == inlet->heads && (inlet->refusal || (inlet->finished && !inlet_in_request(inlet)));
}

/* Doubling, so that a client pays with bytes for the memory it takes. */
static bool reserve(struct request *request, size_t needed)
{
    struct server *server = request->server;
    if (needed <= request->body_capacity)
        return true;
    size_t capacity = request->body_capacity ? request->body_capacity : 16 * 1024;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > (size_t)server->options.max_body_bytes)
        capacity = (size_t)server->options.max_body_bytes;
    size_t others = server->buffered_bytes - request->body_capacity, limit = (size_t)server->options.max_buffered_bytes;
    if (others > limit || capacity > limit - others)
        return refuse_full(request, "too many bytes are waiting to be served");
    char *body = realloc(request->body, capacity);
    if (!body)
        return reply_error(&request->reply, 503, "out_of_memory", "no memory for the body");
    server->buffered_bytes = others + capacity;
    request->body = body;
    request->body_capacity = capacity;
    return true;
}

static bool discard(struct request *request, size_t size)
{
    request->discarded += size;
    return request->discarded <= (size_t)request->server->options.max_body_bytes;
}

bool request_body(struct request *request, const char *bytes, size_t size)
{
    size_t limit = (size_t)request->server->options.max_body_bytes;
    request->bytes_in += size;
    if (request->reply.status || !request->route->reads_body)
        return discard(request, size);
    if (size > limit - request->body_size)
        reply_error(&request->reply, 413, "body_too_large", "the body is larger than %zu bytes", limit);
    else if (reserve(request, request->body_size + size)) {
        memcpy(request->body + request->body_size, bytes, size);
        request->body_size += size;
        return true;
    }
    request_body_release(request);
    return discard(request, size);
}

void request_complete(struct request *request)
{
    request->received = clock_now();
    request->entry = (struct queue_entry){
        .bytes = request->body_size,
        .deadline = patience_deadline(&request->patience, request->began, request->received,
                                      (double)request->server->options.answer_timeout),
        .kind = request->route->queued == ROUTE_FOR_GROUPS ? request->served : NULL,
    };
}
