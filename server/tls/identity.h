/*
 * A certificate with its key: who the daemon is to its clients.
 *
 * DESIGN
 * It never changes once it is read. Connections hold references, so that those under way keep theirs when another takes
 * its place (tls.h). The key that session tickets are sealed with goes with it: a client that comes back after the
 * certificate was replaced has to look at the new one.
 *
 * TLS 1.3, and 1.2 with ciphers that authenticate and with forward secrecy alone. ALPN offers what is spoken here; who
 * asks for something else alone is refused (RFC 7301), who asks for nothing is not. Early data is not taken: whoever
 * recorded it could send it again.
 */
#ifndef SENETD_IDENTITY_H
#define SENETD_IDENTITY_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct identity;

/* Of PEM files, the leaf certificate first or anywhere. NULL fills `message`, which begins with the option's name. */
struct identity *identity_read(const char *certificate, const char *key, char *message, size_t message_size);

struct identity *identity_hold(struct identity *identity);
/* NULL is none. */
void identity_release(struct identity *identity);

/* A new session of the server's side with it, which must not outlive it. NULL when there is no memory. */
gnutls_session_t identity_session(const struct identity *identity);

/* The times between which the certificate is valid. */
time_t identity_begins(const struct identity *identity);
time_t identity_ends(const struct identity *identity);
/* Others can read the file of the key. */
bool identity_exposed(const struct identity *identity);

#endif
