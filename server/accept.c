#define _GNU_SOURCE /* accept4 */
#include "accept.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "http.h"
#include "server.h"

#define ACCEPTS_A_ROUND 128 /* signals and timeouts are looked after in between */

static void name_client(const struct sockaddr *address, socklen_t size, char name[CLIENT_MAX])
{
    if (getnameinfo(address, size, name, CLIENT_MAX, NULL, 0, NI_NUMERICHOST))
        snprintf(name, CLIENT_MAX, "unknown");
}

/* A short answer is better than silence. */
static void turn_away(struct server *server, int fd)
{
    connection_send_last(fd, "503 Service Unavailable", "connection_limit", "too many connections are open");
    linger_add(&server->linger, fd);
}

static void hand_over(struct server *server, int fd, const struct sockaddr *address, socklen_t size)
{
    char client[CLIENT_MAX];
    name_client(address, size, client);
    if (!connections_enter(&server->connections, fd, client))
        turn_away(server, fd);
    else if (!http_add(server, fd, address, size))
        connections_leave(&server->connections, fd);
}

bool accept_pending(struct server *server)
{
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
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
    return true;
}

/*
 * Between the last accept and the closing of the socket, a client could still connect, to be reset. A filter that
 * drops what asks for a connection (SYN without ACK) shuts the door first; handshakes under way can end, and open
 * connections are other sockets. Where there are no filters, the gap remains.
 */
void accept_shut_door(struct server *server)
{
    enum { FLAGS = 13, SYN = 0x02, ACK = 0x10 }; /* of the TCP header, RFC 9293 */
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
    (void)setsockopt(server->listener.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
