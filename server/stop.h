/*
 * The end.
 *
 * DESIGN
 * From the signal on /readyz says 503 and answers say "Connection: close". For drain_delay connections are still
 * accepted: it takes a load balancer some time to notice. Then no more are taken, but every one that was made is
 * served; a connection without a request is closed after a moment, in which a client that was just sending one gets it
 * answered. When shutdown_timeout is over, what still waits for a worker is answered 503.
 */
#ifndef SENETD_STOP_H
#define SENETD_STOP_H

struct server;

/* After drain_delay: answers what was accepted, and ends workers and HTTP thread. */
void stop(struct server *server);

/* A second signal: ends the process, whatever is under way. */
_Noreturn void stop_at_once(void);

#endif
