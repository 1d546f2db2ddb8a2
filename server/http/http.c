/*
 * DESIGN
 * One thread runs libmicrohttpd's epoll loop and every callback here. It never computes: requests for workers are
 * queued and their connections suspended until a worker calls http_resume. The library is given no listening
 * socket; connections are accepted in accept.c and handed over. Stopping is then ours to order: a quiesced
 * listener of the library would leave what waits in the kernel's backlog unanswered. It reads through inlets
 * (receive.h), which leave it nothing to refuse by itself.
 *
 * Every request that reached request_create ends in on_completed, whether it was answered or its client left.
 */
#include "http/http.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "http/access_log.h"
#include "http/gzip.h"
#include "http/inlet.h"
#include "http/receive.h"
#include "http/refuse.h"
#include "http/request.h"
#include "signals.h"

#define CONNECTION_MEMORY ((size_t)128 * 1024)
/* connections.h keeps the limit. libmicrohttpd counts a connection a little longer, and would close one too many. */
#define LIMIT_SLACK (256 + 2 * RESERVED_MAX)

static int descriptor_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void *on_first_line(void *context, const char *target, struct MHD_Connection *connection)
{
    struct server *server = context;
    int fd = descriptor_of(connection);
    const struct refusal *ignored;
    struct inlet *inlet = connections_inlet(&server->connections, fd, &ignored);
    if (!inlet || inlet->begun == inlet->heads)
        return NULL; /* it did not come through the inlet: nobody has checked it */
    connections_set_phase(&server->connections, fd, PHASE_BODY);
    struct request *request = request_create(server, connection, fd, target ? target : "");
    if (!request)
        return NULL;
    request->inlet = inlet;
    request->number = ++inlet->begun;
    metrics_request_begin(&server->metrics);
    return request;
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    request_header(context, name, value ? value : "");
    return MHD_YES;
}

static enum MHD_Result send_reply(struct request *request)
{
    static char no_memory[] = "{\"error\":\"out of memory\",\"code\":\"out_of_memory\"}";
    struct reply *reply = &request->reply;
    struct MHD_Response *response;
    if (reply->body.failed) {
        reply->status = 503;
        reply->content_type = "application/json";
        response = MHD_create_response_from_buffer(sizeof no_memory - 1, no_memory, MHD_RESPMEM_PERSISTENT);
    } else {
        response = MHD_create_response_from_buffer(reply->body.size, reply->body.data, MHD_RESPMEM_PERSISTENT);
    }
    if (!response)
        return MHD_NO;
    bool close = reply->close || atomic_load(&request->server->draining) || request_is_last(request);
    char retry_after[16] = "";
    if (reply->status == 503 || reply->status == 429)
        snprintf(retry_after, sizeof retry_after, "%d",
                 reply->retry_after ? reply->retry_after : refuse_retry_after(request->server));
    char json_size[24];
    snprintf(json_size, sizeof json_size, "%zu", reply->json_size);
    const char *origin = request->origin.allowed;
    bool preflight = origin && reply->status == 204 && *reply->allow;
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Type", reply->content_type},
        {"Content-Encoding", reply->encoded ? "gzip" : NULL},
        {"Vary", reply->varies ? "Accept-Encoding" : NULL},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Request-Id", request->id},
        {"Inference-Header-Content-Length", reply->json_size ? json_size : NULL},
        {"Allow", *reply->allow ? reply->allow : NULL},
        {"WWW-Authenticate", reply->authenticate},
        {"Retry-After", *retry_after ? retry_after : NULL},
        {"Vary", request->server->options.cors_origins.count ? "Origin" : NULL},
        {"Access-Control-Allow-Origin", origin},
        {"Access-Control-Expose-Headers", origin && !preflight ? CORS_ANSWER_HEADERS : NULL},
        {"Access-Control-Allow-Methods", preflight ? reply->allow : NULL},
        {"Access-Control-Allow-Headers", preflight ? CORS_REQUEST_HEADERS : NULL},
        {"Access-Control-Max-Age", preflight ? CORS_MAX_AGE : NULL},
        {"Connection", close ? "close" : NULL},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i].value)
            good = MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES && good;
    request_body_release(request);
    request_count_reply(request);
    connections_set_phase(&request->server->connections, request->fd, PHASE_SENDING);
    if (reply->close)
        connections_set_unread(&request->server->connections, request->fd);
    enum MHD_Result result = good ? MHD_queue_response(request->connection, (unsigned)reply->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result begin(struct request *request, const char *method, const char *version)
{
    request->begun = true;
    request->old = !strcmp(version, MHD_HTTP_VERSION_1_0);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, on_header, request);
    request_begin(request, method);
    return request->reply.status && request->reply.close ? send_reply(request) : MHD_YES;
}

static enum MHD_Result enqueue(struct request *request)
{
    if (request->entry.deadline <= request->received) {
        refuse_late(request);
        return send_reply(request);
    }
    MHD_suspend_connection(request->connection);
    if (request->route->queued == ROUTE_FOR_LOADER) {
        if (loader_push(&request->server->loader, request))
            return MHD_YES;
        if (atomic_load(&request->server->draining))
            refuse_draining(request);
        else
            refuse_full(request, "too many requests to load wait");
        MHD_resume_connection(request->connection);
        return MHD_YES;
    }
    switch (queue_push(&request->server->queue, &request->entry)) {
    case QUEUE_ACCEPTED_URGENT:
        signals_wake();
        return MHD_YES;
    case QUEUE_ACCEPTED:
        return MHD_YES;
    case QUEUE_FULL:
        refuse_full(request, "too many requests are waiting to be served");
        break;
    case QUEUE_CLOSED:
        refuse_draining(request);
        break;
    }
    MHD_resume_connection(request->connection);
    return MHD_YES;
}

/* Nobody should have to read more of this body: its end comes at once, and then the answer. */
static void cut_off(struct request *request)
{
    static const struct refusal too_large = {413, "body_too_large", "the body is too large"};
    if (!inlet_in_body(request->inlet, request->number))
        return; /* all of it has come already */
    inlet_refuse(request->inlet, &too_large);
    shutdown(request->fd, SHUT_RD); /* the library is woken, and asks for more */
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *size, void **request_place)
{
    (void)context, (void)connection, (void)url;
    struct request *request = *request_place;
    if (!request)
        return MHD_NO; /* there was no memory for it */
    if (!request->begun)
        return begin(request, method, version);
    if (*size) {
        if (!request_body(request, bytes, *size))
            cut_off(request);
        *size = 0;
        return MHD_YES;
    }
    request_end_of_body(request);
    if (request->reply.status)
        return send_reply(request);
    request_complete(request);
    connections_set_phase(&request->server->connections, request->fd, PHASE_WORKING);
    if (request->route->queued)
        return enqueue(request);
    request->route->handle(request, NULL);
    gzip_reply(&request->reply, &request->accepted);
    return send_reply(request);
}

/* What the client was told, if it was still there to hear it. */
static int final_status(const struct request *request, struct MHD_Connection *connection,
                        enum MHD_RequestTerminationCode reason)
{
    if (request->final_status)
        return request->final_status;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info && reason == MHD_REQUEST_TERMINATED_COMPLETED_OK ? (int)info->http_status : STATUS_CLIENT_GONE;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_place,
                         enum MHD_RequestTerminationCode reason)
{
    struct server *server = context;
    struct request *request = *request_place;
    bool in_head = request && inlet_in_head(request->inlet);
    connections_set_phase(&server->connections, descriptor_of(connection), in_head ? PHASE_HEAD : PHASE_IDLE);
    if (!request)
        return;
    request->inlet->answered++;
    double seconds = clock_now() - request->began;
    int status = final_status(request, connection, reason);
    metrics_request_end(&server->metrics, route_index(request->route), status, seconds);
    access_log_request(request, status, seconds);
    request_free(request);
    *request_place = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)place;
    struct server *server = context;
    int fd = descriptor_of(connection);
    if (code != MHD_CONNECTION_NOTIFY_CLOSED || !connections_leave(&server->connections, fd))
        return;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* the library closes its own */
    if (copy >= 0) {
        linger_add(&server->linger, copy);
        signals_wake();
    }
}

bool http_start(struct server *server)
{
    const struct options *options = &server->options;
    receive_for(&server->connections);
    server->http = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request,
        server, MHD_OPTION_URI_LOG_CALLBACK, on_first_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)options->connection_limit + LIMIT_SLACK, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)options->connection_timeout + 5 /* connections_sweep is first, and says 408 */,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    return server->http;
}

void http_stop(struct server *server)
{
    if (server->http)
        MHD_stop_daemon(server->http);
    server->http = NULL;
    receive_for(NULL);
}

bool http_add(struct server *server, int fd, const struct sockaddr *address, socklen_t address_size)
{
    return MHD_add_connection(server->http, fd, address, address_size) == MHD_YES;
}

void http_resume(struct request *request)
{
    gzip_reply(&request->reply, &request->accepted);
    MHD_resume_connection(request->connection);
}

const char *http_library_version(void)
{
    return MHD_get_version();
}
