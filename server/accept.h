/* Takes connections off the listening socket and hands them to the HTTP thread. */
#ifndef SENETD_ACCEPT_H
#define SENETD_ACCEPT_H

#include <stdbool.h>

struct server;

/* All that are waiting. False when the process is out of descriptors or memory: wait before trying again. */
bool accept_pending(struct server *server);

/* The last ones: afterwards nobody can connect, and everybody who could has been handed over. */
void accept_last(struct server *server);

#endif
