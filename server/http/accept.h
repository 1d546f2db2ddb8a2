/* Takes connections off the listening socket and hands them to the HTTP thread. */
#ifndef SENETD_ACCEPT_H
#define SENETD_ACCEPT_H

#include <stdbool.h>

struct server;

/* The main thread's. */
struct acceptor {
    int reserve;    /* a descriptor kept for when there are no others; -1 where there was none even for this */
    bool exhausted; /* so it is at the moment */
};

void acceptor_open(struct acceptor *acceptor);
void acceptor_close(struct acceptor *acceptor);

/* Some of those that are waiting. False when the process is out of descriptors or memory: wait before trying again. */
bool accept_pending(struct server *server);

/* No new connection can be begun; those under way still come to accept_pending. */
void accept_shut_door(struct server *server);

#endif
