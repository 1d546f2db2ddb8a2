/*
 * The thread that loads and unloads models, and what it is told to do.
 *
 * DESIGN
 * A model is loaded beside what is served, verified and warmed up; only then a catalogue with it is published. When
 * anything fails, what was served stays, and the index says what failed. All of this happens on one thread, so the
 * catalogue has one writer: requests to load or unload, SIGHUP and polling wait in line, and HTTP and the workers go
 * on. Models that nobody refers to any more are freed here too.
 *
 *   loader.c        the thread and its line
 *   reload.c        one model loaded again, or unloaded
 *   reload_all.c    the start, and SIGHUP: all models or none
 *   poll.c          looking for changed files
 *   load_model.c    all versions of a model; load.c one of them, from files to a warm model
 *   catalogue.c     what is known about all models; registry.c where other threads find it
 */
#ifndef SENETD_LOADER_H
#define SENETD_LOADER_H

#include <pthread.h>

#include "models/load.h"
#include "models/registry.h"
#include "options/options.h"

#define LOADER_COMMANDS_MAX 64

struct request;

enum load_outcome { LOAD_SUCCESS, LOAD_FAILURE, LOAD_OUTCOMES };

struct loader {
    struct keeper keeper; /* first: it is how models that are retired find the loader */
    struct registry *registry;
    int argc; /* to read the configuration again */
    char *const *argv;
    atomic_size_t memory;                          /* bytes of all models that are there */
    atomic_uint_least64_t outcomes[LOAD_OUTCOMES]; /* of versions that were loaded, for the metrics */

    /* Of the loader's thread alone once that runs: */
    const struct options *options; /* what says which models there are */
    struct options *reread;        /* owned: the same, once SIGHUP has read it again */
    struct load_settings settings;
    double next_poll;
    char poll_problem[256]; /* what was logged last: one line for each problem, not for each look */

    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct request *commands[LOADER_COMMANDS_MAX]; /* a ring */
    size_t command_first, command_count;
    bool reload_wanted, closed, ended;
    struct served *retired; /* to be freed */
};

/*
 * `options` must outlive the loader; its models get `sessions` each, of options->threads. False when memory is short;
 * then there is nothing to release.
 */
bool loader_init(struct loader *loader, struct registry *registry, const struct options *options, size_t sessions);

/*
 * Loads what the options say and publishes it. With `strict` one model that fails is a failure; else models of the
 * repository may, and the index says why. False fills `message`, one line that names the model.
 */
bool loader_open(struct loader *loader, bool strict, char *message, size_t message_size);

/* Starts the thread, which from now on alone may use the functions of reload.h. */
bool loader_start(struct loader *loader);

/* SIGHUP has come. */
void loader_want_reload(struct loader *loader);

/* The request's handler will be called on the loader's thread. False when too many wait, or it is closed. */
bool loader_push(struct loader *loader, struct request *request);

/* What waits is answered 503; what is being loaded is brought to its end. */
void loader_close(struct loader *loader);
bool loader_has_ended(struct loader *loader);
/* Waits for the thread. Models that are retired later are freed by loader_release. */
void loader_stop(struct loader *loader);

/* After the last reference to a model is gone. */
void loader_release(struct loader *loader);

#endif
