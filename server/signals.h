/*
 * Signals as bytes in a pipe.
 *
 * DESIGN
 * A handler rather than a blocked mask and signalfd: the math library has started threads before main, and a signal
 * that they do not block would end the process.
 */
#ifndef SENETD_SIGNALS_H
#define SENETD_SIGNALS_H

#include <stdbool.h>

/* From now on SIGTERM, SIGINT, SIGHUP and SIGUSR1 come through *fd, and SIGPIPE is ignored. Once per process. */
bool signals_open(int *fd);

/* The next signal; 0 when there is none. Never waits. */
int signals_next(int fd);

/* Makes *fd readable without a signal, from any thread: whoever polls it looks around. */
void signals_wake(void);

#endif
