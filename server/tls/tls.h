/*
 * Whether clients speak TLS, and who the daemon is to them at the moment.
 *
 * DESIGN
 * GnuTLS, because libmicrohttpd is linked to it already on Debian: no library comes to what runs. OpenSSL, mbed TLS,
 * wolfSSL and BearSSL would be another one each; what is needed here (sessions without blocking, tickets, ALPN, both
 * halves of a connection ended apart) they have as well. libmicrohttpd's own TLS would read past the inlet
 * (http/inlet.h) and the socket that hang-ups and deadlines are seen on, so it is not used: relay.h.
 */
#ifndef SENETD_TLS_H
#define SENETD_TLS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct identity;
struct options;

struct tls {
    const char *certificate, *key; /* the files; "" without TLS */
    pthread_mutex_t lock;          /* guards the rest */
    struct identity *identity;     /* of new connections */
    bool ready;                    /* the lock was made */
};

/* What is wrong with the files that the options name, if anything: false fills `message`. Logs nothing. */
bool tls_check(const struct options *options, char *message, size_t message_size);

/* Reads the files, if there are any. False fills `message`; either way the caller releases. */
bool tls_open(struct tls *tls, const struct options *options, char *message, size_t message_size);
void tls_release(struct tls *tls);

bool tls_is_on(const struct tls *tls);

/* Reads the files again: both, or what was known stays. Logs what came of it. */
void tls_reload(struct tls *tls);

const char *tls_library_version(void);

/* For a new connection, which releases it. */
struct identity *tls_identity(struct tls *tls);

#endif
