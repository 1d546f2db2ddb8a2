#include "http/refuse.h"

#include "http/request.h"

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

bool refuse_gone(struct request *request)
{
    request->final_status = STATUS_CLIENT_GONE;
    return reply_error(&request->reply, 503, "client_gone", "the client hung up");
}
