/* The table of the models being served. */
#ifndef SENETD_REGISTRY_H
#define SENETD_REGISTRY_H

#include <pthread.h>

#include "options.h"
#include "served.h"

struct registry {
    pthread_mutex_t lock;   /* guards all below; what the pointers lead to has references and locks of its own */
    struct served **models; /* the first is the default; a reference to each is held */
    size_t count, capacity;
};

/* Models at one moment; a reference to each is held. */
struct served_list {
    struct served **items;
    size_t count;
};

/* False when there is no lock to be had; then there is nothing to release. */
bool registry_init(struct registry *registry);
void registry_release(struct registry *registry);

/*
 * Loads every "[NAME=]DIR" of options->models, or the built-in model when it is empty. With `sessions` each gets so
 * many, warmed up; 0 is for a look whether the models load. False fills `message`, one line that names the model.
 */
bool registry_open(struct registry *registry, const struct options *options, size_t sessions, char *message,
                   size_t message_size);

/* The model called `name`, or the default when that is NULL. The caller releases it. NULL when there is none. */
struct served *registry_find(struct registry *registry, const char *name);

/* All models, the default first. False when memory is short; then there is nothing to release. */
bool registry_list(struct registry *registry, struct served_list *list);
void served_list_release(struct served_list *list);

#endif
