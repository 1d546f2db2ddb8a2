#include "http/receive.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "http/connections.h"
#include "http/inlet.h"

#define PIECE ((size_t)64 * 1024)

static struct connections *connections; /* recv() can be told nothing; set while the HTTP thread does not run */

void receive_for(struct connections *of)
{
    connections = of;
}

/* The main thread's reason not to wait for the rest. A 408 that came too late, between two requests, has no effect. */
static void hear(struct inlet *inlet, const struct refusal *refusal)
{
    if (refusal && (inlet_in_request(inlet) || refusal->status != 408))
        inlet_refuse(inlet, refusal);
}

/* Feeds what has come, up to `size` bytes. False when there is no more, now (errno is EAGAIN) or ever. */
static bool read_piece(struct inlet *inlet, int fd, size_t size)
{
    static char bytes[PIECE]; /* the HTTP thread's */
    ssize_t got = recvfrom(fd, bytes, size < PIECE ? size : PIECE, 0, NULL, NULL);
    if (got > 0)
        inlet_feed(inlet, bytes, (size_t)got);
    inlet->finished = inlet->finished || got == 0;
    return got > 0;
}

static size_t read_through(struct inlet *inlet, int fd, char *bytes, size_t size)
{
    size_t taken = inlet_take(inlet, bytes, size);
    while (taken < size && inlet->state != INLET_ENDED && !inlet_failed(inlet) && read_piece(inlet, fd, size - taken))
        taken += inlet_take(inlet, bytes + taken, size - taken);
    return taken;
}

/*
 * A client that has half closed is owed the answers to what it sent. libmicrohttpd, which may read on when a connection
 * is resumed, would close it without them.
 */
static bool owes_answer(const struct inlet *inlet)
{
    return inlet->finished && !inlet_in_request(inlet) && inlet->answered < inlet->heads;
}

/* What recv() says when there is nothing to hand on. */
static ssize_t nothing(const struct inlet *inlet)
{
    if (inlet_failed(inlet))
        errno = ENOMEM;
    else if (inlet->state == INLET_ENDED || owes_answer(inlet))
        errno = EAGAIN; /* the answer to the last request will end the connection */
    else if (inlet->finished)
        return 0;
    return -1;
}

__attribute__((visibility("default"))) ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    const struct refusal *refusal;
    struct inlet *inlet = connections && !flags ? connections_inlet(connections, fd, &refusal) : NULL;
    if (!inlet)
        return recvfrom(fd, bytes, size, flags, NULL, NULL);
    hear(inlet, refusal);
    size_t taken = read_through(inlet, fd, bytes, size);
    int error = errno;
    connections_heard(connections, fd, inlet_in_head(inlet));
    errno = error;
    if (!taken || inlet_failed(inlet)) /* what is there may lack its end, and nobody would ask for that */
        return nothing(inlet);
    /* The library must ask again, to hear that the rest of a request will not come: this wakes it. */
    if (inlet->finished && inlet_in_request(inlet))
        shutdown(fd, SHUT_RD);
    return (ssize_t)taken;
}
