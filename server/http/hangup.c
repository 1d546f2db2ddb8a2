#define _GNU_SOURCE /* POLLRDHUP */
#include "http/hangup.h"

#include <poll.h>
#include <sys/socket.h>

#include "http/request.h"

static const char question[] = "HTTP/1.1 100 Continue\r\n\r\n";

/* Of these events, and errors, those that have happened. */
static int look(int fd, short events, int milliseconds)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    return poll(&poll_fd, 1, milliseconds) > 0 ? poll_fd.revents : 0;
}

/* False when it cannot even take the question: then it has not read for as much as the kernel keeps for it. */
static bool ask(int fd)
{
    return send(fd, question, sizeof question - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof question - 1;
}

bool client_has_left(struct request *request, int milliseconds)
{
    int events = look(request->fd, POLLRDHUP, 0);
    if (events & (POLLERR | POLLHUP))
        return true;
    if (!(events & POLLRDHUP))
        return false;
    if (request->old || request->asked)
        return false;
    request->asked = true;
    return !ask(request->fd) || (look(request->fd, 0, milliseconds) & (POLLERR | POLLHUP));
}
