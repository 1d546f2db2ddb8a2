/*
 * What a service manager is told, by systemd's protocol: datagrams to the socket that NOTIFY_SOCKET names.
 *
 * DESIGN
 * The protocol is a line of text in a datagram, and stable by systemd's promise; libsystemd would be a library more
 * in every process, decoders included, for the sake of one sendto. Without the variable nothing is sent. A manager that
 * does not listen is no reason to end: what cannot be sent is lost.
 */
#ifndef SENETD_NOTIFY_H
#define SENETD_NOTIFY_H

/* Before any thread is started: reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. */
void notify_open(void);

/* How often the manager wants to hear WATCHDOG=1, in seconds; 0 when it does not. */
double notify_watchdog(void);

/* From any thread: lines of NAME=VALUE, such as "READY=1". */
void notify_send(const char *state);

/* RELOADING=1, with the time that the manager compares; READY=1 ends it. */
void notify_reloading(void);

#endif
