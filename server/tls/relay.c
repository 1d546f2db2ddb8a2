#include "tls/relay.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "http/http.h"
#include "http/linger.h"
#include "log.h"
#include "server.h"
#include "tls/passage.h"

#define EVENTS_A_ROUND 64
#define SWEEP_TIME 1.0 /* seconds between looks for those that stay too long after their end */

static struct passage *passage_of(struct side *side)
{
    return (struct passage *)(void *)side->session;
}

static void free_list(struct relay *relay, struct passage **list)
{
    for (struct passage *passage; (passage = *list);) {
        passage_take_out(list, passage);
        passage_free(passage, &relay->server->connections);
    }
}

static void wake(struct relay *relay)
{
    const uint64_t one = 1;
    (void)!write(relay->wake, &one, sizeof one);
}

void relay_add(struct relay *relay, int fd, const struct sockaddr *address, socklen_t address_size, const char *name)
{
    struct passage *passage = passage_create(relay->server, fd, address, address_size, name);
    if (!passage)
        return;
    passage->unsaid = true;
    atomic_fetch_add(&relay->unsaid, 1);
    pthread_mutex_lock(&relay->lock);
    passage_push(&relay->incoming, passage);
    pthread_mutex_unlock(&relay->lock);
    wake(relay);
}

/* -------------------------------------------------------------- stages, one by one */

static void all_is_said(struct relay *relay, struct passage *passage)
{
    if (passage->unsaid)
        atomic_fetch_sub(&relay->unsaid, 1);
    passage->unsaid = false;
}

/*
 * Before a socket is closed: while a decoder is being started, that process has a copy for a moment, and epoll would
 * still tell of it. And after a hang-up, which would be told again and again.
 */
static void stop_listening(struct relay *relay, struct side *side)
{
    if (side->listed)
        (void)epoll_ctl(relay->epoll, EPOLL_CTL_DEL, side->fd, NULL);
    side->listed = false;
}

static void over(struct relay *relay, struct passage *passage)
{
    stop_listening(relay, &passage->session.client);
    stop_listening(relay, &passage->session.daemon);
    all_is_said(relay, passage);
    passage_take_out(&relay->passages, passage);
    passage_push(&relay->over, passage);
}

static void count_failure(struct relay *relay, const struct passage *passage)
{
    const struct session *session = &passage->session;
    enum handshake_reason reason = handshake_reason(session->error);
    char name[CLIENT_MAX];
    connections_name(&relay->server->connections, passage->plain, name);
    atomic_fetch_add(&relay->handshakes.failed[reason], 1);
    log_write(LOG_LEVEL_INFO, "tls_handshake_failed", log_text("client", name),
              log_text("reason", handshake_reason_name(reason)),
              log_text("problem", session->error ? gnutls_strerror(session->error) : NULL));
}

/* The daemon gets its end. */
static void hand_over(struct relay *relay, struct passage *passage)
{
    struct server *server = relay->server;
    int plain = passage->plain;
    passage->plain = -1;
    connections_set_phase(&server->connections, plain, PHASE_IDLE);
    if (!http_add(server, plain, (struct sockaddr *)&passage->address, passage->address_size))
        connections_leave(&server->connections, plain);
}

/* Of those that the daemon has ended the one that has the least time left goes, when there are too many. */
static void make_room(struct relay *relay)
{
    struct passage *first = NULL;
    for (struct passage *each = relay->passages; each; each = each->next)
        if (each->until > 0 && each->stage != SESSION_OVER && (!first || each->until < first->until))
            first = each;
    if (!first)
        return;
    first->session.stage = SESSION_OVER;
    first->stage = SESSION_OVER;
    relay->ending--;
    over(relay, first);
}

static void set_end(struct relay *relay, struct passage *passage, double seconds)
{
    if (!passage->until && ++relay->ending > RELAY_ENDING_MAX)
        make_room(relay);
    passage->until = clock_now() + seconds;
}

/* What a new stage brings with it. It may lead to the next. */
static void enter_stage(struct relay *relay, struct passage *passage, enum session_stage before)
{
    switch (passage->stage) {
    case SESSION_SHAKING:
        break;
    case SESSION_OPEN:
        hand_over(relay, passage);
        break;
    case SESSION_ENDING:
        set_end(relay, passage, (double)relay->server->options.response_timeout);
        break;
    case SESSION_LINGERING:
        all_is_said(relay, passage);
        set_end(relay, passage, LINGER_TIME);
        break;
    case SESSION_OVER:
        if (before == SESSION_SHAKING)
            count_failure(relay, passage);
        if (passage->until > 0)
            relay->ending--;
        over(relay, passage);
        break;
    }
}

static void listen_to(struct relay *relay, struct side *side, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = side};
    if (side->listed && side->events == events)
        return;
    if (epoll_ctl(relay->epoll, side->listed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, side->fd, &event)) {
        side->session->error = GNUTLS_E_MEMORY_ERROR;
        side->session->stage = SESSION_OVER;
        return;
    }
    side->listed = true;
    side->events = events;
}

/* After anything has happened to a session. */
static void settle(struct relay *relay, struct passage *passage)
{
    struct session *session = &passage->session;
    if (session->heard && !passage->heard && passage->plain >= 0)
        connections_heard(&relay->server->connections, passage->plain, false);
    passage->heard = session->heard;
    if (session->stage != SESSION_OVER) {
        listen_to(relay, &session->client, session_client_events(session));
        if (session->hung_up || session->stage == SESSION_LINGERING)
            stop_listening(relay, &session->daemon);
        else
            listen_to(relay, &session->daemon, session_daemon_events(session));
    }
    enum session_stage before = passage->stage;
    passage->stage = session->stage;
    if (before != passage->stage)
        enter_stage(relay, passage, before);
}

/* ---------------------------------------------------------------------- the thread */

static void take_incoming(struct relay *relay)
{
    uint64_t ignored;
    (void)!read(relay->wake, &ignored, sizeof ignored);
    pthread_mutex_lock(&relay->lock);
    struct passage *incoming = relay->incoming;
    relay->incoming = NULL;
    pthread_mutex_unlock(&relay->lock);
    while (incoming) {
        struct passage *passage = incoming;
        incoming = passage->next;
        passage_push(&relay->passages, passage);
        settle(relay, passage);
    }
}

static void see(struct relay *relay, const struct epoll_event *event)
{
    struct side *side = event->data.ptr;
    struct passage *passage = passage_of(side);
    struct session *session = &passage->session;
    if (session->stage == SESSION_OVER)
        return; /* by an event of the same round */
    (side == &session->client ? session_client_ready : session_daemon_ready)(session, event->events, relay->buffer);
    settle(relay, passage);
}

/* Clients that take too long to read the end, or to close. Those get a reset who may be waiting for room to send. */
static void sweep(struct relay *relay, double now)
{
    relay->swept = now;
    for (struct passage *passage = relay->passages, *next; passage; passage = next) {
        next = passage->next;
        if (!passage->until || now < passage->until)
            continue;
        stop_listening(relay, &passage->session.client);
        linger_close(passage->session.client.fd);
        passage->session.client.fd = -1;
        passage->session.stage = SESSION_OVER;
        settle(relay, passage);
    }
}

static bool is_stopping(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    bool stopping = relay->stopping;
    pthread_mutex_unlock(&relay->lock);
    return stopping;
}

static void *run(void *context)
{
    struct relay *relay = context;
    struct epoll_event events[EVENTS_A_ROUND];
    while (!is_stopping(relay)) {
        int count = epoll_wait(relay->epoll, events, EVENTS_A_ROUND, relay->ending ? (int)(SWEEP_TIME * 1e3) : -1);
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr)
                see(relay, &events[i]);
            else
                take_incoming(relay);
        double now = clock_now();
        if (relay->ending && now - relay->swept >= SWEEP_TIME)
            sweep(relay, now);
        free_list(relay, &relay->over);
    }
    return NULL;
}

bool relay_start(struct relay *relay, struct server *server, char *message, size_t message_size)
{
    struct epoll_event event = {.events = EPOLLIN};
    relay->server = server;
    relay->epoll = epoll_create1(EPOLL_CLOEXEC);
    relay->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool locked = !pthread_mutex_init(&relay->lock, NULL);
    relay->running = relay->epoll >= 0 && relay->wake >= 0 && locked &&
                     !epoll_ctl(relay->epoll, EPOLL_CTL_ADD, relay->wake, &event) &&
                     !pthread_create(&relay->thread, NULL, run, relay);
    if (relay->running)
        return true;
    snprintf(message, message_size, "the TLS thread cannot be started");
    if (locked)
        pthread_mutex_destroy(&relay->lock);
    if (relay->epoll >= 0)
        close(relay->epoll);
    if (relay->wake >= 0)
        close(relay->wake);
    return false;
}

void relay_stop(struct relay *relay)
{
    if (!relay->running)
        return;
    pthread_mutex_lock(&relay->lock);
    relay->stopping = true;
    pthread_mutex_unlock(&relay->lock);
    wake(relay);
    pthread_join(relay->thread, NULL);
    free_list(relay, &relay->incoming);
    free_list(relay, &relay->passages);
    free_list(relay, &relay->over);
    pthread_mutex_destroy(&relay->lock);
    close(relay->epoll);
    close(relay->wake);
    relay->running = false;
}

size_t relay_unsaid(struct relay *relay)
{
    return atomic_load(&relay->unsaid);
}
