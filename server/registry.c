#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool registry_init(struct registry *registry)
{
    *registry = (struct registry){0};
    return !pthread_mutex_init(&registry->lock, NULL);
}

void registry_release(struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++)
        served_release(registry->models[i]);
    free(registry->models);
    pthread_mutex_destroy(&registry->lock);
    *registry = (struct registry){0};
}

/* Called with the lock held. */
static struct served *look_up(const struct registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        if (!strcmp(registry->models[i]->name, name))
            return registry->models[i];
    return NULL;
}

struct served *registry_find(struct registry *registry, const char *name)
{
    pthread_mutex_lock(&registry->lock);
    struct served *served = name ? look_up(registry, name) : registry->count ? registry->models[0] : NULL;
    if (served)
        served_retain(served);
    pthread_mutex_unlock(&registry->lock);
    return served;
}

bool registry_list(struct registry *registry, struct served_list *list)
{
    pthread_mutex_lock(&registry->lock);
    list->count = registry->count;
    list->items = calloc(list->count + 1, sizeof(struct served *));
    for (size_t i = 0; list->items && i < list->count; i++)
        list->items[i] = served_retain(registry->models[i]);
    pthread_mutex_unlock(&registry->lock);
    return list->items != NULL;
}

void served_list_release(struct served_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        served_release(list->items[i]);
    free(list->items);
    *list = (struct served_list){0};
}

/* Takes over a reference, also when it fails. */
static bool add(struct registry *registry, struct served *served)
{
    pthread_mutex_lock(&registry->lock);
    bool room = registry->count < registry->capacity;
    if (!room) {
        size_t capacity = registry->capacity ? 2 * registry->capacity : 4;
        struct served **models = realloc(registry->models, capacity * sizeof(struct served *));
        room = models != NULL;
        if (room) {
            registry->models = models;
            registry->capacity = capacity;
        }
    }
    if (room)
        registry->models[registry->count++] = served;
    pthread_mutex_unlock(&registry->lock);
    if (!room)
        served_release(served);
    return room;
}

struct loading {
    const char *text; /* "[NAME=]DIR"; NULL is the built-in model */
    const char *path; /* NULL likewise */
    char name[MODEL_NAME_MAX + 2];
};

static bool check_name(struct registry *registry, const struct loading *loading, char *message, size_t size)
{
    if (!valid_name(loading->name)) {
        snprintf(message, size, "model '%.128s': give it a name of letters, digits, '.', '_' and '-': NAME=DIR",
                 loading->text);
        return false;
    }
    struct served *other = registry_find(registry, loading->name);
    if (other)
        snprintf(message, size, "model '%s': the name is used twice: give one of them another, NAME=DIR",
                 loading->name);
    served_release(other);
    return !other;
}

/* With sessions, unless none are wanted. NULL fills `error`. */
static struct served *load(const struct loading *loading, const struct options *options, size_t sessions,
                           struct senet_error *error)
{
    struct senet_model *model;
    const struct senet_load_options load = {.isa = getenv("SENET_ISA")};
    if (loading->path ? senet_model_load(loading->path, &load, &model, error)
                      : senet_model_load_builtin(&load, &model, error))
        return NULL;
    struct served *served = served_create(loading->name, model, (int)options->threads, sessions ? sessions : 1);
    if (!served)
        senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    else if (sessions && session_pool_fill(&served->pool, error)) {
        served_release(served);
        return NULL;
    }
    return served;
}

static bool open_model(struct registry *registry, const char *text, const struct options *options, size_t sessions,
                       char *message, size_t size)
{
    struct loading loading = {.text = text, .name = "builtin"};
    struct senet_error error;
    if (text)
        loading.path = split(text, loading.name, sizeof loading.name);
    if (!check_name(registry, &loading, message, size))
        return false;
    struct served *served = load(&loading, options, sessions, &error);
    if (!served) {
        snprintf(message, size, "model '%.128s': %s", text ? text : loading.name, error.message);
        return false;
    }
    if (add(registry, served))
        return true;
    snprintf(message, size, "model '%s': out of memory", loading.name);
    return false;
}

bool registry_open(struct registry *registry, const struct options *options, size_t sessions, char *message,
                   size_t message_size)
{
    const struct text_list *list = &options->models;
    if (!list->count)
        return open_model(registry, NULL, options, sessions, message, message_size);
    for (size_t i = 0; i < list->count; i++)
        if (!open_model(registry, list->items[i], options, sessions, message, message_size))
            return false;
    return true;
}
