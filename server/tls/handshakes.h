/* Handshakes that came to nothing, by why: a number for each reason, and nothing that clients could add to. */
#ifndef SENETD_HANDSHAKES_H
#define SENETD_HANDSHAKES_H

#include <stdatomic.h>

#include "senet.h"

enum handshake_reason {
    HANDSHAKE_TIMEOUT,  /* it took too long, or the daemon stopped */
    HANDSHAKE_CLOSED,   /* the client went away */
    HANDSHAKE_REJECTED, /* the client said by an alert that it does not want us: it does not trust the certificate, say
                         */
    HANDSHAKE_VERSION,  /* it speaks no version that is spoken here */
    HANDSHAKE_PARAMETERS, /* nor a cipher, a group, an application protocol */
    HANDSHAKE_MALFORMED,  /* that was no TLS */
    HANDSHAKE_INTERNAL,   /* no memory, say */
    HANDSHAKE_REASONS,
};

struct handshakes {
    atomic_uint_fast64_t failed[HANDSHAKE_REASONS];
};

/* `error` is GnuTLS's; 0 when it was ended from here. */
enum handshake_reason handshake_reason(int error);
const char *handshake_reason_name(enum handshake_reason reason);

void handshakes_write_metrics(const struct handshakes *handshakes, struct senet_buffer *text);

#endif
