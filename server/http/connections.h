/*
 * Every open connection, by file descriptor: what it is waiting for and since when.
 *
 * DESIGN
 * libmicrohttpd closes a connection that is silent, but a client that sends a byte now and then keeps one for
 * ever, and a stop must tell an idle connection from one that is owed an answer. So each connection's phase is kept
 * here. A descriptor is in the table from accept until libmicrohttpd is about to close it (it says so first), so that
 * shutting a listed descriptor down never hits another connection's.
 *
 * A request that takes too long to arrive is refused: the reason is noted here and the reading half of the socket is
 * shut down, which wakes the HTTP thread; it finds the reason when it reads, and answers (inlet.h).
 *
 * When the limit of all connections, or of one client's, is reached, some more are let in all the same, for health
 * checks and metrics alone: on these every other request is refused (request.c). Who comes first goes first: the one
 * that has waited longest without asking anything makes room for the next, so that whoever fills these places has to
 * be faster than a health check takes from its connection to its request.
 */
#ifndef SENETD_CONNECTIONS_H
#define SENETD_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/clients.h"
#include "http/refusal.h"

struct inlet;

enum phase {
    PHASE_CLOSED,
    PHASE_SHAKING, /* the handshake of TLS is under way: relay.h */
    PHASE_IDLE,    /* no request has begun */
    PHASE_HEAD,    /* the client owes the rest of a request's head */
    PHASE_BODY,    /* and here of its body */
    PHASE_REFUSED, /* one of these took too long: the HTTP thread will say so */
    PHASE_WORKING, /* we owe the answer */
    PHASE_SENDING, /* the client owes reading it */
};

#define CLIENT_MAX 64
#define RESERVED_MAX 16 /* connections beyond a limit that are let in; as many again are on their way out */

struct connection_limits {
    size_t all, per_client; /* 0 for per_client: none */
    size_t descriptors;     /* that each takes */
};

struct connection {
    enum phase phase;
    double since;                  /* of the phase, on the monotonic clock */
    double heard;                  /* when the client was last heard of */
    bool unread;                   /* the client may be sending what nobody will read */
    const struct refusal *refusal; /* of the request that is arriving, until the HTTP thread takes it; may be NULL */
    const struct refusal *limit;   /* that was reached when it was let in; NULL for most */
    struct inlet *inlet;           /* owned; what is in it is the HTTP thread's */
    uint64_t client;               /* whose it is, see clients.h */
    char name[CLIENT_MAX];         /* numeric address, for the log */
};

struct connections {
    pthread_mutex_t lock;     /* guards all below */
    struct connection *slots; /* by descriptor */
    size_t size, open;
    size_t reserved; /* of the open ones, those that have `limit` */
    struct clients clients;
    struct connection_limits limits;
};

bool connections_init(struct connections *connections, struct connection_limits limits);
void connections_release(struct connections *connections);

/* False when it cannot be let in: nothing was entered. */
bool connections_enter(struct connections *connections, int fd, uint64_t client, const char *name);
/* True when the client may still be sending: see linger.h. */
bool connections_leave(struct connections *connections, int fd);
/* Returns the phase before. */
enum phase connections_set_phase(struct connections *connections, int fd, enum phase phase);
void connections_set_unread(struct connections *connections, int fd);
void connections_name(struct connections *connections, int fd, char name[CLIENT_MAX]);
/* The limit that was reached when it came, or NULL. */
const struct refusal *connections_limit(struct connections *connections, int fd);
size_t connections_open(struct connections *connections);

/* For the HTTP thread: NULL when no such connection is open. What the main thread has against it becomes *refusal. */
struct inlet *connections_inlet(struct connections *connections, int fd, const struct refusal **refusal);
/* The client was heard of, or its end; it has, or has not, begun with a request's head. */
void connections_heard(struct connections *connections, int fd, bool in_head);

struct connection_times {
    double silence;            /* seconds without a byte of the request that is due */
    double head, body, answer; /* seconds for a whole head, a whole body, and for reading a whole answer */
};

/* Ends connections whose phase has taken too long, with a 408 where a request was on its way. */
void connections_sweep(struct connections *connections, const struct connection_times *times);

/* Ends connections without a request under way that have been idle, while draining, for `grace` seconds. */
void connections_end_idle(struct connections *connections, double draining_since, double grace);

/* Requests that are still arriving will not be waited for. */
void connections_refuse_arriving(struct connections *connections, const struct refusal *refusal);

/* Ends all at once. */
void connections_end(struct connections *connections);

/*
 * A whole answer sent past libmicrohttpd, for a connection that was not let in; `retry_after` is in seconds. A client
 * that cannot take even this is not waited for.
 */
void connection_send_last(int fd, const char *status_line, const char *code, const char *message, int retry_after);

#endif
