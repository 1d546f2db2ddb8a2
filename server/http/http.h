/* The only files that know libmicrohttpd: http.c. */
#ifndef SENETD_HTTP_H
#define SENETD_HTTP_H

#include <stdbool.h>
#include <sys/socket.h>

struct request;
struct server;

/* Starts the HTTP thread; it listens to nothing but what http_add hands over. */
bool http_start(struct server *server);

/* Every request must have been answered or resumed. Ends all connections. */
void http_stop(struct server *server);

/* Takes over an accepted socket, also when it fails. */
bool http_add(struct server *server, int fd, const struct sockaddr *address, socklen_t address_size);

/* Hands a request with its reply, which it compresses, back to the HTTP thread. The caller must not touch it any more.
 */
void http_resume(struct request *request);

const char *http_library_version(void);

#endif
