#define _GNU_SOURCE /* accept4 */
#include "http/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "http/refuse.h"
#include "log.h"
#include "server.h"

#define ACCEPTS_A_ROUND 128 /* signals and timeouts are looked after in between */

static void name_client(const struct sockaddr *address, socklen_t size, char name[CLIENT_MAX])
{
    if (getnameinfo(address, size, name, CLIENT_MAX, NULL, 0, NI_NUMERICHOST))
        snprintf(name, CLIENT_MAX, "unknown");
}

/* A short answer is better than silence. To a client that speaks TLS none can be given without a handshake. */
static void say_last(struct server *server, int fd, const char *message)
{
    if (!tls_is_on(&server->tls))
        connection_send_last(fd, "503 Service Unavailable", "connection_limit", message, refuse_retry_after(server));
}

static void turn_away(struct server *server, int fd)
{
    say_last(server, fd, "too many connections are open");
    linger_add(&server->linger, fd);
}

static void hand_over(struct server *server, int fd, const struct sockaddr *address, socklen_t size)
{
    char name[CLIENT_MAX];
    name_client(address, size, name);
    if (tls_is_on(&server->tls))
        relay_add(&server->relay, fd, address, size, name);
    else if (!connections_enter(&server->connections, fd, client_of_address(address), name))
        turn_away(server, fd);
    else if (!http_add(server, fd, address, size))
        connections_leave(&server->connections, fd);
}

static int accept_next(const struct server *server, struct sockaddr_storage *address, socklen_t *size)
{
    *size = sizeof *address;
    return accept4(server->listener.fd, (struct sockaddr *)address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* The first failure of a row is worth a line, and its end another. */
static void note_exhaustion(struct acceptor *acceptor, bool exhausted)
{
    if (exhausted && !acceptor->exhausted)
        log_write(LOG_LEVEL_WARNING, "accept", log_text("problem", "out of descriptors: new connections are refused"));
    if (!exhausted && acceptor->exhausted)
        log_write(LOG_LEVEL_INFO, "accept", log_text("recovered", "there are descriptors again"));
    acceptor->exhausted = exhausted;
}

/*
 * The process has no descriptor left, but one in reserve: with that the next client is told, which would wait in the
 * kernel's queue otherwise. It is closed at once, unread: nobody lingers without descriptors.
 */
static bool refuse_next(struct server *server)
{
    struct sockaddr_storage address;
    socklen_t size;
    if (server->acceptor.reserve >= 0)
        close(server->acceptor.reserve);
    int fd = accept_next(server, &address, &size);
    if (fd >= 0) {
        say_last(server, fd, "no descriptor is left for this");
        shutdown(fd, SHUT_WR);
        char bytes[16 * 1024]; /* what has come is read, or closing would reset the connection before it is told */
        (void)!recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, NULL, NULL);
        close(fd);
    }
    server->acceptor.reserve = open_reserve();
    return fd >= 0;
}

void acceptor_open(struct acceptor *acceptor)
{
    *acceptor = (struct acceptor){.reserve = open_reserve()};
}

void acceptor_close(struct acceptor *acceptor)
{
    if (acceptor->reserve >= 0)
        close(acceptor->reserve);
    acceptor->reserve = -1;
}

bool accept_pending(struct server *server)
{
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        struct sockaddr_storage address;
        socklen_t size;
        int fd = accept_next(server, &address, &size);
        if (fd >= 0) {
            note_exhaustion(&server->acceptor, false);
            hand_over(server, fd, (struct sockaddr *)&address, size);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return true;
        } else if (errno == EMFILE || errno == ENFILE) {
            note_exhaustion(&server->acceptor, true);
            if (!refuse_next(server))
                return false;
        } else if (errno == ENOBUFS || errno == ENOMEM) {
            return false;
        }
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
