#include "models/wanted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct wanted *wanted;
    char *message;
    size_t message_size;
};

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

static const struct wanted_model *find(const struct wanted *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!strcmp(wanted->items[i].name, name))
            return &wanted->items[i];
    return NULL;
}

static bool add(struct reading *reading, const char *name, const char *path, bool in_repository)
{
    if (find(reading->wanted, name)) {
        snprintf(reading->message, reading->message_size,
                 "model '%s': the name is used twice: give one of them another, NAME=DIR", name);
        return false;
    }
    struct wanted_model *model = &reading->wanted->items[reading->wanted->count];
    *model = (struct wanted_model){.path = path ? strdup(path) : NULL, .in_repository = in_repository};
    if (path && !model->path) {
        snprintf(reading->message, reading->message_size, "out of memory");
        return false;
    }
    snprintf(model->name, sizeof model->name, "%s", name);
    reading->wanted->count++;
    return true;
}

static bool add_named(struct reading *reading, const struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        char name[MODEL_NAME_MAX + 2];
        const char *path = split(list->items[i], name, sizeof name);
        if (!model_name_valid(name)) {
            snprintf(reading->message, reading->message_size,
                     "model '%.128s': give it a name of letters, digits, '.', '_' and '-', and no dot at its "
                     "beginning: NAME=DIR",
                     list->items[i]);
            return false;
        }
        if (!add(reading, name, path, false))
            return false;
        reading->wanted->items[reading->wanted->count - 1].text = list->items[i];
    }
    return true;
}

static bool add_repository(struct reading *reading, const char *repository, const struct model_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        char *path = path_join(repository, names->items[i]);
        if (!path)
            snprintf(reading->message, reading->message_size, "out of memory");
        bool added = path && add(reading, names->items[i], path, true);
        free(path);
        if (!added)
            return false;
    }
    return true;
}

static bool fill(struct reading *reading, const struct options *options, const struct model_names *names)
{
    reading->wanted->items = calloc(options->models.count + names->count + 1, sizeof *reading->wanted->items);
    if (!reading->wanted->items) {
        snprintf(reading->message, reading->message_size, "out of memory");
        return false;
    }
    if (!options->models.count && !*options->model_repository)
        return add(reading, "builtin", NULL, false);
    return add_named(reading, &options->models) && add_repository(reading, options->model_repository, names);
}

bool wanted_read(const struct options *options, struct wanted *wanted, char *message, size_t message_size)
{
    struct model_names names = {0};
    struct senet_error error;
    *wanted = (struct wanted){0};
    if (*options->model_repository && repository_scan(options->model_repository, &names, &error)) {
        snprintf(message, message_size, "model_repository '%.256s': %s", options->model_repository, error.message);
        return false;
    }
    struct reading reading = {.wanted = wanted, .message = message, .message_size = message_size};
    bool good = fill(&reading, options, &names);
    model_names_release(&names);
    if (!good)
        wanted_release(wanted);
    return good;
}

void wanted_release(struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        free(wanted->items[i].path);
    free(wanted->items);
    *wanted = (struct wanted){0};
}
