#include "http/clients.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

bool clients_init(struct clients *clients, size_t most)
{
    size_t size = 2;
    while (size < 2 * most)
        size *= 2;
    clients->places = calloc(size, sizeof *clients->places);
    clients->mask = size - 1;
    return clients->places;
}

void clients_release(struct clients *clients)
{
    free(clients->places);
    *clients = (struct clients){0};
}

/* Fibonacci hashing: the upper bits of the product depend on all of the client's. */
static size_t home(const struct clients *clients, uint64_t client)
{
    return (size_t)(client * UINT64_C(0x9e3779b97f4a7c15) >> 32) & clients->mask;
}

/* Where the client is, or would be. */
static size_t find(const struct clients *clients, uint64_t client)
{
    size_t place = home(clients, client);
    while (clients->places[place].count && clients->places[place].client != client)
        place = (place + 1) & clients->mask;
    return place;
}

size_t clients_count(const struct clients *clients, uint64_t client)
{
    return clients->places[find(clients, client)].count;
}

size_t clients_add(struct clients *clients, uint64_t client)
{
    struct client_count *place = &clients->places[find(clients, client)];
    place->client = client;
    return ++place->count;
}

/* Moves what stands behind a place that became free to where it will be looked for. */
static void close_gap(struct clients *clients, size_t gap)
{
    for (size_t i = (gap + 1) & clients->mask; clients->places[i].count; i = (i + 1) & clients->mask) {
        size_t from_home = (i - home(clients, clients->places[i].client)) & clients->mask;
        if (from_home < ((i - gap) & clients->mask))
            continue;
        clients->places[gap] = clients->places[i];
        clients->places[i].count = 0;
        gap = i;
    }
}

size_t clients_remove(struct clients *clients, uint64_t client)
{
    size_t place = find(clients, client);
    size_t left = --clients->places[place].count;
    if (!left)
        close_gap(clients, place);
    return left;
}

uint64_t client_of_address(const struct sockaddr *address)
{
    const unsigned char *bytes = NULL;
    uint32_t four = 0;
    uint64_t eight = 0;
    if (address->sa_family == AF_INET)
        bytes = (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        memcpy(&eight, six, sizeof eight);
        if (!IN6_IS_ADDR_V4MAPPED(six))
            return eight;
        bytes = (const unsigned char *)six + 12;
    }
    if (bytes)
        memcpy(&four, bytes, sizeof four);
    return four; /* the networks of IPv6 below 2^32 are no one's */
}
