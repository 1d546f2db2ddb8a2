#include "stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "http/accept.h"
#include "http/http.h"
#include "http/refuse.h"
#include "http/request.h"
#include "log.h"
#include "server.h"
#include "watch.h"

#define TICK_MS 10
#define HANDSHAKE_TIME 0.25 /* seconds for connections that are being made when we stop */
#define IDLE_GRACE 1.0      /* seconds for a request that is already on its way when we stop */
#define FLUSH_TIME 1.0      /* seconds for the last answers to leave; of a short timeout, half */

/* Where clients speak TLS, what a connection said may still be on its way when it is closed. */
static size_t connections_left(struct server *server)
{
    size_t open = connections_open(&server->connections), unsaid = relay_unsaid(&server->relay);
    return unsaid > open ? unsaid : open;
}

/* Until no connection is open or the time is up. */
static void wait_for_connections(struct server *server, double began, double until)
{
    while (connections_left(server) && clock_now() < until) {
        watch_while_stopping(server, -1, TICK_MS);
        connections_end_idle(&server->connections, began, IDLE_GRACE);
    }
}

/* No worker will take these any more. */
static void refuse_queued(struct server *server)
{
    loader_close(&server->loader);
    queue_close(&server->queue);
    for (struct request *request; (request = request_of(queue_take(&server->queue)));) {
        refuse_draining(request);
        http_resume(request);
    }
}

/* What they are at is one inference each, or a model that is being loaded; a second signal does not wait for that. */
static void wait_for_workers(struct server *server)
{
    while (!workers_have_ended(&server->workers) || !loader_has_ended(&server->loader))
        watch_while_stopping(server, -1, TICK_MS);
}

/* Takes the last connections: those whose handshake had begun. */
static void stop_accepting(struct server *server)
{
    double until = clock_now() + HANDSHAKE_TIME;
    accept_shut_door(server);
    while (clock_now() < until) {
        watch_while_stopping(server, server->listener.fd, TICK_MS);
        accept_pending(server);
    }
    listener_close(&server->listener);
}

_Noreturn void stop_at_once(void)
{
    log_write(LOG_LEVEL_WARNING, "stopped", log_text("reason", "a second signal"));
    _exit(EXIT_FAILURE);
}

void stop(struct server *server)
{
    static const struct refusal draining = {503, "draining", "the server is stopping"};
    double began = clock_now(), until = began + (double)server->options.shutdown_timeout;
    double flush = until - began < 2 * FLUSH_TIME ? (until - began) / 2 : FLUSH_TIME;
    if (*server->options.port_file)
        remove(server->options.port_file); /* it says that connections are accepted */
    stop_accepting(server);
    wait_for_connections(server, began, until - flush);
    atomic_store(&server->out_of_time, true);
    connections_refuse_arriving(&server->connections, &draining);
    refuse_queued(server);
    wait_for_workers(server);
    workers_stop(&server->workers);
    loader_stop(&server->loader);
    wait_for_connections(server, began, clock_now() + flush);
    log_write(LOG_LEVEL_INFO, "stopped", log_int("cut_off", (int64_t)connections_left(server)),
              log_real("ms", (clock_now() - began) * 1e3));
    connections_end(&server->connections);
    relay_stop(&server->relay);
    http_stop(server);
}
