#include "models/reload.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "models/load_model.h"

static enum senet_code no_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
}

/* As it is configured; else what it was, while that is there; else the first. */
static void choose_default(struct catalogue *catalogue, const struct options *options)
{
    const char *name = *options->default_model ? options->default_model : catalogue->default_name;
    if (!catalogue_find(catalogue, name))
        name = catalogue->count ? catalogue->models[0].name : "";
    if (name != catalogue->default_name)
        snprintf(catalogue->default_name, sizeof catalogue->default_name, "%s", name);
}

void catalogue_publish(struct loader *loader, struct catalogue *catalogue)
{
    choose_default(catalogue, loader->options);
    registry_publish(loader->registry, catalogue);
}

/* A model that the catalogue lacks may have come into the repository since. */
static struct catalogue_model *find_new(struct loader *loader, struct catalogue *catalogue, const char *name)
{
    const char *repository = loader->options->model_repository;
    if (!*repository || !model_name_valid(name))
        return NULL;
    char *path = path_join(repository, name);
    struct catalogue_model *model = path && is_folder(path) && catalogue->count < REPOSITORY_MODELS_MAX
                                        ? catalogue_add(catalogue, name, path, true)
                                        : NULL;
    free(path);
    return model;
}

/* A copy of the published catalogue, and the model in it. NULL: *model says by being NULL that there is none. */
static struct catalogue *copy_with(struct loader *loader, const char *name, struct catalogue_model **model)
{
    struct catalogue *current = registry_catalogue(loader->registry);
    struct catalogue *copy = catalogue_copy(current);
    catalogue_release(current);
    *model = copy ? catalogue_find(copy, name) : NULL;
    if (copy && !*model)
        *model = find_new(loader, copy, name);
    return copy;
}

/* The index says that the model is on its way. */
static bool announce(struct loader *loader, const char *name, bool *known)
{
    struct catalogue_model *model;
    struct catalogue *copy = copy_with(loader, name, &model);
    *known = model != NULL;
    if (!model) {
        catalogue_release(copy);
        return copy != NULL;
    }
    model->loading = true;
    catalogue_publish(loader, copy);
    return true;
}

enum reload_answer load_again(struct loader *loader, const char *name, bool fresh, struct senet_error *error)
{
    struct catalogue_model *model;
    bool known;
    if (!announce(loader, name, &known)) {
        no_memory(error);
        return RELOAD_FAILED;
    }
    if (!known)
        return RELOAD_NO_MODEL;
    struct catalogue *current = registry_catalogue(loader->registry), *copy = copy_with(loader, name, &model);
    struct load_failure failure;
    bool good = false;
    if (model) {
        good = load_model(loader, loader->options, fresh ? NULL : catalogue_find(current, name), model, &failure);
        model->loading = false;
        model->unloaded = model->unloaded && !good;
        if (good)
            model->reason[0] = '\0';
        else
            load_failure_note(&failure, model);
        catalogue_publish(loader, copy);
    } else {
        failure = (struct load_failure){0};
        no_memory(&failure.error);
        catalogue_release(copy);
    }
    catalogue_release(current);
    if (good)
        return RELOAD_DONE;
    load_failure_log(&failure, name);
    char text[SENET_MESSAGE_SIZE];
    load_failure_describe(&failure, text, sizeof text);
    senet_error_set(error, failure.error.code, "%s", text);
    return RELOAD_FAILED;
}

enum reload_answer reload_model(struct loader *loader, const char *name, struct senet_error *error)
{
    return load_again(loader, name, true, error);
}

enum reload_answer unload_model(struct loader *loader, const char *name, struct senet_error *error)
{
    struct catalogue *current = registry_catalogue(loader->registry), *copy = NULL;
    bool known = catalogue_find(current, name) != NULL;
    if (known)
        copy = catalogue_copy(current);
    catalogue_release(current);
    if (!copy) {
        no_memory(error);
        return known ? RELOAD_FAILED : RELOAD_NO_MODEL;
    }
    struct catalogue_model *model = catalogue_find(copy, name);
    for (size_t i = 0; i < model->version_count; i++) {
        struct catalogue_version *version = &model->versions[i];
        served_release(version->served);
        version->served = NULL;
        snprintf(version->reason, sizeof version->reason, "unloaded");
    }
    model->unloaded = true;
    catalogue_publish(loader, copy);
    log_write(LOG_LEVEL_INFO, "unloaded", log_text("model", name));
    return RELOAD_DONE;
}
