/*
 * DESIGN
 * Threads: this one accepts connections, sees signals, and ends what takes too long (watch.c); the HTTP thread (http.c)
 * reads and writes; where clients speak TLS another is between them (relay.c); the workers (workers.c) infer. How it
 * ends: stop.h.
 */
#define _GNU_SOURCE /* getrandom */
#include "server.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "decoder/decoder.h"
#include "http/accept.h"
#include "http/http.h"
#include "log.h"
#include "notify.h"
#include "predict/json_body.h"
#include "signals.h"
#include "stop.h"
#include "watch.h"

#define DESCRIPTORS_RESERVED 256 /* for all that is not a connection */
#define TICK_MS 1000             /* to wait at a time */

/*
 * Connections need `each` descriptors, and each decoder two; the soft limit is often 1024 where the hard one is far
 * above. Where even that is too low there are fewer connections: those beyond are turned away with an answer, and do
 * not wait for descriptors.
 */
static void fit_descriptors(struct options *options, size_t workers, size_t each)
{
    struct rlimit limit;
    rlim_t reserved = 2 * workers + DESCRIPTORS_RESERVED;
    rlim_t wanted = (rlim_t)options->connection_limit * each + reserved;
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
    options->connection_limit = limit.rlim_cur >= others + each ? (int64_t)((limit.rlim_cur - others) / each) : 1;
    log_write(LOG_LEVEL_WARNING, "descriptors", log_text("problem", "the limit is too low for connection_limit"),
              log_int("limit", (int64_t)limit.rlim_cur), log_int("connections", options->connection_limit));
}

static const char *scheme(const struct server *server)
{
    return tls_is_on(&server->tls) ? "https" : "http";
}

static void log_start(const struct server *server, const struct catalogue *catalogue)
{
    log_write(LOG_LEVEL_INFO, "listening", log_text("address", server->listener.address),
              log_int("port", server->listener.port), log_text("scheme", scheme(server)),
              log_text("version", senet_version()), log_text("isa", senet_isa()), log_int("cores", server->plan.cores),
              log_text("limited_by", server->plan.source), log_int("workers", server->plan.workers),
              log_int("threads", server->plan.per_inference), log_int("models", (int64_t)catalogue->count),
              log_text("model", *catalogue->default_name ? catalogue->default_name : NULL));
}

/* For the person who has just started it by hand; whoever collects logs has the line above. */
static void greet(const struct server *server, const struct catalogue *catalogue)
{
    char url[320];
    listener_url(&server->listener, scheme(server), url, sizeof url);
    if (*catalogue->default_name)
        printf("senetd serves '%s' on %s\n  try: curl -T photo.jpg %s/v1/predict\n", catalogue->default_name, url, url);
    else
        printf("senetd waits for models on %s\n", url);
    fflush(stdout);
}

static size_t descriptors_each(const struct options *options)
{
    return *options->tls_certificate ? RELAY_DESCRIPTORS : 1;
}

static struct connection_limits connection_limits(const struct options *options)
{
    return (struct connection_limits){(size_t)options->connection_limit, (size_t)options->connections_per_client,
                                      descriptors_each(options)};
}

static bool init_parts(struct server *server, char *message, size_t size)
{
    const struct options *options = &server->options;
    if (registry_init(&server->registry) && pace_init(&server->pace) &&
        queue_init(&server->queue, (struct queue_limits){(size_t)options->queue_limit, (size_t)options->queue_bytes}) &&
        connections_init(&server->connections, connection_limits(options)) && linger_init(&server->linger) &&
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
    notify_open();
    if (!signals_open(&server->signals)) {
        snprintf(message, message_size, "signals cannot be received");
        return false;
    }
    json_body_init();
    if (*options->access_log && !log_access_open(options->access_log, message, message_size))
        return false;
    if (!access_open(&server->access, options, message, message_size) ||
        !tls_open(&server->tls, options, message, message_size))
        return false;
    server->plan = thread_plan_make(options, "");
    size_t workers = (size_t)server->plan.workers;
    fit_descriptors(&server->options, workers, descriptors_each(options));
    acceptor_open(&server->acceptor);
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
    if (tls_is_on(&server->tls) && !relay_start(&server->relay, server, message, message_size))
        return false;
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

/* Accepts connections. Returns the signal to stop, or 0 when `until` has come. */
static int serve(struct server *server, double until)
{
    bool resting = false; /* out of descriptors: a moment without accepting, or this loop would spin */
    for (double now; (now = clock_now()) < until;) {
        bool connections;
        int most = resting ? TICK_MS / 10 : TICK_MS;
        int milliseconds = until - now < most / 1e3 ? (int)((until - now) * 1e3) + 1 : most;
        int number = watch(server, resting ? -1 : server->listener.fd, milliseconds, &connections);
        if (number == SIGTERM || number == SIGINT)
            return number;
        if (number == SIGUSR1)
            log_access_reopen();
        if (number == SIGHUP) {
            notify_reloading();
            access_reload(&server->access);
            tls_reload(&server->tls);
            loader_want_reload(&server->loader);
        }
        resting = connections && !accept_pending(server);
    }
    return 0;
}

void server_run(struct server *server)
{
    notify_send("READY=1");
    int number = serve(server, INFINITY);
    notify_send("STOPPING=1");
    log_write(LOG_LEVEL_INFO, "stopping", log_text("signal", number == SIGINT ? "SIGINT" : "SIGTERM"),
              log_int("connections", (int64_t)connections_open(&server->connections)));
    atomic_store(&server->draining, true);
    if (serve(server, clock_now() + (double)server->options.drain_delay))
        stop_at_once();
    stop(server);
}

void server_release(struct server *server)
{
    queue_close(&server->queue);
    workers_stop(&server->workers);
    decoder_pool_close(server->decoders);
    loader_stop(&server->loader);
    relay_stop(&server->relay);
    http_stop(server);
    heartbeat_release(&server->heartbeat);
    listener_close(&server->listener);
    acceptor_close(&server->acceptor);
    queue_release(&server->queue);
    pace_release(&server->pace);
    connections_release(&server->connections);
    linger_release(&server->linger);
    metrics_release(&server->metrics);
    registry_release(&server->registry);
    loader_release(&server->loader);
    tls_release(&server->tls);
    access_release(&server->access);
    log_access_close();
}
