#define _GNU_SOURCE /* struct tcp_info */
#include "http/linger.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define READS_MAX 16 /* per connection and call: others wait */

bool linger_init(struct lingering *linger)
{
    linger->count = 0;
    return !pthread_mutex_init(&linger->lock, NULL);
}

void linger_release(struct lingering *linger)
{
    for (size_t i = 0; i < linger->count; i++)
        close(linger->items[i].fd);
    linger->count = 0;
    pthread_mutex_destroy(&linger->lock);
}

void linger_add(struct lingering *linger, int fd)
{
    shutdown(fd, SHUT_WR);
    pthread_mutex_lock(&linger->lock);
    bool room = linger->count < LINGER_MAX;
    if (room) {
        linger->items[linger->count].fd = fd;
        linger->items[linger->count].until = clock_now() + LINGER_TIME;
        linger->items[linger->count].deaf = false;
        linger->count++;
    }
    pthread_mutex_unlock(&linger->lock);
    if (!room)
        close(fd);
}

size_t linger_events(struct lingering *linger, struct pollfd *events)
{
    pthread_mutex_lock(&linger->lock);
    size_t count = linger->count;
    for (size_t i = 0; i < count; i++)
        events[i] = (struct pollfd){.fd = linger->items[i].deaf ? -1 : linger->items[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&linger->lock);
    return count;
}

/*
 * What is left of the connection. DEAF: nothing comes any more because we have shut the socket down for reading, not
 * because the client has closed it.
 */
enum rest { REST_OPEN, REST_DEAF, REST_OVER };

/* Without an answer to ask the kernel, the client is taken to have closed. */
static int state_of(int fd)
{
#if defined(__linux__)
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
        return info.tcpi_state;
#else
    (void)fd;
#endif
    return TCP_CLOSE;
}

static enum rest throw_away(int fd)
{
    char bytes[64 * 1024];
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? REST_OPEN : REST_OVER;
        if (size == 0) /* in FIN_WAIT1 our last bytes are still on their way */
            return state_of(fd) == TCP_FIN_WAIT1 ? REST_DEAF : REST_OVER;
    }
    return REST_OPEN;
}

void linger_close(int fd)
{
    int state = state_of(fd);
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

void linger_drain(struct lingering *linger)
{
    double now = clock_now();
    pthread_mutex_lock(&linger->lock);
    for (size_t i = 0; i < linger->count;) {
        enum rest rest = now < linger->items[i].until ? throw_away(linger->items[i].fd) : REST_OVER;
        if (rest != REST_OVER) {
            linger->items[i++].deaf = rest == REST_DEAF;
            continue;
        }
        linger_close(linger->items[i].fd);
        linger->items[i] = linger->items[--linger->count];
    }
    pthread_mutex_unlock(&linger->lock);
}
