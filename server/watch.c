#include "watch.h"

#include <math.h>
#include <poll.h>
#include <signal.h>

#include "clock.h"
#include "decoder/decoder.h"
#include "http/hangup.h"
#include "http/http.h"
#include "http/refuse.h"
#include "http/request.h"
#include "log.h"
#include "server.h"
#include "signals.h"
#include "stop.h"

#define SWEEP_TIME 1.0 /* seconds between looks for connections that take too long */

/* Answers those whose deadline has passed while they waited, and says when to look next. */
static double expire(struct server *server)
{
    double now = clock_now();
    struct queue_entry *entry = queue_expire(&server->queue, now, now + SWEEP_TIME);
    while (entry) {
        struct request *request = request_of(entry);
        entry = entry->next; /* once resumed, the request is another thread's */
        refuse_late(request);
        http_resume(request);
    }
    return queue_watched(&server->queue) - now;
}

static bool is_gone(const struct queue_entry *entry)
{
    return client_has_left(request_of((struct queue_entry *)(uintptr_t)entry), 0);
}

/* Whose client has hung up while it waits leaves its place to others. */
static void remove_gone(struct server *server)
{
    struct queue_entry *entry = queue_remove(&server->queue, is_gone);
    while (entry) {
        struct request *request = request_of(entry);
        entry = entry->next;
        refuse_gone(request);
        http_resume(request);
    }
}

static void sweep(struct server *server)
{
    const struct connection_times times = {
        .silence = (double)server->options.connection_timeout,
        .head = (double)server->options.header_timeout,
        .body = (double)server->options.body_timeout,
        .answer = (double)server->options.response_timeout,
    };
    double now = clock_now();
    if (now - server->swept < SWEEP_TIME)
        return;
    server->swept = now;
    connections_sweep(&server->connections, &times);
    decoder_pool_tend(server->decoders);
    remove_gone(server);
}

int watch(struct server *server, int listener, int milliseconds, bool *connections)
{
    struct pollfd events[2 + LINGER_MAX] = {{.fd = server->signals, .events = POLLIN},
                                            {.fd = listener, .events = POLLIN}};
    size_t lingering = linger_events(&server->linger, events + 2);
    double due = ceil(expire(server) * 1e3); /* rounded up, so as not to look too early and again */
    milliseconds = heartbeat(server, milliseconds);
    int patience = due < milliseconds ? (int)due : milliseconds;
    *connections = poll(events, 2 + lingering, patience > 0 ? patience : 0) > 0 && events[1].revents != 0;
    linger_drain(&server->linger);
    sweep(server);
    return signals_next(server->signals);
}

void watch_while_stopping(struct server *server, int listener, int milliseconds)
{
    bool connections;
    int number = watch(server, listener, milliseconds, &connections);
    if (number == SIGUSR1)
        log_access_reopen();
    if (number == SIGTERM || number == SIGINT)
        stop_at_once();
}
