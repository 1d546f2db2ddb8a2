#define _GNU_SOURCE /* POLLRDHUP */
#include "http/connections.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clock.h"
#include "http/inlet.h"

/* Descriptors that are no connections (log, listener, epoll, models) take numbers too. */
#define OTHER_DESCRIPTORS 256

#define ABANDONED_AFTER 1.0 /* seconds of silence in which the HTTP thread has surely dealt with what had come */
#define RESERVED_TIME 5.0   /* seconds in which a connection beyond the limits must have asked for something */
#define REFUSED_TIME 5.0    /* seconds in which the HTTP thread answers one whose request was refused */

static const struct refusal full = {503, "connection_limit", "too many connections are open"},
                            client_full = {429, "client_connection_limit",
                                           "too many connections are open from your address"},
                            late = {408, "request_timeout", "the request took too long to arrive"};

bool connections_init(struct connections *connections, struct connection_limits limits)
{
    *connections = (struct connections){.size = limits.all * limits.descriptors + OTHER_DESCRIPTORS, .limits = limits};
    connections->slots = calloc(connections->size, sizeof *connections->slots);
    if (connections->slots && clients_init(&connections->clients, connections->size) &&
        !pthread_mutex_init(&connections->lock, NULL))
        return true;
    clients_release(&connections->clients);
    free(connections->slots);
    connections->slots = NULL;
    return false;
}

static void close_slot(struct connections *connections, struct connection *slot)
{
    if (slot->phase == PHASE_CLOSED)
        return;
    connections->open--;
    connections->reserved -= slot->limit != NULL;
    clients_remove(&connections->clients, slot->client);
    inlet_release(slot->inlet);
    free(slot->inlet);
    *slot = (struct connection){.phase = PHASE_CLOSED};
}

void connections_release(struct connections *connections)
{
    if (!connections->slots)
        return;
    for (size_t fd = 0; fd < connections->size; fd++)
        close_slot(connections, &connections->slots[fd]);
    pthread_mutex_destroy(&connections->lock);
    clients_release(&connections->clients);
    free(connections->slots);
    connections->slots = NULL;
}

/*
 * The HTTP thread will say so when it reads; what it waits for is over now. Before the end of a handshake nothing can
 * be said.
 */
static void refuse(int fd, struct connection *slot, const struct refusal *refusal)
{
    int how = slot->phase == PHASE_SHAKING ? SHUT_RDWR : SHUT_RD;
    slot->refusal = refusal;
    slot->phase = PHASE_REFUSED;
    slot->since = clock_now();
    shutdown(fd, how);
}

/* It has not asked anything yet. */
static bool is_silent(const struct connection *slot)
{
    return slot->phase == PHASE_SHAKING || slot->phase == PHASE_IDLE || slot->phase == PHASE_HEAD;
}

/* Of the connections beyond the limits, the oldest that has not asked anything goes. */
static void make_room(struct connections *connections)
{
    size_t oldest = connections->size;
    for (size_t fd = 0; fd < connections->size; fd++) {
        const struct connection *slot = &connections->slots[fd];
        if (slot->limit && is_silent(slot) &&
            (oldest == connections->size || slot->since < connections->slots[oldest].since))
            oldest = fd;
    }
    if (oldest < connections->size)
        refuse((int)oldest, &connections->slots[oldest], connections->slots[oldest].limit);
}

static const struct refusal *limit_reached(const struct connections *connections, uint64_t client)
{
    const struct connection_limits *limits = &connections->limits;
    if (limits->per_client && clients_count(&connections->clients, client) >= limits->per_client)
        return &client_full;
    return connections->open - connections->reserved >= limits->all ? &full : NULL;
}

static bool open_slot(struct connections *connections, struct connection *slot, uint64_t client)
{
    const struct refusal *limit = limit_reached(connections, client);
    if (limit && connections->reserved >= RESERVED_MAX)
        make_room(connections);
    if (limit && connections->reserved >= (size_t)2 * RESERVED_MAX)
        return false;
    struct inlet *inlet = malloc(sizeof *inlet);
    if (!inlet)
        return false;
    inlet_init(inlet);
    double now = clock_now();
    *slot = (struct connection){
        .phase = PHASE_IDLE, .since = now, .heard = now, .limit = limit, .inlet = inlet, .client = client};
    connections->open++;
    connections->reserved += limit != NULL;
    clients_add(&connections->clients, client);
    return true;
}

bool connections_enter(struct connections *connections, int fd, uint64_t client, const char *name)
{
    bool room = false;
    pthread_mutex_lock(&connections->lock);
    if ((size_t)fd < connections->size) {
        struct connection *slot = &connections->slots[fd];
        /* A descriptor that the kernel gives out again was closed, even if nobody said so (no memory to say it). */
        close_slot(connections, slot);
        room = open_slot(connections, slot, client);
        if (room)
            snprintf(slot->name, sizeof slot->name, "%s", name);
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
        if (phase >= PHASE_WORKING)
            slot->refusal = NULL; /* it has arrived in time after all */
    }
    pthread_mutex_unlock(&connections->lock);
    return before;
}

void connections_name(struct connections *connections, int fd, char name[CLIENT_MAX])
{
    pthread_mutex_lock(&connections->lock);
    memcpy(name, connections->slots[fd].name, CLIENT_MAX);
    pthread_mutex_unlock(&connections->lock);
}

const struct refusal *connections_limit(struct connections *connections, int fd)
{
    pthread_mutex_lock(&connections->lock);
    const struct refusal *limit = connections->slots[fd].limit;
    pthread_mutex_unlock(&connections->lock);
    return limit;
}

struct inlet *connections_inlet(struct connections *connections, int fd, const struct refusal **refusal)
{
    struct inlet *inlet = NULL;
    *refusal = NULL;
    pthread_mutex_lock(&connections->lock);
    if (fd >= 0 && (size_t)fd < connections->size) {
        struct connection *slot = &connections->slots[fd];
        inlet = slot->inlet;
        *refusal = slot->refusal;
        slot->refusal = NULL;
    }
    pthread_mutex_unlock(&connections->lock);
    return inlet;
}

void connections_heard(struct connections *connections, int fd, bool in_head)
{
    pthread_mutex_lock(&connections->lock);
    struct connection *slot = &connections->slots[fd];
    slot->heard = clock_now();
    if (slot->phase == PHASE_IDLE && in_head) {
        slot->phase = PHASE_HEAD;
        slot->since = slot->heard;
    }
    pthread_mutex_unlock(&connections->lock);
}

size_t connections_open(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    size_t open = connections->open;
    pthread_mutex_unlock(&connections->lock);
    return open;
}

void connection_send_last(int fd, const char *status_line, const char *code, const char *message, int retry_after)
{
    char body[256], text[512];
    int body_size = snprintf(body, sizeof body, "{\"error\":\"%s\",\"code\":\"%s\"}", message, code);
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                        "Retry-After: %d\r\nConnection: close\r\n\r\n%s",
                        status_line, body_size, retry_after, body);
    (void)send(fd, text, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_late(const struct connection *slot, double now, const struct connection_times *times)
{
    switch (slot->phase) {
    case PHASE_SHAKING:
        return now - slot->since > (slot->limit && times->head > RESERVED_TIME ? RESERVED_TIME : times->head);
    case PHASE_IDLE:
        return now - slot->heard > (slot->limit && times->silence > RESERVED_TIME ? RESERVED_TIME : times->silence);
    case PHASE_HEAD:
        return now - slot->heard > times->silence || now - slot->since > times->head;
    case PHASE_BODY:
        return now - slot->heard > times->silence || now - slot->since > times->body;
    case PHASE_REFUSED:
        return now - slot->since > REFUSED_TIME;
    case PHASE_SENDING:
        return now - slot->since > times->answer;
    case PHASE_CLOSED:
    case PHASE_WORKING:
        break;
    }
    return false;
}

static bool is_arriving(const struct connection *slot)
{
    return slot->phase == PHASE_HEAD || slot->phase == PHASE_BODY;
}

/* How many bytes have come that nobody has read. */
static int unread_bytes(int fd)
{
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) ? 0 : bytes;
}

/* Who has hung up owing us the rest of a request will not send it any more. */
static bool is_abandoned(int fd, const struct connection *slot, double now)
{
    if ((slot->phase != PHASE_IDLE && !is_arriving(slot)) || now - slot->heard < ABANDONED_AFTER)
        return false;
    struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) > 0 && unread_bytes(fd) == 0;
}

static void sweep_slot(int fd, struct connection *slot, double now, const struct connection_times *times)
{
    if (is_abandoned(fd, slot, now))
        shutdown(fd, SHUT_RDWR);
    else if (!is_late(slot, now, times))
        return;
    else if (is_arriving(slot))
        refuse(fd, slot, &late);
    else
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

/* No request has begun, nor a handshake. */
static bool is_idle(const struct connection *slot)
{
    return slot->phase == PHASE_IDLE || (slot->phase == PHASE_SHAKING && slot->heard <= slot->since);
}

void connections_end_idle(struct connections *connections, double draining_since, double grace)
{
    double now = clock_now();
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->size; fd++) {
        struct connection *slot = &connections->slots[fd];
        if (!is_idle(slot))
            continue;
        double since = slot->since > draining_since ? slot->since : draining_since;
        if (now - since > grace && unread_bytes((int)fd) == 0)
            shutdown((int)fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&connections->lock);
}

void connections_refuse_arriving(struct connections *connections, const struct refusal *refusal)
{
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->size; fd++)
        if (is_arriving(&connections->slots[fd]) || connections->slots[fd].phase == PHASE_SHAKING)
            refuse((int)fd, &connections->slots[fd], refusal);
    pthread_mutex_unlock(&connections->lock);
}

void connections_end(struct connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    for (size_t fd = 0; fd < connections->size; fd++)
        if (connections->slots[fd].phase != PHASE_CLOSED)
            shutdown((int)fd, SHUT_RDWR);
    pthread_mutex_unlock(&connections->lock);
}
