#include "models/load_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"

#define BUILTIN_FINGERPRINT 1

void load_failure_describe(const struct load_failure *failure, char *text, size_t size)
{
    if (failure->number)
        snprintf(text, size, "version %lld: %s", (long long)failure->number, failure->error.message);
    else
        snprintf(text, size, "%s", failure->error.message);
}

void load_failure_log(const struct load_failure *failure, const char *name)
{
    char version[MODEL_VERSION_TEXT];
    model_version_text(failure->number, version);
    log_write(LOG_LEVEL_ERROR, "load_failed", log_text("model", name),
              log_text("version", failure->number ? version : NULL), log_text("reason", failure->error.message));
}

static void log_success(const struct served *served, const struct senet_golden *golden, double began)
{
    bool checked = golden->outputs > 0;
    const struct log_field difference = log_real("golden_difference_ppm", golden->difference * 1e6);
    log_event(LOG_LEVEL_INFO, "loaded",
              (const struct log_field[]){log_text("model", served->name), log_text("version", served->version),
                                         log_text("golden", checked ? "reproduced" : "none"),
                                         log_int("memory", (int64_t)served->memory),
                                         log_real("ms", (clock_now() - began) * 1e3), difference},
              checked ? 6 : 5);
}

static enum senet_code load_folder(struct loader *loader, const char *name, const struct version_folder *folder,
                                   struct served **served, struct senet_error *error)
{
    struct senet_golden golden;
    double began = clock_now();
    const struct load_source source = {.name = name, .path = folder->path, .version = folder->number};
    enum senet_code code = load_version(&loader->settings, &source, served, &golden, error);
    atomic_fetch_add(&loader->outcomes[code ? LOAD_FAILURE : LOAD_SUCCESS], 1);
    if (!code)
        log_success(*served, &golden, began);
    return code;
}

/* The version as it is served already, if its files are the same. */
static struct served *find_unchanged(const struct catalogue_model *before, const struct version_folder *folder)
{
    const struct catalogue_version *version = before ? catalogue_version_find(before, folder->number) : NULL;
    return version && version->served && version->fingerprint == folder->fingerprint ? served_retain(version->served)
                                                                                     : NULL;
}

static void release_versions(struct catalogue_version *versions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        served_release(versions[i].served);
    free(versions);
}

static bool load_folders(struct loader *loader, const struct version_folders *folders,
                         const struct catalogue_model *before, struct catalogue_model *model,
                         struct load_failure *failure)
{
    struct catalogue_version *versions = calloc(folders->count, sizeof *versions);
    if (!versions) {
        senet_error_set(&failure->error, SENET_OUT_OF_MEMORY, "out of memory");
        return false;
    }
    for (size_t i = 0; i < folders->count; i++) {
        const struct version_folder *folder = &folders->items[i];
        versions[i] = (struct catalogue_version){
            .number = folder->number, .fingerprint = folder->fingerprint, .served = find_unchanged(before, folder)};
        if (!versions[i].served && load_folder(loader, model->name, folder, &versions[i].served, &failure->error)) {
            failure->number = folder->number;
            release_versions(versions, i);
            return false;
        }
    }
    catalogue_set_versions(model, versions, folders->count);
    return true;
}

uint64_t version_folders_fingerprint(const struct version_folders *folders)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < folders->count; i++)
        sum = (sum + (uint64_t)folders->items[i].number) * 0x9e3779b97f4a7c15u + folders->items[i].fingerprint;
    return sum ? sum : 1;
}

bool load_model(struct loader *loader, const struct options *options, const struct catalogue_model *before,
                struct catalogue_model *model, struct load_failure *failure)
{
    struct version_folders folders;
    struct version_folder builtin = {.number = 1, .fingerprint = BUILTIN_FINGERPRINT};
    *failure = (struct load_failure){0};
    loader->settings.memory_limit = (size_t)options->model_memory;
    model->attempted = 0;
    if (!model->path) {
        folders = (struct version_folders){.items = &builtin, .count = 1};
        return load_folders(loader, &folders, before, model, failure);
    }
    if (version_folders_scan(model->path, (size_t)options->model_versions, &folders, &failure->error))
        return false;
    model->attempted = version_folders_fingerprint(&folders);
    bool good = load_folders(loader, &folders, before, model, failure);
    version_folders_release(&folders);
    return good;
}

void load_failure_note(const struct load_failure *failure, struct catalogue_model *model)
{
    struct catalogue_version *versions = calloc(model->version_count + 1, sizeof *versions);
    const char *reason = failure->error.message;
    size_t count = 0;
    bool noted = !failure->number;
    snprintf(model->reason, sizeof model->reason, "%.*s", REASON_MAX - 1, noted ? reason : "");
    if (!versions)
        return; /* the log has it */
    for (size_t i = 0; i <= model->version_count; i++) {
        const struct catalogue_version *version = i < model->version_count ? &model->versions[i] : NULL;
        bool failed = version && version->number == failure->number;
        if (!noted && !failed && (!version || version->number < failure->number)) {
            versions[count].number = failure->number;
            snprintf(versions[count++].reason, REASON_MAX, "%.*s", REASON_MAX - 1, reason);
            noted = true;
        }
        if (!version || (!version->served && !failed))
            continue;
        versions[count] = *version;
        versions[count].served = version->served ? served_retain(version->served) : NULL;
        if (failed)
            snprintf(versions[count].reason, REASON_MAX, "%.*s", REASON_MAX - 1, reason);
        noted = noted || failed;
        count++;
    }
    catalogue_set_versions(model, versions, count);
}
