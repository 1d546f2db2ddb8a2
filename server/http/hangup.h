/*
 * Whether anybody still waits for an answer.
 *
 * DESIGN
 * libmicrohttpd does not look while a connection is suspended, so whoever holds the request does. A client that was
 * killed and one that has only said that it will send no more (nc -N, shutdown(SHUT_WR)) have both sent a FIN, and the
 * kernel shows both as POLLRDHUP. They differ when something is sent to them: the first one's kernel answers with a
 * reset, which is POLLERR and POLLHUP here. So they are asked, with "100 Continue": HTTP/1.1 lets a server send that at
 * any time before the answer, and clients must skip it (RFC 9110, 15.2). HTTP/1.0 knows no such thing; clients that
 * speak it and have half closed are taken to be waiting.
 *
 * A reset from far away needs its time. Who waits for one waits only as long as one from this machine or its neighbours
 * may need; later looks, at a request in the queue or between the images of one, find it without asking again.
 */
#ifndef SENETD_HANGUP_H
#define SENETD_HANGUP_H

#include <stdbool.h>

struct request;

#define HANGUP_PATIENCE_MS 2

/* For whoever owns the request, while its connection is suspended. A reset is waited for at most `milliseconds`. */
bool client_has_left(struct request *request, int milliseconds);

#endif
