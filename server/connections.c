#define _GNU_SOURCE /* POLLRDHUP */
#include "connections.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clock.h"

/* Descriptors that are no connections (log, listener, epoll, models) take numbers too. */
#define OTHER_DESCRIPTORS 256

#define ABANDONED_AFTER 1.0 /* seconds of silence in which the HTTP thread has surely dealt with what had come */

bool connections_init(struct connections *connections, size_t limit)
{
    *connections = (struct connections){.size = limit + OTHER_DESCRIPTORS, .limit = limit};
    connections->slots = calloc(connections->size, sizeof *connections->slots);
    if (!connections->slots)
        return false;
    if (!pthread_mutex_init(&connections->lock, NULL))
        return true;
    free(connections->slots);
    connections->slots = NULL;
    return false;
}

void connections_release(struct connections *connections)
{
    if (!connections->slots)
        return;
    pthread_mutex_destroy(&connections->lock);
    free(connections->slots);
    connections->slots = NULL;
}

static void close_slot(struct connections *connections, struct connection *slot)
{
    connections->open -= slot->phase != PHASE_CLOSED;
    slot->phase = PHASE_CLOSED;
}

bool connections_enter(struct connections *connections, int fd, const char *client)
{
    bool room = false;
    pthread_mutex_lock(&connections->lock);
    if ((size_t)fd < connections->size) {
        struct connection *slot = &connections->slots[fd];
        /* A descriptor that the kernel gives out again was closed, even if nobody said so (no memory to say it). */
        close_slot(connections, slot);
        room = connections->open < connections->limit;
        if (room) {
            slot->phase = PHASE_IDLE;
            slot->unread = false;
            slot->since = slot->heard = clock_now();
            snprintf(slot->client, sizeof slot->client, "%s", client);
            connections->open++;
        }
    }
    pthread_mutex_unlock(&connections->lock);
    return room;
}

bool connections_leave(struct connections *connections, int fd)
{
    pthread_mutex_lock(&connections->lock);
    bool unread = connections->slots[fd].unread;
    close_slot(connections, &connections->slots[fd]);
    pthread_mutex_unlock(&connections->lock);
    return unread;
}

void connections_set_unread(struct connections *connections, int fd)
{
    pthread_mutex_lock(&connections->lock);
    connections->slots[fd].unread = true;
    pthread_mutex_unlock(&connections->lock);
}

enum phase connections_set_phase(struct connections *connections, int fd, enum phase phase)
{
    pthread_mutex_lock(&connections->lock);
    struct connection *slot = &connections->slots[fd];
    enum phase before = slot->phase;
    if (before != PHASE_CLOSED) {
        slot->phase = phase;
        slot->since = slot->heard = clock_now();
    }
    pthread_mutex_unlock(&connections->lock);
    return before;
}

void connections_touch(struct connections *connections, int fd)
{
    pthread_mutex_lock(&connections->lock);
    connections->slots[fd].heard = clock_now();
    pthread_mutex_unlock(&connections->lock);
}

void connections_client(struct connections *connections, int fd, char client[CLIENT_MAX])
{
    pthread_mutex_lock(&connections->lock);
    memcpy(client, connections->slots[fd].client, CLIENT_MAX);
    pthread_mutex_unlock(&connections->lock);
}

size_t connections_open(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    size_t open = connections->open;
    pthread_mutex_unlock(&connections->lock);
    return open;
}

void connection_send_last(int fd, const char *status_line, const char *code, const char *message)
{
    char body[256], text[512];
    int body_size = snprintf(body, sizeof body, "{\"error\":\"%s\",\"code\":\"%s\"}", message, code);
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                        "Retry-After: 1\r\nConnection: close\r\n\r\n%s",
                        status_line, body_size, body);
    (void)send(fd, text, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_late(const struct connection *slot, double now, const struct connection_times *times)
{
    switch (slot->phase) {
    case PHASE_IDLE:
        return now - slot->heard > times->silence;
    case PHASE_RECEIVING:
        return now - slot->heard > times->silence || now - slot->since > times->request;
    case PHASE_SENDING:
        return now - slot->since > times->request;
    case PHASE_CLOSED:
    case PHASE_WORKING:
    case PHASE_TIMED_OUT:
        break;
    }
    return false;
}

/* How many bytes have come that nobody has read. */
static int unread_bytes(int fd)
{
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) ? 0 : bytes;
}

/*
 * libmicrohttpd overlooks the end of a stream that comes together with data. Who has hung up owing us the rest of a
 * request will not send it any more.
 */
static bool is_abandoned(int fd, const struct connection *slot, double now)
{
    if ((slot->phase != PHASE_IDLE && slot->phase != PHASE_RECEIVING) || now - slot->heard < ABANDONED_AFTER)
        return false;
    struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) > 0 && unread_bytes(fd) == 0;
}

static void sweep_slot(int fd, struct connection *slot, double now, const struct connection_times *times)
{
    bool abandoned = is_abandoned(fd, slot, now);
    if (!abandoned && !is_late(slot, now, times))
        return;
    if (slot->phase == PHASE_RECEIVING && !abandoned) {
        /*
         * libmicrohttpd takes no answer before the request is complete, so this one goes past it. It is the first
         * that the client hears about this request, but for a "100 Continue".
         */
        connection_send_last(fd, "408 Request Timeout", "request_timeout", "the request took too long to arrive");
        slot->phase = PHASE_TIMED_OUT;
    }
    shutdown(fd, SHUT_RDWR);
}

void connections_sweep(struct connections *connections, const struct connection_times *times)
{
    double now = clock_now();
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->size; fd++)
        sweep_slot((int)fd, &connections->slots[fd], now, times);
    pthread_mutex_unlock(&connections->lock);
}

void connections_end_idle(struct connections *connections, double draining_since, double grace)
{
    double now = clock_now();
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->size; fd++) {
        struct connection *slot = &connections->slots[fd];
        if (slot->phase != PHASE_IDLE)
            continue;
        double since = slot->since > draining_since ? slot->since : draining_since;
        if (now - since > grace && unread_bytes((int)fd) == 0)
            shutdown((int)fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&connections->lock);
}
