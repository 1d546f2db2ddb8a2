#include "workers.h"

#include <stdio.h>
#include <stdlib.h>

#include "http.h"
#include "request.h"
#include "server.h"

static void *work(void *context)
{
    struct worker *worker = context;
    for (struct request *request; (request = queue_pop(&worker->server->queue));) {
        request->route->handle(request, worker);
        http_resume(request);
    }
    atomic_fetch_add(&worker->server->workers.ended, 1);
    return NULL;
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
