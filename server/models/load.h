/* A version's files -> a model that is ready to serve: read, within the memory budget, warmed up and checked. */
#ifndef SENETD_LOAD_H
#define SENETD_LOAD_H

#include "models/served.h"

struct load_settings {
    struct thread_plan plan;
    size_t batch;        /* images of an inference, where the model can; 1 is none */
    size_t sessions;     /* of each model; at least 1 */
    size_t memory_limit; /* bytes of all models together; 0 is none */
    struct keeper *keeper;
    atomic_size_t *memory; /* what all models take that are there, also those that are only waiting to be freed */
};

struct load_source {
    const char *name, *path; /* path NULL: the built-in model */
    int64_t version;
};

/*
 * On success the caller has the reference, and *golden says what was compared; settings->memory counts the model until
 * the keeper has freed it. Errors: those of senet_model_load and senet_golden_check; OUT_OF_MEMORY also where the
 * budget is too small.
 */
enum senet_code load_version(const struct load_settings *settings, const struct load_source *source,
                             struct served **served, struct senet_golden *golden, struct senet_error *error);

#endif
