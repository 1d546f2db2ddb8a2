#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "heartbeat.h"

#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http/http.h"
#include "notify.h"
#include "server.h"

#define LOOKS 4 /* in the time that the manager gives */

static bool ask(struct server *server)
{
    static const struct sockaddr unnamed = {.sa_family = AF_UNIX};
    struct heartbeat *heartbeat = &server->heartbeat;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
        return false;
    shutdown(ends[0], SHUT_WR);
    heartbeat->probe = ends[0];
    heartbeat->asking = http_add(server, ends[1], &unnamed, sizeof unnamed);
    if (!heartbeat->asking)
        close(ends[0]);
    return heartbeat->asking;
}

/* The HTTP thread has closed its end. */
static bool answered(const struct heartbeat *heartbeat)
{
    char byte;
    return recv(heartbeat->probe, &byte, 1, MSG_DONTWAIT) == 0;
}

int heartbeat(struct server *server, int most)
{
    struct heartbeat *heartbeat = &server->heartbeat;
    double period = notify_watchdog() / LOOKS, now = clock_now();
    if (!(period > 0))
        return most;
    if (now >= heartbeat->due) {
        bool alive = !heartbeat->asking || answered(heartbeat);
        if (alive) {
            notify_send("WATCHDOG=1");
            heartbeat_release(heartbeat);
            (void)ask(server);
        }
        heartbeat->due = now + period;
    }
    int milliseconds = (int)((heartbeat->due - now) * 1e3) + 1;
    return milliseconds < most ? milliseconds : most;
}

void heartbeat_release(struct heartbeat *heartbeat)
{
    if (heartbeat->asking)
        close(heartbeat->probe);
    heartbeat->asking = false;
}
