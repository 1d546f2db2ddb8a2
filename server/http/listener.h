/* The socket that clients connect to, and the file that tells its port. */
#ifndef SENETD_LISTENER_H
#define SENETD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

struct listener {
    int fd;
    int port;          /* the one bound, where 0 was asked for */
    char address[280]; /* as given, for the log */
};

/* The form alone: "127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080" (every address). */
bool listener_check(const char *address);

/* False fills `message`. */
bool listener_open(struct listener *listener, const char *address, char *message, size_t message_size);
void listener_close(struct listener *listener);

/* "http://127.0.0.1:8080", as a client on this machine would write it. */
void listener_url(const struct listener *listener, const char *scheme, char *url, size_t size);

/* Written whole or not at all: a reader never sees half a number. */
bool port_file_write(const char *path, int port, char *message, size_t message_size);

#endif
