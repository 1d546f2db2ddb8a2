#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AVERAGED_IMAGES 100.0

/* What may stand in a path of the HTTP interface as it is. */
static bool valid_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length <= MODEL_NAME_MAX && strspn(name, allowed) == length && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* Splits "[NAME=]DIR". A '=' after a '/' belongs to the folder. */
static const char *split(const char *text, char *name, size_t size)
{
    const char *equals = strchr(text, '='), *slash = strchr(text, '/');
    const char *path = equals && (!slash || equals < slash) ? equals + 1 : text;
    const char *begin = text, *end = equals;
    if (path == text) {
        end = text + strlen(text);
        while (end > text && end[-1] == '/')
            end--;
        begin = end;
        while (begin > text && begin[-1] != '/')
            begin--;
    }
    snprintf(name, size, "%.*s", (int)(end - begin), begin);
    return path;
}

static bool has_image_input(const struct senet_model_info *info)
{
    const struct senet_shape *shape = &info->inputs[0].shape;
    return info->input_count == 1 && shape->rank == 4 && shape->dim[0] == 1 &&
           shape->dim[1] == info->preprocess.channels && shape->dim[2] == info->preprocess.height &&
           shape->dim[3] == info->preprocess.width;
}

/* Takes over `model`. */
static bool add(struct registry *registry, const char *name, struct senet_model *model)
{
    struct served *served = &registry->models[registry->count];
    served->info = senet_model_info(model);
    served->gates = calloc(served->info->se_block_count + 1, sizeof *served->gates);
    if (!served->gates || pthread_mutex_init(&served->lock, NULL)) {
        free(served->gates);
        senet_model_free(model);
        return false;
    }
    snprintf(served->name, sizeof served->name, "%s", name);
    served->model = model;
    served->takes_images = has_image_input(served->info);
    registry->count++;
    return true;
}

static bool load(struct registry *registry, const char *text, char *message, size_t size)
{
    char name[MODEL_NAME_MAX + 2];
    const char *path = text ? split(text, name, sizeof name) : NULL;
    if (!path)
        snprintf(name, sizeof name, "builtin");
    if (!valid_name(name)) {
        snprintf(message, size, "model '%.128s': give it a name of letters, digits, '.', '_' and '-': NAME=DIR", text);
        return false;
    }
    if (registry_find(registry, name)) {
        snprintf(message, size, "model '%s': the name is used twice: give one of them another, NAME=DIR", name);
        return false;
    }
    struct senet_model *model;
    struct senet_error error;
    const struct senet_load_options load = {.isa = getenv("SENET_ISA")};
    if (path ? senet_model_load(path, &load, &model, &error) : senet_model_load_builtin(&load, &model, &error)) {
        snprintf(message, size, "model '%.128s': %s", text ? text : name, error.message);
        return false;
    }
    if (!add(registry, name, model)) {
        snprintf(message, size, "model '%s': out of memory", name);
        return false;
    }
    return true;
}

bool registry_open(struct registry *registry, const struct text_list *list, char *message, size_t message_size)
{
    size_t capacity = list->count ? list->count : 1;
    registry->count = 0;
    registry->models = calloc(capacity, sizeof *registry->models);
    if (!registry->models) {
        snprintf(message, message_size, "out of memory");
        return false;
    }
    if (!list->count)
        return load(registry, NULL, message, message_size);
    for (size_t i = 0; i < list->count; i++)
        if (!load(registry, list->items[i], message, message_size))
            return false;
    return true;
}

void registry_release(struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        pthread_mutex_destroy(&registry->models[i].lock);
        free(registry->models[i].gates);
        senet_model_free(registry->models[i].model);
    }
    free(registry->models);
    *registry = (struct registry){0};
}

struct served *registry_find(const struct registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (!strcmp(registry->models[i].name, name))
            return &registry->models[i];
    return NULL;
}

void served_observe_gates(struct served *served, const struct senet_gate_summary *gates)
{
    pthread_mutex_lock(&served->lock);
    served->gate_images++;
    /* The first images count in full: without it, the averages would start from nothing. */
    double images = (double)served->gate_images;
    double weight = images < AVERAGED_IMAGES ? 1 / images : 1 / AVERAGED_IMAGES;
    for (size_t i = 0; i < served->info->se_block_count; i++) {
        struct gate_average *average = &served->gates[i];
        average->mean += weight * ((double)gates[i].mean - average->mean);
        average->saturated += weight * ((double)gates[i].saturated_ratio - average->saturated);
    }
    pthread_mutex_unlock(&served->lock);
}

bool served_gate_averages(struct served *served, struct gate_average *averages)
{
    pthread_mutex_lock(&served->lock);
    bool any = served->gate_images > 0;
    memcpy(averages, served->gates, served->info->se_block_count * sizeof *averages);
    pthread_mutex_unlock(&served->lock);
    return any;
}
