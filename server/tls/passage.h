/* A session on its way through the daemon: what the relay keeps of it, and its place in the table of connections. */
#ifndef SENETD_PASSAGE_H
#define SENETD_PASSAGE_H

#include <stdbool.h>
#include <sys/socket.h>

#include "tls/session.h"

struct connections;
struct server;

struct passage {
    struct session session; /* the first member: a pointer to it is one to this */
    struct passage *next, *previous;
    enum session_stage stage; /* that has been dealt with */
    int plain;                /* the daemon's end of the pair; libmicrohttpd closes it once it has it, until then we */
    double until;             /* once the daemon has ended */
    bool heard;               /* the table of connections knows that the client has begun */
    bool unsaid;              /* counted so */
    struct sockaddr_storage address;
    socklen_t address_size;
};

/*
 * Takes over an accepted socket, and enters the connection into the table. NULL when there is no place or no memory for
 * it: it is closed then.
 */
struct passage *passage_create(struct server *server, int client, const struct sockaddr *address,
                               socklen_t address_size, const char *name);
/* Closes what is still open. */
void passage_free(struct passage *passage, struct connections *connections);

/* Lists; one is in one at a time. */
void passage_push(struct passage **list, struct passage *passage);
void passage_take_out(struct passage **list, struct passage *passage);

#endif
