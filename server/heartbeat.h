/*
 * WATCHDOG=1 to the service manager, while the daemon is really alive.
 *
 * DESIGN
 * The main thread sends it, so it says that this one goes round. It does so only when the HTTP thread has closed a
 * connection that was given to it for this: one end of a socket pair whose other end has nothing to say. That costs
 * no port, no place in the table of connections, no line in the log, and is the same with TLS. Where no such pair is to
 * be had, for want of descriptors, nothing is known of the HTTP thread, and it is not blamed.
 */
#ifndef SENETD_HEARTBEAT_H
#define SENETD_HEARTBEAT_H

#include <stdbool.h>

struct server;

/* The main thread's. */
struct heartbeat {
    double due;  /* when to look next */
    int probe;   /* our end of the pair, while the HTTP thread has the other */
    bool asking; /* there is one */
};

/* Looks, if it is time to, and says in how many milliseconds to come again; `most` where there is no watchdog. */
int heartbeat(struct server *server, int most);

void heartbeat_release(struct heartbeat *heartbeat);

#endif
