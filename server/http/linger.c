#include "http/linger.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define LINGER_TIME 5.0 /* seconds */
#define READS_MAX 16    /* per connection and call: others wait */

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
        events[i] = (struct pollfd){.fd = linger->items[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&linger->lock);
    return count;
}

/* False when the client has closed, or the connection is broken. */
static bool throw_away(int fd)
{
    char bytes[64 * 1024];
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (size == 0)
            return false;
    }
    return true;
}

void linger_drain(struct lingering *linger)
{
    double now = clock_now();
    pthread_mutex_lock(&linger->lock);
    for (size_t i = 0; i < linger->count;) {
        if (now < linger->items[i].until && throw_away(linger->items[i].fd)) {
            i++;
            continue;
        }
        close(linger->items[i].fd);
        linger->items[i] = linger->items[--linger->count];
    }
    pthread_mutex_unlock(&linger->lock);
}
