/*
 * The thread between clients that speak TLS and the HTTP thread.
 *
 * DESIGN
 * An accepted socket comes here first. It gets a socket pair: one end is entered into the table of connections at once,
 * so that limits and deadlines hold from the first byte of the handshake, and is handed to libmicrohttpd, with the
 * client's address, when the handshake has ended. From there on all is as without TLS: the inlet reads it, hang-ups are
 * seen on it, deadlines shut it down. session.h says what becomes of that at the other end.
 *
 * libmicrohttpd's own TLS would read past the inlet and hide the socket. TLS inside our recv() (http/receive.h) would
 * need its send() and writev() as well, and one lock for workers that ask whether a client is still there. The pair
 * costs a copy each way, two descriptors a connection, and a thread, which spares the HTTP thread all of the
 * cryptography.
 *
 * One thread owns every session; sockets are looked at by one level-triggered epoll, so that what a turn leaves
 * undone is told again. The main thread hands over new ones through a list. While the daemon's end is open
 * connections.h counts a connection and ends it. After that it may stay here for `response_timeout`, until its client
 * has read what there is, and LINGER_TIME more, until it has closed: at most RELAY_ENDING_MAX of these, the oldest
 * goes.
 */
#ifndef SENETD_RELAY_H
#define SENETD_RELAY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "tls/handshakes.h"
#include "tls/session.h"

#define RELAY_DESCRIPTORS 3 /* of a connection */
#define RELAY_ENDING_MAX 128

struct passage;
struct server;

struct relay {
    struct server *server;
    pthread_t thread;
    bool running;
    int epoll, wake;
    pthread_mutex_t lock;     /* guards the next two */
    struct passage *incoming; /* not yet seen by the thread */
    bool stopping;
    atomic_size_t unsaid; /* sessions whose clients may have to be told something yet */
    struct handshakes handshakes;
    /* The thread's: */
    struct passage *passages, *over; /* in use; to be freed when no event can name them any more */
    size_t ending;                   /* of those in use, the ones that the daemon has ended */
    double swept;
    char buffer[RECORD_MAX];
};

/* False fills `message`; either way the caller stops it. */
bool relay_start(struct relay *relay, struct server *server, char *message, size_t message_size);
/* Ends all connections, whatever they were at. */
void relay_stop(struct relay *relay);

/* Takes over an accepted socket, also when there is no place for it. The main thread's. */
void relay_add(struct relay *relay, int fd, const struct sockaddr *address, socklen_t address_size, const char *name);

/* Connections whose clients have not been told all. */
size_t relay_unsaid(struct relay *relay);

#endif
