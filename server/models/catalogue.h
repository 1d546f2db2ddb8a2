/*
 * Which models there are, with their versions, and what became of each.
 *
 * DESIGN
 * A catalogue that has been published (registry.h) is never changed: whoever holds a reference reads it without a lock.
 * To change something, the loader copies it, which is cheap since models are referred to and not copied, changes the
 * copy and publishes that. So a change is seen as a whole or not at all.
 */
#ifndef SENETD_CATALOGUE_H
#define SENETD_CATALOGUE_H

#include <stdatomic.h>

#include "models/served.h"

#define REASON_MAX 512

struct catalogue_version {
    int64_t number;
    struct served *served;   /* a reference; NULL while it is not loaded */
    uint64_t fingerprint;    /* of the files that it was loaded from */
    char reason[REASON_MAX]; /* what failed last; "" */
};

struct catalogue_model {
    char name[MODEL_NAME_MAX + 1];
    char *path;         /* owned; NULL: the built-in one */
    bool in_repository; /* gone when its folder is */
    bool unloaded;      /* by request: polling leaves it alone */
    bool loading;       /* those of its versions that are not served are on their way */
    uint64_t attempted; /* fingerprint of the files that were last tried, of all versions together; 0 is none */
    struct catalogue_version *versions; /* the highest number first */
    size_t version_count;
    char reason[REASON_MAX]; /* what failed before a version was found; "" */
};

struct catalogue {
    atomic_size_t references;
    char default_name[MODEL_NAME_MAX + 1]; /* "" where there is no model at all */
    struct catalogue_model *models;
    size_t count, capacity;
};

/* Empty, with one reference. NULL when memory is short; so are the next two. */
struct catalogue *catalogue_create(void);
struct catalogue *catalogue_copy(const struct catalogue *catalogue);
/* At the end, without versions. `path` is copied. */
struct catalogue_model *catalogue_add(struct catalogue *catalogue, const char *name, const char *path,
                                      bool in_repository);

struct catalogue *catalogue_retain(struct catalogue *catalogue);
void catalogue_release(struct catalogue *catalogue); /* NULL is nothing to release */

/* NULL when there is none. */
struct catalogue_model *catalogue_find(const struct catalogue *catalogue, const char *name);
const struct catalogue_version *catalogue_version_find(const struct catalogue_model *model, int64_t number);

/* The highest version that is served; NULL when none is. */
struct served *catalogue_served(const struct catalogue_model *model);

/* Takes over the array and the references in it; those that were there are released. */
void catalogue_set_versions(struct catalogue_model *model, struct catalogue_version *versions, size_t count);

/* Takes it out of a catalogue that is not published. */
void catalogue_remove(struct catalogue *catalogue, size_t index);

#endif
