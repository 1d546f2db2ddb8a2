/*
 * What the main thread looks after while it waits for connections, or for the end: signals, requests whose deadline
 * passes while they wait, connections that take too long, and those that linger.
 */
#ifndef SENETD_WATCH_H
#define SENETD_WATCH_H

#include <stdbool.h>

struct server;

/*
 * Waits for a signal, for connections at `listener` (-1 for none), or at most `milliseconds`. Returns the signal, or 0;
 * *connections tells whether connections are to be accepted.
 */
int watch(struct server *server, int listener, int milliseconds, bool *connections);

/* For a time in which nothing but the end is waited for: a second SIGTERM or SIGINT ends the process at once. */
void watch_while_stopping(struct server *server, int listener, int milliseconds);

#endif
