/* All versions of one model, into an entry of a catalogue that is being made. On the loader's thread. */
#ifndef SENETD_LOAD_MODEL_H
#define SENETD_LOAD_MODEL_H

#include "models/loader.h"

/* What failed: a version, or with number 0 the model before any was found. */
struct load_failure {
    int64_t number;
    struct senet_error error;
};

/* One sentence that names the version. */
void load_failure_describe(const struct load_failure *failure, char *text, size_t size);
void load_failure_log(const struct load_failure *failure, const char *name);

/* Identifies the files of these versions; never 0. */
uint64_t version_folders_fingerprint(const struct version_folders *folders);

/*
 * Loads all versions of the model, or none: on failure those that it has stay. What has not changed is taken from
 * `before`, unless that is NULL.
 */
bool load_model(struct loader *loader, const struct options *options, const struct catalogue_model *before,
                struct catalogue_model *model, struct load_failure *failure);

/* For the index. The versions that are served stay; of those that are not, only the one that failed is shown. */
void load_failure_note(const struct load_failure *failure, struct catalogue_model *model);

#endif
