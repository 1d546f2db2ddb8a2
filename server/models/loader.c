#include "models/loader.h"

#include <stdlib.h>
#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "clock.h"
#include "http/http.h"
#include "http/request.h"
#include "log.h"
#include "models/reload.h"
#include "notify.h"

enum task { TASK_FREE, TASK_REQUEST, TASK_RELOAD, TASK_POLL, TASK_END };

/* From any thread. */
static void retire(struct keeper *keeper, struct served *served)
{
    struct loader *loader = (struct loader *)keeper;
    pthread_mutex_lock(&loader->lock);
    served->next = loader->retired;
    loader->retired = served;
    pthread_cond_signal(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

static bool init_locks(struct loader *loader)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes))
        return false;
    bool good =
        !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) && !pthread_cond_init(&loader->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (good && pthread_mutex_init(&loader->lock, NULL)) {
        pthread_cond_destroy(&loader->changed);
        good = false;
    }
    return good;
}

bool loader_init(struct loader *loader, struct registry *registry, const struct options *options, size_t sessions)
{
    *loader = (struct loader){.keeper = {.retire = retire}, .registry = registry, .options = options};
    loader->settings = (struct load_settings){.plan = thread_plan_make(options, ""),
                                              .batch = (size_t)options->max_batch,
                                              .sessions = sessions,
                                              .keeper = &loader->keeper,
                                              .memory = &loader->memory};
    return init_locks(loader);
}

/* The C library keeps pages that a large free leaves behind in the middle of its heap; after a model these are many. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static void free_retired(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    struct served *served = loader->retired;
    loader->retired = NULL;
    pthread_mutex_unlock(&loader->lock);
    while (served) {
        struct served *next = served->next;
        atomic_fetch_sub(&loader->memory, served->memory);
        served_free(served);
        served = next;
        if (!served)
            give_back();
    }
}

/* Called with the lock held. Until something is to be done, or it is time to look for changed files. */
static void wait_for_change(struct loader *loader)
{
    if (!loader->options->repository_poll_seconds) {
        pthread_cond_wait(&loader->changed, &loader->lock);
        return;
    }
    time_t seconds = (time_t)loader->next_poll;
    struct timespec until = {.tv_sec = seconds, .tv_nsec = (long)((loader->next_poll - (double)seconds) * 1e9)};
    pthread_cond_timedwait(&loader->changed, &loader->lock, &until);
}

/* Called with the lock held. */
static struct request *take_command(struct loader *loader)
{
    struct request *request = loader->commands[loader->command_first];
    loader->command_first = (loader->command_first + 1) % LOADER_COMMANDS_MAX;
    loader->command_count--;
    return request;
}

/* *request is NULL unless the task is one; *closed: it is to be refused. */
static enum task next_task(struct loader *loader, struct request **request, bool *closed)
{
    *request = NULL;
    pthread_mutex_lock(&loader->lock);
    for (;;) {
        enum task task = TASK_END;
        bool due = loader->options->repository_poll_seconds && clock_now() >= loader->next_poll;
        if (loader->retired)
            task = TASK_FREE;
        else if (loader->command_count)
            task = TASK_REQUEST;
        else if (!loader->closed && loader->reload_wanted)
            task = TASK_RELOAD;
        else if (!loader->closed && due)
            task = TASK_POLL;
        else if (!loader->closed) {
            wait_for_change(loader);
            continue;
        }
        if (task == TASK_REQUEST)
            *request = take_command(loader);
        if (task == TASK_RELOAD)
            loader->reload_wanted = false;
        *closed = loader->closed;
        loader->ended = task == TASK_END;
        pthread_mutex_unlock(&loader->lock);
        return task;
    }
}

static void answer(struct request *request, bool closed)
{
    if (closed)
        reply_error(&request->reply, 503, "draining", "the server is stopping");
    else
        request->route->handle(request, NULL);
    http_resume(request);
}

static void *run(void *context)
{
    struct loader *loader = context;
    for (;;) {
        struct request *request;
        bool closed;
        switch (next_task(loader, &request, &closed)) {
        case TASK_FREE:
            free_retired(loader);
            break;
        case TASK_REQUEST:
            answer(request, closed);
            break;
        case TASK_RELOAD:
            reload_all(loader);
            notify_send("READY=1"); /* with what is new, or with what there was */
            break;
        case TASK_POLL:
            reload_changed(loader);
            loader->next_poll = clock_now() + (double)loader->options->repository_poll_seconds;
            break;
        case TASK_END:
            return NULL;
        }
    }
}

bool loader_start(struct loader *loader)
{
    loader->next_poll = clock_now() + (double)loader->options->repository_poll_seconds;
    loader->running = !pthread_create(&loader->thread, NULL, run, loader);
    return loader->running;
}

void loader_want_reload(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->reload_wanted = true;
    pthread_cond_signal(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

bool loader_push(struct loader *loader, struct request *request)
{
    pthread_mutex_lock(&loader->lock);
    bool room = !loader->closed && loader->command_count < LOADER_COMMANDS_MAX;
    if (room) {
        loader->commands[(loader->command_first + loader->command_count) % LOADER_COMMANDS_MAX] = request;
        loader->command_count++;
        pthread_cond_signal(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return room;
}

void loader_close(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->closed = true;
    pthread_cond_signal(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

bool loader_has_ended(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    bool ended = loader->ended;
    pthread_mutex_unlock(&loader->lock);
    return ended || !loader->running;
}

void loader_stop(struct loader *loader)
{
    if (!loader->running)
        return;
    loader_close(loader);
    pthread_join(loader->thread, NULL);
    loader->running = false;
}

void loader_release(struct loader *loader)
{
    if (!loader->registry)
        return;
    free_retired(loader);
    if (loader->reread)
        options_release(loader->reread);
    free(loader->reread);
    pthread_cond_destroy(&loader->changed);
    pthread_mutex_destroy(&loader->lock);
    *loader = (struct loader){0};
}
