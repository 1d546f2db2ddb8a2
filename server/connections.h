/*
 * Every open connection, by file descriptor: what it is waiting for and since when.
 *
 * DESIGN
 * libmicrohttpd closes a connection that is silent, but a client that sends a byte now and then keeps one for
 * ever, and a stop must tell an idle connection from one that is owed an answer. So each connection's phase is kept
 * here. A descriptor is in the table from accept until libmicrohttpd is about to close it (it says so first), so that
 * shutting a listed descriptor down never hits another connection's.
 */
#ifndef SENETD_CONNECTIONS_H
#define SENETD_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum phase {
    PHASE_CLOSED,
    PHASE_IDLE,      /* no request has begun */
    PHASE_RECEIVING, /* a request line was read; the client owes the rest */
    PHASE_WORKING,   /* we owe the answer */
    PHASE_SENDING,   /* the client owes reading it */
    PHASE_TIMED_OUT, /* we have ended it */
};

#define CLIENT_MAX 64

struct connection {
    enum phase phase;
    double since;            /* of the phase, on the monotonic clock */
    double heard;            /* when the client was last heard of */
    bool unread;             /* the client may be sending what nobody will read */
    char client[CLIENT_MAX]; /* numeric address, for the log */
};

struct connections {
    pthread_mutex_t lock;     /* guards all below */
    struct connection *slots; /* by descriptor */
    size_t size, open;
    size_t limit;
};

bool connections_init(struct connections *connections, size_t limit);
void connections_release(struct connections *connections);

/* False when the limit is reached: nothing was entered. */
bool connections_enter(struct connections *connections, int fd, const char *client);
/* True when the client may still be sending: see linger.h. */
bool connections_leave(struct connections *connections, int fd);
/* Returns the phase before. */
enum phase connections_set_phase(struct connections *connections, int fd, enum phase phase);
void connections_set_unread(struct connections *connections, int fd);
/* The client was heard of. */
void connections_touch(struct connections *connections, int fd);
void connections_client(struct connections *connections, int fd, char client[CLIENT_MAX]);
size_t connections_open(struct connections *connections);

struct connection_times {
    double silence; /* seconds without a byte of the request that is due */
    double request; /* seconds for a whole request, and again for reading its answer */
};

/* Ends connections whose phase has taken too long, with a 408 where a request was on its way. */
void connections_sweep(struct connections *connections, const struct connection_times *times);

/* Ends connections without a request under way that have been idle, while draining, for `grace` seconds. */
void connections_end_idle(struct connections *connections, double draining_since, double grace);

/*
 * A whole answer sent past libmicrohttpd, for a connection that is about to be closed. A client that cannot take
 * even this is not waited for.
 */
void connection_send_last(int fd, const char *status_line, const char *code, const char *message);

#endif
