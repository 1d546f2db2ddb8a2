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
#include <unistd.h>

#include "accept.h"
#include "clock.h"
#include "cpus.h"
#include "decoder.h"
#include "http.h"
#include "json_body.h"
#include "log.h"
#include "request.h"
#include "signals.h"

#define DESCRIPTORS_RESERVED 256 /* for all that is not a connection */
#define TICK_MS 1000             /* between looks for connections that take too long */
#define DRAIN_TICK_MS 10
#define HANDSHAKE_TIME 0.25 /* seconds for connections that are being made when we stop */
#define IDLE_GRACE 1.0      /* seconds for a request that is already on its way when we stop */
#define FLUSH_TIME 1.0      /* seconds for the last answers to leave; of a short timeout, half */

/*
 * Connections need descriptors, and each decoder two; the soft limit is often 1024 where the hard one is far above.
 * Where even that is too low there are fewer connections: those beyond are turned away with an answer, and do not wait
 * for descriptors.
 */
static void fit_descriptors(struct options *options, size_t workers)
{
    struct rlimit limit;
    rlim_t reserved = 2 * workers + DESCRIPTORS_RESERVED;
    rlim_t wanted = (rlim_t)options->connection_limit + reserved;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        limit.rlim_cur = before;
    if (limit.rlim_cur >= wanted)
        return;
    /* All that is not a connection takes some thirty; of a small limit it gets half. */
    rlim_t others = limit.rlim_cur / 2 < reserved ? limit.rlim_cur / 2 : reserved;
    options->connection_limit = limit.rlim_cur > others ? (int64_t)(limit.rlim_cur - others) : 1;
    log_write(LOG_LEVEL_WARNING, "descriptors", log_text("problem", "the limit is too low for connection_limit"),
              log_int("limit", (int64_t)limit.rlim_cur), log_int("connections", options->connection_limit));
}

static void log_start(const struct server *server, const struct catalogue *catalogue)
{
    log_write(LOG_LEVEL_INFO, "listening", log_text("address", server->listener.address),
              log_int("port", server->listener.port), log_text("version", senet_version()),
              log_text("isa", senet_isa()), log_int("workers", (int64_t)server->workers.count),
              log_int("threads", server->options.threads), log_int("models", (int64_t)catalogue->count),
              log_text("model", *catalogue->default_name ? catalogue->default_name : NULL));
}

/* For the person who has just started it by hand; whoever collects logs has the line above. */
static void greet(const struct server *server, const struct catalogue *catalogue)
{
    char url[320];
    listener_url(&server->listener, url, sizeof url);
    if (*catalogue->default_name)
        printf("senetd serves '%s' on %s\n  try: curl -T photo.jpg %s/v1/predict\n", catalogue->default_name, url, url);
    else
        printf("senetd waits for models on %s\n", url);
    fflush(stdout);
}

static bool init_parts(struct server *server, char *message, size_t size)
{
    const struct options *options = &server->options;
    if (registry_init(&server->registry) && queue_init(&server->queue, (size_t)options->queue_limit) &&
        connections_init(&server->connections, (size_t)options->connection_limit) && linger_init(&server->linger) &&
        metrics_init(&server->metrics))
        return true;
    snprintf(message, size, "out of memory");
    return false;
}

/* As many as there are workers: none waits for another. */
static bool start_decoders(struct server *server, size_t workers, char *message, size_t size)
{
    const struct options *options = &server->options;
    const struct decoder_config config = decoder_config_for(
        options->decoder_isolation == DECODER_ISOLATION_PROCESS ? workers : 0, (size_t)options->max_decode_memory);
    server->decoders = decoder_pool_open(&config, message, size);
    return server->decoders != NULL;
}

static bool open_models(struct server *server, size_t workers, char *message, size_t size)
{
    if (!loader_init(&server->loader, &server->registry, &server->options, workers)) {
        snprintf(message, size, "out of memory");
        return false;
    }
    server->loader.argc = server->argc;
    server->loader.argv = server->argv;
    return loader_open(&server->loader, false, message, size);
}

bool server_start(struct server *server, char *message, size_t message_size)
{
    const struct options *options = &server->options;
    server->listener.fd = -1;
    if (!signals_open(&server->signals)) {
        snprintf(message, message_size, "signals cannot be received");
        return false;
    }
    json_body_init();
    size_t workers = options->workers ? (size_t)options->workers : (size_t)cpus_usable();
    fit_descriptors(&server->options, workers);
    /* Ids need not be secret, only unlike those of other processes. */
    if (getrandom(&server->next_id, sizeof server->next_id, GRND_NONBLOCK) != (ssize_t)sizeof server->next_id)
        server->next_id = (uint64_t)getpid() << 32 ^ (uint64_t)(clock_now() * 1e9);
    if (!init_parts(server, message, message_size) || !open_models(server, workers, message, message_size) ||
        !start_decoders(server, workers, message, message_size) ||
        !workers_start(server, workers, message, message_size))
        return false;
    if (!loader_start(&server->loader)) {
        snprintf(message, message_size, "no thread to be had for loading models");
        return false;
    }
    if (!http_start(server)) {
        snprintf(message, message_size, "the HTTP thread cannot be started");
        return false;
    }
    if (!listener_open(&server->listener, options->listen, message, message_size))
        return false;
    if (*options->port_file && !port_file_write(options->port_file, server->listener.port, message, message_size))
        return false;
    struct catalogue *catalogue = registry_catalogue(&server->registry);
    log_start(server, catalogue);
    decoder_pool_log(server->decoders);
    if (options->log_format == LOG_FORMAT_TEXT && options->log_level == LOG_LEVEL_INFO)
        greet(server, catalogue);
    catalogue_release(catalogue);
    return true;
}

/* The signal that came, or 0 after `milliseconds`. *connections tells whether any are waiting; -1 asks for none. */
static int wait_for_events(struct server *server, int listener, int milliseconds, bool *connections)
{
    struct pollfd events[2 + LINGER_MAX] = {{.fd = server->signals, .events = POLLIN},
                                            {.fd = listener, .events = POLLIN}};
    size_t lingering = linger_events(&server->linger, events + 2);
    *connections = poll(events, 2 + lingering, milliseconds) > 0 && events[1].revents != 0;
    linger_drain(&server->linger);
    return signals_next(server->signals);
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
static int serve(struct server *server)
{
    double swept = clock_now();
    bool resting = false; /* out of descriptors: a moment without accepting, or this loop would spin */
    for (;;) {
        bool connections;
        int signal_number =
            wait_for_events(server, resting ? -1 : server->listener.fd, resting ? TICK_MS / 10 : TICK_MS, &connections);
        if (signal_number == SIGTERM || signal_number == SIGINT)
            return signal_number;
        if (signal_number == SIGHUP)
            loader_want_reload(&server->loader);
        resting = connections && !accept_pending(server);
        if (resting)
            log_write(LOG_LEVEL_WARNING, "accept", log_text("problem", "out of descriptors or memory"));
        if (clock_now() - swept >= TICK_MS / 1e3) {
            swept = clock_now();
            sweep(server);
            decoder_pool_tend(server->decoders);
        }
    }
}

static void end_at_second_signal(int signal_number)
{
    if (signal_number != SIGTERM && signal_number != SIGINT)
        return;
    log_write(LOG_LEVEL_WARNING, "stopped", log_text("reason", "a second signal"));
    _exit(EXIT_FAILURE);
}

/* Until no connection is open or the time is up. */
static void wait_for_connections(struct server *server, double began, double until)
{
    while (connections_open(&server->connections) && clock_now() < until) {
        bool connections;
        end_at_second_signal(wait_for_events(server, -1, DRAIN_TICK_MS, &connections));
        connections_end_idle(&server->connections, began, IDLE_GRACE);
        sweep(server);
    }
}

/* No worker will take these any more. */
static void refuse_queued(struct server *server)
{
    loader_close(&server->loader);
    queue_close(&server->queue);
    for (struct request *request; (request = queue_take(&server->queue));) {
        reply_error(&request->reply, 503, "draining", "the server is stopping");
        http_resume(request);
    }
}

/* What they are at is one image each, or a model that is being loaded; a second signal does not wait for that. */
static void wait_for_workers(struct server *server)
{
    while (!workers_have_ended(&server->workers) || !loader_has_ended(&server->loader)) {
        bool connections;
        end_at_second_signal(wait_for_events(server, -1, DRAIN_TICK_MS, &connections));
    }
}

/* Takes the last connections: those whose handshake had begun. */
static void stop_accepting(struct server *server)
{
    double until = clock_now() + HANDSHAKE_TIME;
    accept_shut_door(server);
    while (clock_now() < until) {
        bool connections;
        end_at_second_signal(wait_for_events(server, server->listener.fd, DRAIN_TICK_MS, &connections));
        accept_pending(server);
    }
    listener_close(&server->listener);
}

static void drain(struct server *server)
{
    double began = clock_now(), until = began + (double)server->options.shutdown_timeout;
    double flush = until - began < 2 * FLUSH_TIME ? (until - began) / 2 : FLUSH_TIME;
    atomic_store(&server->draining, true);
    if (*server->options.port_file)
        remove(server->options.port_file); /* it says that connections are accepted */
    stop_accepting(server);
    wait_for_connections(server, began, until - flush);
    atomic_store(&server->out_of_time, true);
    refuse_queued(server);
    wait_for_workers(server);
    workers_stop(&server->workers);
    loader_stop(&server->loader);
    wait_for_connections(server, began, clock_now() + flush);
    log_write(LOG_LEVEL_INFO, "stopped", log_int("cut_off", (int64_t)connections_open(&server->connections)),
              log_real("ms", (clock_now() - began) * 1e3));
    connections_sweep(&server->connections, &(struct connection_times){0});
    http_stop(server);
}

void server_run(struct server *server)
{
    int signal_number = serve(server);
    log_write(LOG_LEVEL_INFO, "stopping", log_text("signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"),
              log_int("connections", (int64_t)connections_open(&server->connections)));
    drain(server);
}

void server_release(struct server *server)
{
    if (server->queue.items)
        queue_close(&server->queue);
    workers_stop(&server->workers);
    decoder_pool_close(server->decoders);
    loader_stop(&server->loader);
    http_stop(server);
    listener_close(&server->listener);
    queue_release(&server->queue);
    connections_release(&server->connections);
    linger_release(&server->linger);
    metrics_release(&server->metrics);
    registry_release(&server->registry);
    loader_release(&server->loader);
}
