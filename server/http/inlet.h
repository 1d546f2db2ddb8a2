/*
 * What clients send, on its way to libmicrohttpd: read strictly, and written anew.
 *
 * DESIGN
 * libmicrohttpd 0.9.75 takes much that a proxy in front may read otherwise (bare LF, folded lines, Transfer-Encoding
 * beside Content-Length, several Content-Lengths, a space before the colon), answers what it refuses itself with HTML
 * that nobody logs, hands out the head only after it was parsed, and takes no answer in the middle of a body. So it
 * never sees what a client sent. Each connection has an inlet, through which its bytes go (receive.h), and what comes
 * out of it is:
 *
 * - the head of a request at once and whole, when it is complete and sound, with every header as "name: value";
 * - its body in chunks, however the client framed it, because a chunked body can be ended at any time;
 * - in the place of what is not to be served, a request line alone or the end of the body: the last request of the
 *   stream, which http.c answers with the inlet's refusal, as any other request is answered, logged and counted.
 *
 * So what is refused stands in its place in a pipeline, after the answers to all that came before it; and what came
 * after it is never read as a request. Nothing here knows sockets, libmicrohttpd or threads.
 *
 * Other ways that were considered: a look at the socket before libmicrohttpd reads (MSG_PEEK) sees the first request of
 * a connection alone, and the library's callbacks come after its parser. A socket pair between the client and the
 * library would see everything, for two more system calls and a copy each way, and twice the descriptors.
 */
#ifndef SENETD_INLET_H
#define SENETD_INLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/chunks.h"
#include "http/head.h"
#include "http/refusal.h"
#include "senet.h"

enum inlet_state {
    INLET_HEAD,
    INLET_SIZED,   /* in a body whose length is known */
    INLET_CHUNKED, /* in one that says its end itself */
    INLET_ENDED,   /* the last request was handed on; what else comes is dropped */
};

struct inlet {
    enum inlet_state state;
    struct head head;
    struct senet_buffer line; /* of the head: what has come of it */
    struct senet_buffer held; /* the head as it will be handed on */
    uint64_t left;            /* bytes of a body whose length is known */
    struct chunks chunks;
    struct senet_buffer out; /* to be handed on, from `taken` on */
    size_t taken;
    size_t chunk;                  /* where in `out` the chunk begins that is being written */
    uint64_t heads;                /* handed on */
    uint64_t begun;                /* of them, those that http.c has seen; its own count */
    uint64_t answered;             /* and of those, the ones that are done with; http.c's too */
    bool finished;                 /* the client will send no more; receive.c's */
    const struct refusal *refusal; /* why the last request is not served; NULL while there is no such */
};

void inlet_init(struct inlet *inlet);
void inlet_release(struct inlet *inlet);

/* Takes all of what a client has sent. */
void inlet_feed(struct inlet *inlet, const char *bytes, size_t size);

/* The request that is coming in, or would come next, is not to be served. The first refusal stays. */
void inlet_refuse(struct inlet *inlet, const struct refusal *refusal);

/* Hands on up to `size` bytes; how many there were. */
size_t inlet_take(struct inlet *inlet, char *bytes, size_t size);

/* A part of a head has come, and not yet the rest of it. */
bool inlet_in_head(const struct inlet *inlet);

/* A part of the body of the request that was handed on as the `number`-th has come, and not yet the rest of it. */
bool inlet_in_body(const struct inlet *inlet, uint64_t number);

/* A part of a request has come, and not yet the rest of it. */
bool inlet_in_request(const struct inlet *inlet);

/* There was no memory: the connection cannot go on. */
bool inlet_failed(const struct inlet *inlet);

#endif
