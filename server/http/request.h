/*
 * One request, from its first line to the last byte of its answer.
 *
 * DESIGN
 * The HTTP thread owns a request until it is pushed onto the queue. Who takes it off the queue owns it until it resumes
 * the connection: a worker, or the main thread, when its deadline passes or its client leaves while it waits. Then the
 * HTTP thread owns it again. Nobody locks it.
 */
#ifndef SENETD_REQUEST_H
#define SENETD_REQUEST_H

#include <stddef.h>

#include "access/cors.h"
#include "http/connections.h"
#include "http/gzip.h"
#include "http/inlet.h"
#include "http/patience.h"
#include "http/reply.h"
#include "http/target.h"
#include "http/trace.h"
#include "routes/routes.h"
#include "server.h"
#include "work/queue.h"

struct MHD_Connection;

#define REQUEST_ID_MAX 128
#define STATUS_CLIENT_GONE 499 /* in log and metrics: nginx's number for a client that did not wait */

struct request {
    struct queue_entry entry; /* what the queue knows of it, and its deadline */
    struct server *server;
    struct MHD_Connection *connection;
    struct inlet *inlet; /* what it came through, as the request of that `number` */
    uint64_t number;
    int fd;
    double began, received; /* first line read; body complete */
    char client[CLIENT_MAX];
    char *target_text; /* owned; what `target` points into */
    struct target target;
    char method[16];
    char id[REQUEST_ID_MAX + 1];
    struct trace trace;
    bool old;     /* HTTP/1.0 */
    bool asked;   /* whether its client is still there, see hangup.h */
    bool expects; /* it waits for "100 Continue" */
    bool has_body;
    int64_t content_length; /* -1 when not given */
    struct encodings accepted;
    char *content_type; /* owned; NULL when absent */
    bool encoded;       /* the body is said to be compressed */
    int64_t json_size;  /* Inference-Header-Content-Length; -1 when absent, -2 when malformed */
    struct credentials credentials;
    struct origin origin;
    bool failed; /* there was no memory for it */
    struct patience patience;

    const struct route *route; /* &route_unknown when nothing matched */
    struct route_names names;
    /* The model that the route is about: the one it names, or the default. A reference is held; may be NULL. */
    struct served *served;

    char *body; /* owned; `body_capacity` of it are counted in server->buffered_bytes */
    size_t body_size, body_capacity;
    uint64_t bytes_in; /* bytes of the body that have come */
    size_t discarded;  /* bytes of a body that will not be used */

    bool begun; /* the headers were seen */
    struct reply reply;
    int final_status;           /* for log and metrics, where it is not the status that libmicrohttpd sent; else 0 */
    size_t reply_capacity;      /* of the reply's body, as far as counted in server->buffered_bytes */
    bool worked;                /* a worker has had it, and `stages` are known */
    double stages[STAGE_COUNT]; /* seconds, for the log */
    char top[96];               /* the most probable class, for the log; "" when there is none */
};

/* `target` is the first line's, copied. NULL when memory is short. */
struct request *request_create(struct server *server, struct MHD_Connection *connection, int fd, const char *target);
void request_free(struct request *request);

/* Looks at one header of the request. */
void request_header(struct request *request, const char *name, const char *value);

/*
 * After all headers: finds the route and what is wrong already. An answer that is due now, before the body, is
 * marked by reply.close; any other waits for the body to pass.
 */
void request_begin(struct request *request, const char *method);

/* Takes a piece of the body. False when the client sends more than anyone should have to drain. */
bool request_body(struct request *request, const char *bytes, size_t size);

/* The body has passed. If it was not whole, the reply now says so. */
void request_end_of_body(struct request *request);

/* No other comes after it on its connection: the client has ended, or was refused. */
bool request_is_last(const struct request *request);

/* The body is here, and from now on the answer is due: sets `received` and the deadline. */
void request_complete(struct request *request);

static inline struct request *request_of(struct queue_entry *entry)
{
    return entry ? (struct request *)(void *)((char *)entry - offsetof(struct request, entry)) : NULL;
}

/* The body has been used: its memory is for others. */
void request_body_release(struct request *request);

/* The reply's body takes memory until the client has read it, as long as it pleases. */
void request_count_reply(struct request *request);

#endif
