/*
 * Connections that we are done with while their clients may still be sending.
 *
 * DESIGN
 * Closing a socket with unread bytes resets the connection, and the client may lose the answer that was on its way (the
 * 413 of an upload that is too large). So such a socket is kept a little longer: nothing more is sent, and what
 * comes is thrown away. There are few places: who finds none is closed at once.
 */
#ifndef SENETD_LINGER_H
#define SENETD_LINGER_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define LINGER_MAX 64
#define LINGER_TIME 5.0 /* seconds */

struct lingering {
    pthread_mutex_t lock; /* guards all below */
    struct {
        int fd;
        double until;
        bool deaf; /* there is nothing to wait for but time */
    } items[LINGER_MAX];
    size_t count;
};

bool linger_init(struct lingering *linger);
void linger_release(struct lingering *linger);

/* Takes over a descriptor whose last bytes have been written. */
void linger_add(struct lingering *linger, int fd);

/* Fills `events` (LINGER_MAX of them) with what to wait for; returns how many. */
size_t linger_events(struct lingering *linger, struct pollfd *events);

/* Throws away what has come, and closes what has ended or stayed too long. Never waits. */
void linger_drain(struct lingering *linger);

/*
 * Closes a socket, with a reset where its client has not closed it after we have ended our half: it may be waiting for
 * room to send, and would ask for a minute or two without one, to hear from the kernel that there is none.
 */
void linger_close(int fd);

#endif
