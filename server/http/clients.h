/* How many connections each client has open. */
#ifndef SENETD_CLIENTS_H
#define SENETD_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Zero-initialised it counts nothing. A table of open addressing, at most half full. */
struct clients {
    struct client_count {
        uint64_t client;
        size_t count; /* 0: the place is free */
    } * places;
    size_t mask;
};

/* For at most `most` connections at a time. */
bool clients_init(struct clients *clients, size_t most);
void clients_release(struct clients *clients);

/* Counts one more, or one less; returns how many there are then. */
size_t clients_add(struct clients *clients, uint64_t client);
size_t clients_remove(struct clients *clients, uint64_t client);
size_t clients_count(const struct clients *clients, uint64_t client);

/*
 * Whose address it is: one of IPv4, or the network of one of IPv6 (/64), since whoever has one address there has all of
 * them.
 */
uint64_t client_of_address(const struct sockaddr *address);

#endif
