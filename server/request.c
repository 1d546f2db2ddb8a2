#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"

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
    request->framing.content_length = -1;
    request->route = &route_unknown;
    connections_client(&server->connections, fd, request->client);
    return request;
}

static void drop_body(struct request *request)
{
    request->server->buffered_bytes -= request->body_capacity;
    free(request->body);
    request->body = NULL;
    request->body_size = request->body_capacity = 0;
}

void request_free(struct request *request)
{
    drop_body(request);
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

void request_header(struct request *request, const char *name, const char *value)
{
    framing_header(&request->framing, name, value);
    if (!strcasecmp(name, "X-Request-Id") && is_token(value) && strlen(value) <= REQUEST_ID_MAX)
        snprintf(request->id, sizeof request->id, "%s", value);
    if (!strcasecmp(name, "Content-Type") && !request->content_type) {
        request->content_type = strdup(value);
        request->failed = !request->content_type;
    }
}

static bool check_framing(struct request *request)
{
    struct reply *reply = &request->reply;
    const char *problem = framing_problem(&request->framing);
    int64_t limit = request->server->options.max_body_bytes;
    if (problem)
        reply_error(reply, 400, "malformed_request", "%s", problem);
    else if (request->framing.content_length > limit)
        reply_error(reply, 413, "body_too_large", "the body is larger than %lld bytes", (long long)limit);
    else if (request->failed)
        reply_error(reply, 503, "out_of_memory", "no memory for the headers");
    reply->close = reply->status != 0;
    return !reply->status;
}

static void find_model(struct request *request)
{
    const struct route_names *names = &request->names;
    struct registry *registry = &request->server->registry;
    request->served = *names->model ? registry_find(registry, names->model) : &registry->models[0];
    if (!request->served)
        reply_error(&request->reply, 404, "not_found", "there is no model '%s'", names->model);
    else if (*names->version && strcmp(names->version, MODEL_VERSION) != 0)
        reply_error(&request->reply, 404, "not_found", "model '%s' has no version '%s'", names->model, names->version);
}

void request_begin(struct request *request, const char *method)
{
    snprintf(request->method, sizeof request->method, "%s", method);
    if (!*request->id)
        snprintf(request->id, sizeof request->id, "%016llx", (unsigned long long)scramble(request->server->next_id++));
    if (!check_framing(request))
        return;
    request->route = route_find(method, &request->target, &request->names, &request->reply);
    if (!request->reply.status)
        find_model(request);
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
    size_t others = server->buffered_bytes - request->body_capacity;
    if (capacity > (size_t)server->options.max_buffered_bytes - others)
        return reply_error(&request->reply, 503, "queue_full", "too many bytes are waiting to be served");
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
    if (request->reply.status || !request->route->reads_body)
        return discard(request, size);
    if (size > limit - request->body_size)
        reply_error(&request->reply, 413, "body_too_large", "the body is larger than %zu bytes", limit);
    else if (reserve(request, request->body_size + size)) {
        memcpy(request->body + request->body_size, bytes, size);
        request->body_size += size;
        return true;
    }
    drop_body(request);
    return discard(request, size);
}
