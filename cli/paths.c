#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "command.h"
#include "terminal.h"

static int add_item(struct paths *paths, const char *path)
{
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity ? paths->capacity * 2 : 64;
        char **items = realloc(paths->items, capacity * sizeof *items);
        if (!items)
            return complain("out of memory");
        paths->items = items;
        paths->capacity = capacity;
    }
    char *copy = strdup(path);
    if (!copy)
        return complain("out of memory");
    paths->items[paths->count++] = copy;
    return STATUS_DONE;
}

static bool has_image_extension(const char *name)
{
    static const char *const extensions[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof extensions / sizeof *extensions; i++)
        if (!strcasecmp(dot, extensions[i]))
            return true;
    return false;
}

static int add_folder(struct paths *paths, const char *folder);

static int add_entry(struct paths *paths, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return complain("out of memory");
    snprintf(path, size, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
    struct stat entry;
    int status = STATUS_DONE;
    if (lstat(path, &entry))
        status = complain("%s: %s", path, strerror(errno));
    else if (S_ISDIR(entry.st_mode))
        status = add_folder(paths, path);
    else if (has_image_extension(name))
        status = add_item(paths, path);
    free(path);
    return status;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int add_folder(struct paths *paths, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        return complain("%s: %s", folder, strerror(errno));
    int status = STATUS_DONE;
    for (int i = 0; i < count; i++) {
        if (status == STATUS_DONE)
            status = add_entry(paths, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

int paths_add(struct paths *paths, const char *path)
{
    struct stat entry;
    if (stat(path, &entry) || !S_ISDIR(entry.st_mode))
        return add_item(paths, path); /* what cannot be read is said when it is read */
    paths->plural = true;
    size_t before = paths->count;
    int status = add_folder(paths, path);
    if (status == STATUS_DONE && paths->count == before)
        status = complain("%s: there is no image in this folder", path);
    return status;
}

int paths_add_listed(struct paths *paths, const char *list)
{
    bool standard = !strcmp(list, "-");
    FILE *stream = standard ? stdin : fopen(list, "r");
    if (!stream)
        return complain("%s: %s", list, strerror(errno));
    paths->plural = true;
    char *line = NULL;
    size_t capacity = 0;
    int status = STATUS_DONE;
    for (ssize_t length; status == STATUS_DONE && (length = getline(&line, &capacity, stream)) >= 0;) {
        if (length > 0 && line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (*line)
            status = add_item(paths, line);
    }
    if (status == STATUS_DONE && ferror(stream))
        status = complain("%s: %s", list, strerror(errno));
    free(line);
    if (!standard)
        fclose(stream);
    return status;
}

void paths_release(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct paths){0};
}
