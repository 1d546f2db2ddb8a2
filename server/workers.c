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

/* The first run touches the arena's pages and starts the math library: no client should wait for that. */
static bool open_sessions(struct worker *worker, struct senet_error *error)
{
    const struct server *server = worker->server;
    worker->sessions = calloc(server->registry.count, sizeof *worker->sessions);
    if (!worker->sessions) {
        senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
        return false;
    }
    for (size_t i = 0; i < server->registry.count; i++) {
        const struct served *served = &server->registry.models[i];
        if (senet_session_create(served->model, (int)server->options.threads, &worker->sessions[i], error))
            return false;
        for (size_t input = 0; input < served->info->input_count; input++) {
            float *tensor = senet_session_input(worker->sessions[i], input);
            int64_t elements = senet_shape_elements(&served->info->inputs[input].shape);
            for (int64_t e = 0; e < elements; e++)
                tensor[e] = 0;
        }
        senet_session_run(worker->sessions[i]);
    }
    return true;
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
        struct senet_error error;
        worker->server = server;
        if (!open_sessions(worker, &error)) {
            workers->count++; /* what it has opened is to be closed */
            snprintf(message, message_size, "workers: %s", error.message);
            return false;
        }
    }
    for (; workers->running < count; workers->running++) {
        struct worker *worker = &workers->list[workers->running];
        if (pthread_create(&worker->thread, NULL, work, worker)) {
            snprintf(message, message_size, "workers: no thread to be had for worker %zu", workers->running + 1);
            return false;
        }
    }
    return true;
}

bool workers_have_ended(struct workers *workers)
{
    return atomic_load(&workers->ended) == workers->running;
}

void workers_stop(struct workers *workers)
{
    for (size_t i = 0; i < workers->running; i++)
        pthread_join(workers->list[i].thread, NULL);
    for (size_t i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->list[i];
        for (size_t m = 0; worker->sessions && m < worker->server->registry.count; m++)
            if (worker->sessions[m])
                senet_session_free(worker->sessions[m]);
        free(worker->sessions);
    }
    free(workers->list);
    *workers = (struct workers){0};
}
