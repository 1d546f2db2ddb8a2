#define _GNU_SOURCE /* POLLRDHUP */
#include "refuse.h"

#include <poll.h>

#include "clock.h"
#include "request.h"

#define PATIENCE 0.1 /* seconds */

int refuse_retry_after(struct server *server)
{
    return pace_retry_after(&server->pace, queue_depth(&server->queue), (size_t)server->plan.workers);
}

bool refuse_full(struct request *request, const char *why)
{
    int seconds = refuse_retry_after(request->server);
    reply_error(&request->reply, 503, "queue_full", "%s: try again in %d second%s", why, seconds,
                seconds == 1 ? "" : "s");
    request->reply.retry_after = seconds;
    return false;
}

bool refuse_draining(struct request *request)
{
    return reply_error(&request->reply, 503, "draining", "the server is stopping");
}

bool refuse_late(struct request *request)
{
    return reply_error(&request->reply, 504, "deadline_passed", "the request could not be answered in time");
}

/*
 * A client that has hung up needs no answer. libmicrohttpd does not look while a connection is suspended. One that has
 * only said that it will send no more (nc -N) looks the same, so what can be answered at once is.
 */
bool client_is_gone(const struct request *request)
{
    if (clock_now() - request->received < PATIENCE)
        return false;
    struct pollfd poll_fd = {.fd = request->fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

bool refuse_gone(struct request *request)
{
    request->final_status = STATUS_CLIENT_GONE;
    return reply_error(&request->reply, 503, "client_gone", "the client hung up");
}
