#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "notify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Set before threads are started, and never changed. */
static int channel = -1;
static double watchdog;

/* A path, or "@name" for one of Linux's abstract names, which begin with a zero byte and end with their length. */
static bool read_address(const char *text, struct sockaddr_un *address, socklen_t *size)
{
    size_t length = strlen(text);
    if ((*text != '/' && *text != '@') || length < 2 || length >= sizeof address->sun_path)
        return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, text, length);
    if (*text == '@')
        address->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

/* WATCHDOG_PID names the process that is meant: the variables may have been inherited. */
static double read_watchdog(void)
{
    const char *period = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    if (!period || (process && strtoll(process, NULL, 10) != (long long)getpid()))
        return 0;
    long long microseconds = strtoll(period, NULL, 10);
    return microseconds > 0 ? (double)microseconds * 1e-6 : 0;
}

void notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t size;
    if (!name || !read_address(name, &address, &size))
        return;
    channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (channel < 0)
        return;
    if (connect(channel, (const struct sockaddr *)&address, size)) {
        close(channel);
        channel = -1;
        return;
    }
    watchdog = read_watchdog();
}

double notify_watchdog(void)
{
    return watchdog;
}

void notify_send(const char *state)
{
    if (channel >= 0)
        (void)!send(channel, state, strlen(state), MSG_NOSIGNAL);
}

void notify_reloading(void)
{
    char text[64];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify_send(text);
}
