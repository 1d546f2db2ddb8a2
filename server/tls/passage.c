#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "tls/passage.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"
#include "tls/identity.h"

static bool make_pair(int ends[2])
{
    static const int bytes = PAIR_BYTES;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
        return false;
    for (int i = 0; i < 2; i++)
        (void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return true;
}

/* NULL when there is no memory; nothing was taken then. */
static struct passage *allocate(struct server *server, int client, const int ends[2])
{
    struct passage *passage = calloc(1, sizeof *passage);
    struct identity *identity = tls_identity(&server->tls);
    if (passage && session_init(&passage->session, client, ends[0], identity)) {
        passage->plain = ends[1];
        return passage;
    }
    identity_release(identity);
    free(passage);
    return NULL;
}

/* Likewise. */
static struct passage *enter(struct server *server, int client, const int ends[2], uint64_t owner, const char *name)
{
    if (!connections_enter(&server->connections, ends[1], owner, name))
        return NULL;
    connections_set_phase(&server->connections, ends[1], PHASE_SHAKING);
    struct passage *passage = allocate(server, client, ends);
    if (!passage)
        connections_leave(&server->connections, ends[1]);
    return passage;
}

struct passage *passage_create(struct server *server, int client, const struct sockaddr *address,
                               socklen_t address_size, const char *name)
{
    static const int on = 1;
    int ends[2] = {-1, -1};
    struct passage *passage = make_pair(ends) ? enter(server, client, ends, client_of_address(address), name) : NULL;
    if (!passage) {
        close(client);
        for (int i = 0; i < 2; i++)
            if (ends[i] >= 0)
                close(ends[i]);
        return NULL;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* records are written whole */
    memcpy(&passage->address, address, address_size);
    passage->address_size = address_size;
    return passage;
}

void passage_free(struct passage *passage, struct connections *connections)
{
    if (passage->plain >= 0) {
        connections_leave(connections, passage->plain);
        close(passage->plain);
    }
    session_release(&passage->session);
    free(passage);
}

void passage_push(struct passage **list, struct passage *passage)
{
    passage->next = *list;
    passage->previous = NULL;
    if (*list)
        (*list)->previous = passage;
    *list = passage;
}

void passage_take_out(struct passage **list, struct passage *passage)
{
    *(passage->previous ? &passage->previous->next : list) = passage->next;
    if (passage->next)
        passage->next->previous = passage->previous;
}
