/* Looking for changed files. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "models/load_model.h"
#include "models/reload.h"
#include "models/wanted.h"

/* True when the files are others than those last tried, and nobody has touched them for as long as a poll takes. */
static bool has_changed(const struct loader *loader, const struct catalogue_model *model, const char *path)
{
    struct version_folders folders;
    struct senet_error error;
    if (!path || (model && model->unloaded))
        return false;
    if (version_folders_scan(path, (size_t)loader->options->model_versions, &folders, &error))
        return !model || model->attempted != 0;
    time_t changed = 0, now = time(NULL);
    for (size_t i = 0; i < folders.count; i++)
        changed = folders.items[i].changed > changed ? folders.items[i].changed : changed;
    bool differs = !model || model->attempted != version_folders_fingerprint(&folders);
    version_folders_release(&folders);
    return differs && (changed > now || now - changed >= (time_t)loader->options->repository_poll_seconds);
}

static bool is_wanted(const struct wanted *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!strcmp(wanted->items[i].name, name))
            return true;
    return false;
}

static void drop_gone(struct loader *loader, const struct wanted *wanted)
{
    struct catalogue *current = registry_catalogue(loader->registry), *copy = NULL;
    for (size_t i = current->count; i-- > 0;) {
        const struct catalogue_model *model = &current->models[i];
        if (!model->in_repository || is_wanted(wanted, model->name))
            continue;
        if (!copy)
            copy = catalogue_copy(current);
        if (!copy)
            break; /* the next look finds it again */
        catalogue_remove(copy, i);
        log_write(LOG_LEVEL_INFO, "unloaded", log_text("model", model->name), log_text("reason", "its folder is gone"));
    }
    catalogue_release(current);
    if (copy)
        catalogue_publish(loader, copy);
}

void reload_changed(struct loader *loader)
{
    struct wanted wanted;
    char message[sizeof loader->poll_problem];
    if (!wanted_read(loader->options, &wanted, message, sizeof message)) {
        if (strcmp(message, loader->poll_problem) != 0)
            log_write(LOG_LEVEL_ERROR, "poll_failed", log_text("problem", message));
        snprintf(loader->poll_problem, sizeof loader->poll_problem, "%s", message);
        return;
    }
    loader->poll_problem[0] = '\0';
    for (size_t i = 0; i < wanted.count; i++) {
        struct senet_error error; /* is logged and in the index */
        struct catalogue *current = registry_catalogue(loader->registry);
        bool changed = has_changed(loader, catalogue_find(current, wanted.items[i].name), wanted.items[i].path);
        catalogue_release(current);
        if (changed)
            load_again(loader, wanted.items[i].name, false, &error);
    }
    drop_gone(loader, &wanted);
    wanted_release(&wanted);
}
