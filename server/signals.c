#define _GNU_SOURCE /* pipe2 */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int pipe_in = -1; /* a handler can reach nothing else; set before the first one is installed */

static void send_byte(unsigned char byte)
{
    ssize_t written = write(pipe_in, &byte, 1); /* a full pipe wakes its reader just as well */
    (void)written;
}

static void on_signal(int number)
{
    int error = errno;
    send_byte((unsigned char)number);
    errno = error;
}

bool signals_open(int *fd)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return false;
    *fd = ends[0];
    pipe_in = ends[1];
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    bool good = true;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        good = !sigaction(numbers[i], &action, NULL) && good;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    return !sigaction(SIGPIPE, &ignore, NULL) && good;
}

int signals_next(int fd)
{
    unsigned char byte;
    while (read(fd, &byte, 1) == 1)
        if (byte)
            return byte;
    return 0;
}

void signals_wake(void)
{
    send_byte(0);
}
