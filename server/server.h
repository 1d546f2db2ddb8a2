/* The daemon as a whole: what its parts share. */
#ifndef SENETD_SERVER_H
#define SENETD_SERVER_H

#include <stdatomic.h>
#include <stdint.h>

#include "access/access.h"
#include "heartbeat.h"
#include "http/accept.h"
#include "http/connections.h"
#include "http/linger.h"
#include "http/listener.h"
#include "metrics.h"
#include "models/loader.h"
#include "models/registry.h"
#include "options/options.h"
#include "tls/relay.h"
#include "tls/tls.h"
#include "work/pace.h"
#include "work/queue.h"
#include "work/thread_plan.h"
#include "work/workers.h"

struct MHD_Daemon;
struct decoder_pool;

struct server {
    struct options options;  /* unchanged once started */
    struct thread_plan plan; /* likewise */
    int argc;                /* to read the options again */
    char *const *argv;
    struct access access;
    struct tls tls;
    struct relay relay; /* runs where TLS is on */
    struct registry registry;
    struct loader loader;
    struct listener listener;
    struct acceptor acceptor;
    struct heartbeat heartbeat;
    int signals; /* what signals.h opened */
    struct connections connections;
    struct lingering linger;
    struct metrics metrics;
    struct queue queue;
    struct pace pace;
    struct workers workers;
    struct decoder_pool *decoders;
    struct MHD_Daemon *http;
    double swept;            /* when connections were last looked at; the main thread's */
    atomic_bool draining;    /* a signal to stop has come */
    atomic_bool out_of_time; /* and shutdown_timeout is over: no further image is begun */
    /* Touched by the HTTP thread alone: */
    size_t buffered_bytes; /* held by the bodies of requests and of answers */
    uint64_t next_id;
};

/* Everything up to accepting connections. False fills `message`; either way the caller calls server_release. */
bool server_start(struct server *server, char *message, size_t message_size);
void server_release(struct server *server);

/* Accepts connections until SIGTERM or SIGINT, then answers what was accepted. */
void server_run(struct server *server);

#endif
