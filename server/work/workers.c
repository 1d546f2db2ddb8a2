#include "work/workers.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "http/http.h"
#include "http/request.h"
#include "server.h"

static void *work(void *context)
{
    struct worker *worker = context;
    struct server *server = worker->server;
    for (struct request *request; (request = request_of(queue_pop(&server->queue)));) {
        double began = clock_now();
        atomic_fetch_add(&server->workers.busy, 1);
        worker->request = request;
        worker->taken = 1;
        request->route->handle(request, worker);
        atomic_fetch_sub(&server->workers.busy, 1);
        pace_observe(&server->pace, clock_now() - began, worker->taken);
        if (worker->request)
            http_resume(request);
    }
    atomic_fetch_add(&worker->server->workers.ended, 1);
    return NULL;
}

void worker_answer(struct worker *worker, struct request *request)
{
    if (worker->request == request)
        worker->request = NULL;
    http_resume(request);
}

bool workers_start(struct server *server, size_t count, char *message, size_t message_size)
{
    struct workers *workers = &server->workers;
    workers->list = calloc(count, sizeof *workers->list);
    if (!workers->list) {
        snprintf(message, message_size, "out of memory");
        return false;
    }
    for (; workers->count < count; workers->count++) {
        struct worker *worker = &workers->list[workers->count];
        worker->server = server;
        if (pthread_create(&worker->thread, NULL, work, worker)) {
            snprintf(message, message_size, "workers: no thread to be had for worker %zu", workers->count + 1);
            return false;
        }
    }
    return true;
}

void workers_share(struct server *server, struct senet_session *session)
{
    size_t busy = atomic_load(&server->workers.busy) + queue_depth(&server->queue);
    senet_session_set_threads(session, thread_plan_of_run(&server->plan, busy));
}

bool workers_have_ended(struct workers *workers)
{
    return atomic_load(&workers->ended) == workers->count;
}

void workers_stop(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->list[i].thread, NULL);
    free(workers->list);
    *workers = (struct workers){0};
}
