#include "http/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

struct endpoint {
    char host[256];
    char port[6];
};

static bool fail(char *message, size_t size, const char *address, const char *problem)
{
    snprintf(message, size, "listen: '%.128s': %s", address, problem);
    return false;
}

static bool valid_port(const char *port)
{
    size_t length = strlen(port);
    return length >= 1 && length <= 5 && strspn(port, "0123456789") == length && strtol(port, NULL, 10) <= 65535;
}

/* ADDR:PORT; an IPv6 address stands in brackets, and no address means all. */
static bool parse(const char *address, struct endpoint *endpoint)
{
    const char *colon = strrchr(address, ':');
    if (!colon || !valid_port(colon + 1))
        return false;
    const char *begin = address, *end = colon;
    if (*begin == '[') {
        if (end - begin < 3 || end[-1] != ']')
            return false;
        begin++;
        end--;
    } else if (memchr(begin, ':', (size_t)(end - begin))) {
        return false;
    }
    if ((size_t)(end - begin) >= sizeof endpoint->host)
        return false;
    memcpy(endpoint->host, begin, (size_t)(end - begin));
    endpoint->host[end - begin] = '\0';
    memcpy(endpoint->port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

bool listener_check(const char *address)
{
    struct endpoint endpoint;
    return parse(address, &endpoint);
}

static bool resolve(const char *address, struct addrinfo **found, char *message, size_t size)
{
    struct endpoint endpoint;
    if (!parse(address, &endpoint))
        return fail(message, size, address, "must be ADDR:PORT");
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    int error = getaddrinfo(*endpoint.host ? endpoint.host : NULL, endpoint.port, &hints, found);
    return !error || fail(message, size, address, gai_strerror(error));
}

static int bound_port(int fd)
{
    union {
        struct sockaddr_storage any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name;
    socklen_t size = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &size))
        return -1;
    return ntohs(name.any.ss_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

/* -1 with errno set when the address cannot be had. */
static int open_socket(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol), on = 1;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || fcntl(fd, F_SETFD, FD_CLOEXEC) ||
        fcntl(fd, F_SETFL, O_NONBLOCK) || bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, BACKLOG)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

bool listener_open(struct listener *listener, const char *address, char *message, size_t message_size)
{
    struct addrinfo *found;
    if (!resolve(address, &found, message, message_size))
        return false;
    int fd = -1;
    for (const struct addrinfo *each = found; each && fd < 0; each = each->ai_next)
        fd = open_socket(each);
    int error = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return fail(message, message_size, address, strerror(error));
    listener->fd = fd;
    listener->port = bound_port(fd);
    snprintf(listener->address, sizeof listener->address, "%s", address);
    return true;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}

void listener_url(const struct listener *listener, const char *scheme, char *url, size_t size)
{
    static const char *const everywhere[] = {"", "0.0.0.0", "[::]"};
    int length = (int)(strrchr(listener->address, ':') - listener->address);
    const char *host = listener->address;
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
        if (strlen(everywhere[i]) == (size_t)length && !memcmp(everywhere[i], host, (size_t)length)) {
            host = "localhost";
            length = (int)strlen(host);
            break;
        }
    snprintf(url, size, "%s://%.*s:%d", scheme, length, host, listener->port);
}

bool port_file_write(const char *path, int port, char *message, size_t message_size)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary) {
        snprintf(message, message_size, "port_file: the path is too long");
        return false;
    }
    FILE *stream = fopen(temporary, "w");
    bool good = stream && fprintf(stream, "%d\n", port) > 0;
    if (stream)
        good = !fclose(stream) && good;
    if (good && !rename(temporary, path))
        return true;
    snprintf(message, message_size, "port_file: '%.128s': %s", path, strerror(errno));
    remove(temporary);
    return false;
}
