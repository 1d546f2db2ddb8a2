/* Which models the configuration asks for: those that it names, and those of the repository. */
#ifndef SENETD_WANTED_H
#define SENETD_WANTED_H

#include "models/repository.h"
#include "options/options.h"

struct wanted_model {
    char name[MODEL_NAME_MAX + 1];
    char *path;       /* NULL: the built-in model */
    const char *text; /* the option's, for messages; it lives as long as the options. NULL where there is none */
    bool in_repository;
};

struct wanted {
    struct wanted_model *items; /* the default first, unless default_model names another */
    size_t count;
};

/*
 * Every "[NAME=]DIR" of options->models, then the folders of the repository; the built-in model where neither is given.
 * False fills `message`, one line that names what is wrong; then there is nothing to release.
 */
bool wanted_read(const struct options *options, struct wanted *wanted, char *message, size_t message_size);
void wanted_release(struct wanted *wanted);

#endif
