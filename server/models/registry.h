/* Where threads find the models that are served: the catalogue of this moment. */
#ifndef SENETD_REGISTRY_H
#define SENETD_REGISTRY_H

#include <pthread.h>

#include "models/catalogue.h"

struct registry {
    pthread_mutex_t lock;        /* guards the pointer; what it leads to is not changed any more */
    struct catalogue *catalogue; /* a reference is held; never NULL */
};

/* With an empty catalogue. False when memory is short; then there is nothing to release. */
bool registry_init(struct registry *registry);
void registry_release(struct registry *registry);

/* The catalogue of this moment. The caller releases it. */
struct catalogue *registry_catalogue(struct registry *registry);

/* Takes over the reference. What was published before lives until its last reader has done. */
void registry_publish(struct registry *registry, struct catalogue *catalogue);

enum registry_answer { REGISTRY_FOUND, REGISTRY_NO_MODEL, REGISTRY_NO_VERSION, REGISTRY_NOT_LOADED };

/*
 * The model called `name`, or the default when that is ""; of it the version `version`, or the highest that is served
 * when that is "". The caller releases *served, which is written when found.
 */
enum registry_answer registry_find(struct registry *registry, const char *name, const char *version,
                                   struct served **served);

#endif
