/*
 * A client that speaks TLS on behalf of ones that do not: tunnel PORT CERTIFICATE PORT-FILE [PRIORITIES]
 *
 * Listens on a free port of 127.0.0.1, which it writes into the file, and carries each connection through TLS to PORT,
 * so that tests of raw connections can be run against a daemon with TLS. It passes on faithfully what ends a
 * connection: an end of one half is close_notify and a FIN, a reset a reset. Two threads a connection; it ends with a
 * signal.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static gnutls_certificate_credentials_t credentials;
static const char *priorities = "NORMAL";
static int daemon_port;
static const int buffer_bytes = 32 * 1024; /* who does not read should not be read for by the kernel either */

struct tunnel {
    int plain, secret;
    gnutls_session_t tls;
    pthread_t down;
};

static struct sockaddr_in address_of(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Sends a reset, and wakes whoever waits at the socket. */
static void reset(int fd)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    (void)connect(fd, &nowhere, sizeof nowhere);
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool tell_all(gnutls_session_t tls, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = gnutls_record_send(tls, bytes, size);
        if (sent < 0 && !gnutls_error_is_fatal((int)sent))
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void *carry_down(void *context)
{
    struct tunnel *tunnel = context;
    char bytes[16384];
    ssize_t got;
    do {
        got = gnutls_record_recv(tunnel->tls, bytes, sizeof bytes);
        if (got > 0 && !send_all(tunnel->plain, bytes, (size_t)got)) {
            reset(tunnel->secret);
            return NULL;
        }
    } while (got > 0 || (got < 0 && !gnutls_error_is_fatal((int)got)));
    if (got == 0)
        shutdown(tunnel->plain, SHUT_WR);
    else
        reset(tunnel->plain);
    return NULL;
}

static void carry_up(struct tunnel *tunnel)
{
    char bytes[16384];
    ssize_t got;
    while ((got = recv(tunnel->plain, bytes, sizeof bytes, 0)) > 0)
        if (!tell_all(tunnel->tls, bytes, (size_t)got))
            return; /* the other thread hears why */
    if (got < 0) {
        reset(tunnel->secret);
        return;
    }
    gnutls_bye(tunnel->tls, GNUTLS_SHUT_WR);
    shutdown(tunnel->secret, SHUT_WR);
    struct pollfd event = {.fd = tunnel->plain};
    if (poll(&event, 1, -1) > 0 && (event.revents & POLLERR))
        reset(tunnel->secret);
}

static bool shake(struct tunnel *tunnel)
{
    struct sockaddr_in address = address_of(daemon_port);
    tunnel->secret = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(tunnel->secret, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    setsockopt(tunnel->plain, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    if (tunnel->secret < 0 || connect(tunnel->secret, (struct sockaddr *)&address, sizeof address))
        return false;
    gnutls_priority_set_direct(tunnel->tls, priorities, NULL);
    gnutls_credentials_set(tunnel->tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert(tunnel->tls, NULL, 0);
    gnutls_transport_set_int(tunnel->tls, tunnel->secret);
    int error;
    do
        error = gnutls_handshake(tunnel->tls);
    while (error < 0 && !gnutls_error_is_fatal(error));
    if (error < 0)
        fprintf(stderr, "tunnel: %s\n", gnutls_strerror(error));
    return error >= 0;
}

static void *carry(void *context)
{
    struct tunnel *tunnel = context;
    gnutls_init(&tunnel->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    if (!shake(tunnel)) {
        reset(tunnel->plain);
    } else if (!pthread_create(&tunnel->down, NULL, carry_down, tunnel)) {
        carry_up(tunnel);
        pthread_join(tunnel->down, NULL);
    }
    gnutls_deinit(tunnel->tls);
    close(tunnel->plain);
    close(tunnel->secret);
    free(tunnel);
    return NULL;
}

static int listen_anywhere(const char *port_file)
{
    struct sockaddr_in address = address_of(0);
    socklen_t size = sizeof address;
    char temporary[4096];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1024) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        return -1;
    snprintf(temporary, sizeof temporary, "%s.tmp", port_file);
    FILE *stream = fopen(temporary, "w");
    if (!stream || fprintf(stream, "%d\n", ntohs(address.sin_port)) < 0 || fclose(stream) ||
        rename(temporary, port_file))
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    daemon_port = (int)strtol(argv[1], NULL, 10);
    if (argc > 4)
        priorities = argv[4];
    signal(SIGPIPE, SIG_IGN);
    if (gnutls_certificate_allocate_credentials(&credentials) < 0 ||
        gnutls_certificate_set_x509_trust_file(credentials, argv[2], GNUTLS_X509_FMT_PEM) < 1)
        return 1;
    int listener = listen_anywhere(argv[3]);
    while (listener >= 0) {
        pthread_t thread;
        struct tunnel *tunnel = calloc(1, sizeof *tunnel);
        if (!tunnel)
            return 1;
        tunnel->secret = -1;
        tunnel->plain = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (tunnel->plain < 0 || pthread_create(&thread, NULL, carry, tunnel))
            return 1;
        pthread_detach(thread);
    }
    return 1;
}
