#include "tls/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tls/identity.h"

#define RECORDS_A_TURN 8 /* others wait */

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static bool hold_any(const struct hold *hold)
{
    return hold->bytes;
}

static bool hold_keep(struct hold *hold, const char *bytes, size_t size)
{
    *hold = (struct hold){.bytes = malloc(size), .size = size};
    if (hold->bytes)
        memcpy(hold->bytes, bytes, size);
    return hold->bytes;
}

static void hold_drop(struct hold *hold)
{
    free(hold->bytes);
    *hold = (struct hold){0};
}

/*
 * Not recv(): that one is the HTTP thread's, see http/receive.h. An end without close_notify is not shown to GnuTLS,
 * which would send nothing after it, where many clients end so that still want their answers.
 */
static ssize_t pull(gnutls_transport_ptr_t context, void *bytes, size_t size)
{
    struct session *session = context;
    ssize_t got = recvfrom(session->client.fd, bytes, size, MSG_DONTWAIT, NULL, NULL);
    session->heard = session->heard || got > 0;
    session->finished = session->finished || got == 0;
    if (got)
        return got;
    errno = EAGAIN;
    return -1;
}

static ssize_t push(gnutls_transport_ptr_t context, const giovec_t *parts, int count)
{
    const struct session *session = context;
    union {
        const giovec_t *given;
        struct iovec *parts;
    } vector = {.given = parts}; /* sendmsg() writes nothing there */
    const struct msghdr message = {.msg_iov = vector.parts, .msg_iovlen = (size_t)count};
    return sendmsg(session->client.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool session_init(struct session *session, int client, int daemon, struct identity *identity)
{
    gnutls_session_t tls = identity_session(identity);
    if (!tls)
        return false;
    *session = (struct session){.identity = identity,
                                .tls = tls,
                                .client = {.session = session, .fd = client},
                                .daemon = {.session = session, .fd = daemon}};
    gnutls_transport_set_ptr(tls, session);
    gnutls_transport_set_pull_function(tls, pull);
    gnutls_transport_set_vec_push_function(tls, push);
    return true;
}

void session_release(struct session *session)
{
    if (session->client.fd >= 0)
        close(session->client.fd);
    close(session->daemon.fd);
    hold_drop(&session->up);
    hold_drop(&session->down);
    gnutls_deinit(session->tls);
    identity_release(session->identity);
}

/* ------------------------------------------------------------ from the client */

static void end_client(struct session *session)
{
    session->client_ended = true;
    shutdown(session->daemon.fd, SHUT_WR);
    if (session->stage == SESSION_LINGERING)
        session->stage = SESSION_OVER;
}

static void stop_reading(struct session *session)
{
    session->deaf = true;
    hold_drop(&session->up);
}

/* True when more can be handed up now. */
static bool flush_up(struct session *session)
{
    struct hold *hold = &session->up;
    ssize_t sent =
        send(session->daemon.fd, hold->bytes + hold->gone, hold->size - hold->gone, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && would_wait())
        return false;
    if (sent < 0) {
        stop_reading(session);
        return true;
    }
    hold->gone += (size_t)sent;
    if (hold->gone < hold->size)
        return false;
    hold_drop(hold);
    return true;
}

static bool hand_up(struct session *session, const char *bytes, size_t size)
{
    ssize_t sent = send(session->daemon.fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !would_wait()) {
        stop_reading(session);
        return true;
    }
    size_t gone = sent > 0 ? (size_t)sent : 0;
    if (gone == size)
        return true;
    if (!hold_keep(&session->up, bytes + gone, size - gone))
        session->stage = SESSION_OVER;
    return false;
}

/* Whoever will not be read is not decrypted either. */
static bool throw_away(struct session *session, char *buffer)
{
    ssize_t got = recvfrom(session->client.fd, buffer, RECORD_MAX, MSG_DONTWAIT, NULL, NULL);
    if (got == 0)
        end_client(session);
    else if (got < 0 && !would_wait())
        session->stage = SESSION_OVER;
    return got > 0;
}

/* True when there may be more. */
static bool take_record(struct session *session, char *buffer)
{
    ssize_t got = gnutls_record_recv(session->tls, buffer, RECORD_MAX);
    if (got > 0)
        return hand_up(session, buffer, (size_t)got) && (size_t)got == RECORD_MAX;
    if (got == 0 || (got == GNUTLS_E_AGAIN && session->finished))
        end_client(session);
    if (got == 0 || got == GNUTLS_E_AGAIN)
        return false;
    if (got == GNUTLS_E_REHANDSHAKE || gnutls_error_is_fatal((int)got)) {
        gnutls_alert_send_appropriate(session->tls, (int)got);
        session->stage = SESSION_OVER;
        return false;
    }
    return true;
}

static void move_up(struct session *session, char *buffer)
{
    if (hold_any(&session->up) && !flush_up(session))
        return;
    bool more = true;
    for (int i = 0; i < RECORDS_A_TURN && more && !session->client_ended && session->stage != SESSION_OVER; i++)
        more = session->deaf ? throw_away(session, buffer) : take_record(session, buffer);
}

/* -------------------------------------------------------------- to the client */

/* What of the record that GnuTLS was given it took; all of it may still have to leave. */
static void send_record(struct session *session, const char *bytes, size_t size)
{
    ssize_t sent = gnutls_record_send(session->tls, bytes, size);
    session->sending = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED;
    if (sent < 0 && !session->sending)
        session->stage = SESSION_OVER;
}

/* A client may have asked for smaller records than are read here. False when it has no room now. */
static bool hand_down(struct session *session, const char *bytes, size_t size)
{
    size_t most = gnutls_record_get_max_size(session->tls);
    size_t part = size < most ? size : most;
    send_record(session, bytes, part);
    if (session->stage == SESSION_OVER)
        return false;
    if (part < size && !hold_keep(&session->down, bytes + part, size - part))
        session->stage = SESSION_OVER;
    return part == size && !session->sending;
}

/* True when more can be handed down now. */
static bool flush_down(struct session *session)
{
    struct hold *hold = &session->down;
    if (session->sending)
        send_record(session, NULL, 0);
    while (hold_any(hold) && !session->sending && session->stage != SESSION_OVER) {
        size_t most = gnutls_record_get_max_size(session->tls), left = hold->size - hold->gone;
        size_t part = left < most ? left : most;
        send_record(session, hold->bytes + hold->gone, part);
        hold->gone += part;
        if (hold->gone == hold->size)
            hold_drop(hold);
    }
    return !session->sending && !hold_any(hold) && session->stage != SESSION_OVER;
}

/* True when there may be more. */
static bool take_answer(struct session *session, char *buffer)
{
    ssize_t got = recvfrom(session->daemon.fd, buffer, RECORD_MAX, MSG_DONTWAIT, NULL, NULL);
    if (got > 0)
        return hand_down(session, buffer, (size_t)got) && ((size_t)got == RECORD_MAX || session->hung_up);
    if (got == 0 || !would_wait())
        session->stage = SESSION_ENDING;
    return false;
}

static void say_goodbye(struct session *session)
{
    int error = gnutls_bye(session->tls, GNUTLS_SHUT_WR);
    if (error == GNUTLS_E_AGAIN || error == GNUTLS_E_INTERRUPTED)
        return;
    shutdown(session->client.fd, SHUT_WR);
    shutdown(session->daemon.fd, SHUT_RDWR);
    stop_reading(session);
    session->stage = error || session->client_ended ? SESSION_OVER : SESSION_LINGERING;
}

static void move_down(struct session *session, char *buffer)
{
    if (!flush_down(session))
        return;
    bool more = session->stage == SESSION_OPEN;
    for (int i = 0; (i < RECORDS_A_TURN || session->hung_up) && more && session->stage == SESSION_OPEN; i++)
        more = take_answer(session, buffer);
    if (session->stage == SESSION_ENDING && !session->sending)
        say_goodbye(session);
}

/* ------------------------------------------------------------------ the whole */

static void shake(struct session *session)
{
    int error = gnutls_handshake(session->tls);
    if (error == GNUTLS_E_AGAIN && session->finished)
        error = GNUTLS_E_PREMATURE_TERMINATION;
    if (error == GNUTLS_E_SUCCESS)
        session->stage = SESSION_OPEN;
    if (!gnutls_error_is_fatal(error))
        return;
    gnutls_alert_send_appropriate(session->tls, error);
    session->error = error;
    session->stage = SESSION_OVER;
}

void session_client_ready(struct session *session, uint32_t events, char *buffer)
{
    if (session->stage == SESSION_SHAKING) {
        shake(session); /* also when it was reset: an alert may say why */
        return;
    }
    if (events & (EPOLLERR | EPOLLHUP))
        session->stage = SESSION_OVER;
    if ((events & EPOLLIN) && session->stage != SESSION_OVER)
        move_up(session, buffer);
    if ((events & EPOLLOUT) && (session->stage == SESSION_OPEN || session->stage == SESSION_ENDING))
        move_down(session, buffer);
}

void session_daemon_ready(struct session *session, uint32_t events, char *buffer)
{
    session->hung_up = session->hung_up || (events & (EPOLLERR | EPOLLHUP));
    if (session->stage == SESSION_SHAKING && session->hung_up)
        session->stage = SESSION_OVER; /* it took too long, or made room for others */
    if (session->stage != SESSION_OPEN && session->stage != SESSION_ENDING)
        return;
    if ((events & EPOLLOUT) || session->hung_up) /* which finds that nobody reads, where nobody does */
        move_up(session, buffer);
    if (session->stage == SESSION_OPEN && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        move_down(session, buffer);
}

static bool is_blocked(const struct session *session)
{
    return session->sending || hold_any(&session->down);
}

uint32_t session_client_events(const struct session *session)
{
    if (session->stage == SESSION_SHAKING)
        return gnutls_record_get_direction(session->tls) ? EPOLLOUT : EPOLLIN;
    bool reads = !session->client_ended && !hold_any(&session->up);
    bool writes = session->stage == SESSION_ENDING || is_blocked(session);
    return (reads ? EPOLLIN : 0u) | (writes ? EPOLLOUT : 0u);
}

uint32_t session_daemon_events(const struct session *session)
{
    bool reads = session->stage == SESSION_OPEN && !is_blocked(session);
    return (reads ? EPOLLIN : 0u) | (hold_any(&session->up) ? EPOLLOUT : 0u);
}
