/* The configuration's models, all of them or none: at the start, and when SIGHUP has come. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "models/load_model.h"
#include "models/reload.h"
#include "models/wanted.h"

/* In a copy of what is served. */
static void publish_failure(struct loader *loader, const char *name, const struct load_failure *failure)
{
    struct catalogue *current = registry_catalogue(loader->registry), *copy = catalogue_copy(current);
    catalogue_release(current);
    struct catalogue_model *model = copy ? catalogue_find(copy, name) : NULL;
    if (!model) {
        catalogue_release(copy);
        return;
    }
    load_failure_note(failure, model);
    registry_publish(loader->registry, copy);
}

/* A model that was not served before, and whose files are the same, fails as it did. */
static bool failed_before(const struct catalogue_model *before, const struct catalogue_model *model)
{
    return before && !catalogue_served(before) && !before->unloaded && before->attempted == model->attempted;
}

struct rebuilding {
    struct loader *loader;
    const struct options *options;
    const struct catalogue *current;
    bool strict; /* a model of the repository must load as well */
    char *message;
    size_t message_size;
};

static bool rebuild_model(const struct rebuilding *rebuilding, const struct wanted_model *wanted,
                          struct catalogue *catalogue)
{
    struct load_failure failure;
    const struct catalogue_model *before = catalogue_find(rebuilding->current, wanted->name);
    struct catalogue_model *model = catalogue_add(catalogue, wanted->name, wanted->path, wanted->in_repository);
    if (!model) {
        snprintf(rebuilding->message, rebuilding->message_size, "out of memory");
        return false;
    }
    if (load_model(rebuilding->loader, rebuilding->options, before, model, &failure))
        return true;
    if ((!rebuilding->strict && wanted->in_repository) || failed_before(before, model)) {
        load_failure_log(&failure, wanted->name); /* where it ends everything, who hears of that says so */
        load_failure_note(&failure, model);
        return true;
    }
    char text[SENET_MESSAGE_SIZE];
    load_failure_describe(&failure, text, sizeof text);
    snprintf(rebuilding->message, rebuilding->message_size, "model '%.256s': %s",
             wanted->text ? wanted->text : wanted->name, text);
    publish_failure(rebuilding->loader, wanted->name, &failure);
    return false;
}

static bool check_default(const struct rebuilding *rebuilding, const struct catalogue *catalogue)
{
    const char *name = rebuilding->options->default_model;
    if (!*name || catalogue_find(catalogue, name))
        return true;
    snprintf(rebuilding->message, rebuilding->message_size, "default_model: there is no model '%.128s'", name);
    return false;
}

static struct catalogue *rebuild(const struct rebuilding *rebuilding)
{
    struct wanted wanted;
    if (!wanted_read(rebuilding->options, &wanted, rebuilding->message, rebuilding->message_size))
        return NULL;
    struct catalogue *catalogue = catalogue_create();
    bool good = catalogue != NULL;
    if (!good)
        snprintf(rebuilding->message, rebuilding->message_size, "out of memory");
    for (size_t i = 0; good && i < wanted.count; i++)
        good = rebuild_model(rebuilding, &wanted.items[i], catalogue);
    wanted_release(&wanted);
    good = good && check_default(rebuilding, catalogue);
    if (good)
        return catalogue;
    catalogue_release(catalogue);
    return NULL;
}

bool loader_open(struct loader *loader, bool strict, char *message, size_t message_size)
{
    struct catalogue *current = registry_catalogue(loader->registry);
    const struct rebuilding rebuilding = {.loader = loader,
                                          .options = loader->options,
                                          .current = current,
                                          .strict = strict,
                                          .message = message,
                                          .message_size = message_size};
    struct catalogue *catalogue = rebuild(&rebuilding);
    catalogue_release(current);
    if (catalogue)
        catalogue_publish(loader, catalogue);
    return catalogue != NULL;
}

/* Takes over `options`. */
static bool apply(struct loader *loader, struct options *options, char *message, size_t message_size)
{
    const struct options *before = loader->options;
    struct options *reread = loader->reread;
    loader->options = options;
    if (!loader_open(loader, true, message, message_size)) {
        loader->options = before;
        return false;
    }
    loader->reread = options;
    if (reread)
        options_release(reread);
    free(reread);
    return true;
}

/* What the daemon was started with, from the files as they are now. NULL fills `message`. */
static struct options *read_options(const struct loader *loader, char *message, size_t message_size)
{
    enum options_action action;
    struct options *options = calloc(1, sizeof *options);
    if (!options) {
        snprintf(message, message_size, "out of memory");
        return NULL;
    }
    if (options_read(options, loader->argc, loader->argv, getenv, &action, message, message_size))
        return options;
    options_release(options);
    free(options);
    return NULL;
}

void reload_all(struct loader *loader)
{
    char message[SENET_MESSAGE_SIZE + 256], restart[512];
    double began = clock_now();
    struct options *options = read_options(loader, message, sizeof message);
    bool read = options != NULL, good = false;
    if (read) {
        options_differences(loader->options, options, restart, sizeof restart);
        good = apply(loader, options, message, sizeof message);
    }
    if (good) {
        log_write(LOG_LEVEL_INFO, "reloaded", log_real("ms", (clock_now() - began) * 1e3),
                  log_text("needs_restart", *restart ? restart : NULL));
        return;
    }
    log_write(LOG_LEVEL_ERROR, "reload_failed", log_text("problem", message));
    if (read) {
        options_release(options);
        free(options);
    }
}
