/*
 * DESIGN
 * Threads: this one accepts connections, sees signals and times connections out; the HTTP thread (http.c) reads and
 * writes; the workers (workers.c) infer.
 *
 * Stopping: no more connections are taken, but every one that was made is served. Answers now say
 * "Connection: close"; a connection without a request is closed after a moment, in which a client that was just
 * sending one gets it answered. When the time is up, what still waits for a worker is answered 503.
 */
#define _GNU_SOURCE /* getrandom */
#include "server.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "accept.h"
#include "clock.h"
#include "cpus.h"
#include "http.h"
#include "log.h"
#include "request.h"

#define TICK_MS 1000 /* between looks for connections that take too long */
#define DRAIN_TICK_MS 10
#define IDLE_GRACE 1.0 /* seconds for a request that is already on its way when we stop */
#define FLUSH_TIME 1.0 /* seconds for the last answers to leave */

/* Connections need descriptors; the soft limit is often 1024 where the hard one is far above. */
static void raise_descriptor_limit(const struct options *options)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)options->connection_limit + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        log_write(LOG_LEVEL_WARNING, "descriptors", log_text("problem", "the limit cannot be raised"));
}

static void log_start(const struct server *server)
{
    log_write(LOG_LEVEL_INFO, "listening", log_text("address", server->listener.address),
              log_int("port", server->listener.port), log_text("version", senet_version()),
              log_text("isa", senet_isa()), log_int("workers", (int64_t)server->workers.count),
              log_int("threads", server->options.threads), log_int("models", (int64_t)server->registry.count),
              log_text("model", server->registry.models[0].name));
}

static bool init_parts(struct server *server, char *message, size_t size)
{
    const struct options *options = &server->options;
    if (queue_init(&server->queue, (size_t)options->queue_limit) &&
        connections_init(&server->connections, (size_t)options->connection_limit) && metrics_init(&server->metrics))
        return true;
    snprintf(message, size, "out of memory");
    return false;
}

bool server_start(struct server *server, char *message, size_t message_size)
{
    const struct options *options = &server->options;
    server->listener.fd = -1;
    raise_descriptor_limit(options);
    /* Ids need not be secret, only unlike those of other processes. */
    if (getrandom(&server->next_id, sizeof server->next_id, GRND_NONBLOCK) != (ssize_t)sizeof server->next_id)
        server->next_id = (uint64_t)getpid() << 32 ^ (uint64_t)(clock_now() * 1e9);
    size_t workers = options->workers ? (size_t)options->workers : (size_t)cpus_usable();
    if (!init_parts(server, message, message_size) ||
        !registry_open(&server->registry, &options->models, message, message_size) ||
        !workers_start(server, workers, message, message_size))
        return false;
    if (!http_start(server)) {
        snprintf(message, message_size, "the HTTP thread cannot be started");
        return false;
    }
    if (!listener_open(&server->listener, options->listen, message, message_size))
        return false;
    if (*options->port_file && !port_file_write(options->port_file, server->listener.port, message, message_size))
        return false;
    log_start(server);
    return true;
}

/* The signal that came, or 0 after `milliseconds`. *connections tells whether any are waiting. */
static int wait_for_events(int signals, int listener, int milliseconds, bool *connections)
{
    struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    *connections = false;
    if (poll(events, 2, milliseconds) <= 0)
        return 0;
    *connections = events[1].revents != 0;
    struct signalfd_siginfo info;
    if (!(events[0].revents & POLLIN) || read(signals, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    return (int)info.ssi_signo;
}

static void sweep(struct server *server)
{
    const struct connection_times times = {
        .silence = (double)server->options.connection_timeout,
        .request = (double)server->options.request_timeout,
    };
    connections_sweep(&server->connections, &times);
}

/* Returns the signal to stop. */
static int serve(struct server *server, int signals)
{
    double swept = clock_now();
    bool resting = false; /* out of descriptors: a moment without accepting, or this loop would spin */
    for (;;) {
        bool connections;
        int signal_number = wait_for_events(signals, resting ? -1 : server->listener.fd,
                                            resting ? TICK_MS / 10 : TICK_MS, &connections);
        if (signal_number)
            return signal_number;
        resting = connections && !accept_pending(server);
        if (resting)
            log_write(LOG_LEVEL_WARNING, "accept", log_text("problem", "out of descriptors or memory"));
        if (clock_now() - swept >= TICK_MS / 1e3) {
            swept = clock_now();
            sweep(server);
        }
    }
}

/* Until no connection is open or the time is up. A second signal ends the process. */
static void wait_for_connections(struct server *server, int signals, double began, double until)
{
    while (connections_open(&server->connections) && clock_now() < until) {
        bool connections;
        if (wait_for_events(signals, -1, DRAIN_TICK_MS, &connections)) {
            log_write(LOG_LEVEL_WARNING, "stopped", log_text("reason", "a second signal"));
            _exit(EXIT_FAILURE);
        }
        connections_end_idle(&server->connections, began, IDLE_GRACE);
        sweep(server);
    }
}

/* No worker will take these any more. */
static void refuse_queued(struct server *server)
{
    queue_close(&server->queue);
    for (struct request *request; (request = queue_take(&server->queue));) {
        reply_error(&request->reply, 503, "draining", "the server is stopping");
        http_resume(request);
    }
}

static void drain(struct server *server, int signals)
{
    double began = clock_now();
    atomic_store(&server->draining, true);
    accept_last(server);
    if (*server->options.port_file)
        remove(server->options.port_file); /* it says that connections are accepted */
    wait_for_connections(server, signals, began, began + (double)server->options.shutdown_timeout);
    refuse_queued(server);
    workers_stop(&server->workers);
    wait_for_connections(server, signals, began, clock_now() + FLUSH_TIME);
    log_write(LOG_LEVEL_INFO, "stopped", log_int("cut_off", (int64_t)connections_open(&server->connections)),
              log_real("ms", (clock_now() - began) * 1e3));
    http_stop(server);
}

void server_run(struct server *server)
{
    sigset_t stopping;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGINT);
    int signals = signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        log_write(LOG_LEVEL_ERROR, "stopping", log_text("problem", "no descriptor for signals"));
        return;
    }
    int signal_number = serve(server, signals);
    log_write(LOG_LEVEL_INFO, "stopping", log_text("signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"),
              log_int("connections", (int64_t)connections_open(&server->connections)));
    drain(server, signals);
    close(signals);
}

void server_release(struct server *server)
{
    if (server->queue.items)
        queue_close(&server->queue);
    workers_stop(&server->workers);
    http_stop(server);
    listener_close(&server->listener);
    queue_release(&server->queue);
    connections_release(&server->connections);
    metrics_release(&server->metrics);
    registry_release(&server->registry);
}
