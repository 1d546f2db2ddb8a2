#include "models/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalogue *catalogue_create(void)
{
    struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    if (catalogue)
        atomic_init(&catalogue->references, 1);
    return catalogue;
}

static void release_versions(struct catalogue_version *versions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        served_release(versions[i].served);
    free(versions);
}

static void release_model(struct catalogue_model *model)
{
    release_versions(model->versions, model->version_count);
    free(model->path);
}

struct catalogue *catalogue_retain(struct catalogue *catalogue)
{
    atomic_fetch_add(&catalogue->references, 1);
    return catalogue;
}

void catalogue_release(struct catalogue *catalogue)
{
    if (!catalogue || atomic_fetch_sub(&catalogue->references, 1) != 1)
        return;
    for (size_t i = 0; i < catalogue->count; i++)
        release_model(&catalogue->models[i]);
    free(catalogue->models);
    free(catalogue);
}

static bool reserve(struct catalogue *catalogue)
{
    if (catalogue->count < catalogue->capacity)
        return true;
    size_t capacity = catalogue->capacity ? 2 * catalogue->capacity : 4;
    struct catalogue_model *models = realloc(catalogue->models, capacity * sizeof *models);
    if (!models)
        return false;
    catalogue->models = models;
    catalogue->capacity = capacity;
    return true;
}

struct catalogue_model *catalogue_add(struct catalogue *catalogue, const char *name, const char *path,
                                      bool in_repository)
{
    char *copy = path ? strdup(path) : NULL;
    if ((path && !copy) || !reserve(catalogue)) {
        free(copy);
        return NULL;
    }
    struct catalogue_model *model = &catalogue->models[catalogue->count++];
    *model = (struct catalogue_model){.path = copy, .in_repository = in_repository};
    snprintf(model->name, sizeof model->name, "%s", name);
    return model;
}

static bool copy_versions(struct catalogue_model *model, const struct catalogue_model *from)
{
    if (!from->version_count)
        return true;
    model->versions = calloc(from->version_count, sizeof *model->versions);
    if (!model->versions)
        return false;
    model->version_count = from->version_count;
    for (size_t i = 0; i < from->version_count; i++) {
        model->versions[i] = from->versions[i];
        if (model->versions[i].served)
            served_retain(model->versions[i].served);
    }
    return true;
}

static bool copy_model(struct catalogue *copy, const struct catalogue_model *from)
{
    struct catalogue_model *model = catalogue_add(copy, from->name, from->path, from->in_repository);
    if (!model || !copy_versions(model, from))
        return false;
    model->unloaded = from->unloaded;
    model->loading = from->loading;
    model->attempted = from->attempted;
    memcpy(model->reason, from->reason, sizeof model->reason);
    return true;
}

struct catalogue *catalogue_copy(const struct catalogue *catalogue)
{
    struct catalogue *copy = catalogue_create();
    if (!copy)
        return NULL;
    memcpy(copy->default_name, catalogue->default_name, sizeof copy->default_name);
    for (size_t i = 0; i < catalogue->count; i++)
        if (!copy_model(copy, &catalogue->models[i])) {
            catalogue_release(copy);
            return NULL;
        }
    return copy;
}

struct catalogue_model *catalogue_find(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (!strcmp(catalogue->models[i].name, name))
            return &catalogue->models[i];
    return NULL;
}

const struct catalogue_version *catalogue_version_find(const struct catalogue_model *model, int64_t number)
{
    for (size_t i = 0; i < model->version_count; i++)
        if (model->versions[i].number == number)
            return &model->versions[i];
    return NULL;
}

struct served *catalogue_served(const struct catalogue_model *model)
{
    for (size_t i = 0; i < model->version_count; i++)
        if (model->versions[i].served)
            return model->versions[i].served;
    return NULL;
}

void catalogue_set_versions(struct catalogue_model *model, struct catalogue_version *versions, size_t count)
{
    release_versions(model->versions, model->version_count);
    model->versions = versions;
    model->version_count = count;
}

void catalogue_remove(struct catalogue *catalogue, size_t index)
{
    release_model(&catalogue->models[index]);
    memmove(&catalogue->models[index], &catalogue->models[index + 1],
            (catalogue->count - index - 1) * sizeof *catalogue->models);
    catalogue->count--;
}
