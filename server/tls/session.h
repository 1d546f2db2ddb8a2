/*
 * One connection of a client that speaks TLS: what it sends, as plain bytes to the daemon, and what the daemon says
 * back.
 *
 * DESIGN
 * Two sockets: the client's, and one end of a pair whose other end is the daemon's, which serves it as it would serve
 * the client itself. What happens at one is made to happen at the other:
 *
 * | at one end | at the other |
 * |---|---|
 * | the client ends its half: close_notify, or without that | the daemon reads the end; HTTP tells what is cut off |
 * | the client's connection is reset | the pair is closed: hangup.h sees it |
 * | the client does not read | nothing is taken from the daemon, whose deadlines hold as ever |
 * | the daemon does not read | nothing is taken from the client |
 * | the daemon reads no more (SHUT_RD, closed) | what the client sends is thrown away |
 * | the daemon ends its half, or all | what it said goes out, then close_notify and a FIN |
 *
 * Bytes that one end has no room for are held here, one record of each direction at most; until they are gone no
 * more are read. So a connection takes some 15 KiB of GnuTLS's, at most a record of each direction there and here, and
 * what the kernel holds in the pair: PAIR_BYTES each way, which it counts twice, for what it spends itself. Nothing
 * here waits, or knows what HTTP is: relay.h calls when a socket is ready, and sees what to wait for next.
 * Renegotiation (TLS 1.2) ends the connection.
 */
#ifndef SENETD_SESSION_H
#define SENETD_SESSION_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX ((size_t)16 * 1024) /* bytes of a record, RFC 8446, 5.1 */
#define PAIR_BYTES (64 * 1024)

struct identity;

enum session_stage {
    SESSION_SHAKING, /* hands; the daemon has no part in it */
    SESSION_OPEN,
    SESSION_ENDING,    /* the daemon has ended; what it said is on its way */
    SESSION_LINGERING, /* all is said; what comes is thrown away until the client ends as well, see http/linger.h */
    SESSION_OVER,
};

/* Bytes that wait for room. */
struct hold {
    char *bytes; /* owned; NULL while there are none */
    size_t size, gone;
};

struct side {
    struct session *session;
    int fd;          /* owned; the client's is -1 once it is closed */
    uint32_t events; /* of epoll: relay.c's */
    bool listed;     /* likewise */
};

struct session {
    enum session_stage stage;
    struct identity *identity; /* a reference */
    gnutls_session_t tls;
    struct side client, daemon;
    struct hold up, down; /* to the daemon, to the client */
    int error;            /* GnuTLS's, of a handshake that failed; 0 where it was ended from here */
    bool heard;           /* the client has sent something */
    bool finished;        /* and then a FIN */
    bool client_ended;    /* all of it has been handed up, and that there is no more */
    bool deaf;            /* the daemon will read no more */
    bool hung_up;         /* nor write: what is in the pair is all */
    bool sending;         /* a record has not left GnuTLS yet */
};

/* Takes over both descriptors and the reference. False when there is no memory: nothing was taken. */
bool session_init(struct session *session, int client, int daemon, struct identity *identity);
/* Closes what is still open. */
void session_release(struct session *session);

/* A socket is ready, in epoll's terms. `buffer` has RECORD_MAX bytes, for the time of the call. */
void session_client_ready(struct session *session, uint32_t events, char *buffer);
void session_daemon_ready(struct session *session, uint32_t events, char *buffer);

/* What to wait for now. Where 0, errors and hang-ups alone. */
uint32_t session_client_events(const struct session *session);
uint32_t session_daemon_events(const struct session *session);

#endif
