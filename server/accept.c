#define _GNU_SOURCE /* accept4 */
#include "accept.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"
#include "server.h"

static void name_client(const struct sockaddr *address, socklen_t size, char name[CLIENT_MAX])
{
    if (getnameinfo(address, size, name, CLIENT_MAX, NULL, 0, NI_NUMERICHOST))
        snprintf(name, CLIENT_MAX, "unknown");
}

/* A short answer is better than silence. It may be lost if the client is still sending. */
static void turn_away(int fd)
{
    connection_send_last(fd, "503 Service Unavailable", "connection_limit", "too many connections are open");
    shutdown(fd, SHUT_WR);
    close(fd);
}

static void hand_over(struct server *server, int fd, const struct sockaddr *address, socklen_t size)
{
    char client[CLIENT_MAX];
    name_client(address, size, client);
    if (!connections_enter(&server->connections, fd, client))
        turn_away(fd);
    else if (!http_add(server, fd, address, size))
        connections_leave(&server->connections, fd);
}

bool accept_pending(struct server *server)
{
    for (;;) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int fd = accept4(server->listener.fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            hand_over(server, fd, (struct sockaddr *)&address, size);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return true;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return false;
        /* Other errors are of one connection that went away before it was accepted. */
    }
}

/*
 * Between the last accept and the closing of the socket, a client could still connect, to be reset. A filter that
 * drops every packet to the listening socket shuts the door first; open connections are other sockets. Where there
 * are no filters, the gap remains.
 */
static void shut_door(int fd)
{
    struct sock_filter drop_all = {.code = BPF_RET | BPF_K, .k = 0};
    struct sock_fprog program = {.len = 1, .filter = &drop_all};
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void accept_last(struct server *server)
{
    shut_door(server->listener.fd);
    accept_pending(server);
    listener_close(&server->listener);
}
