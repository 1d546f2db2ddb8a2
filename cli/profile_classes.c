#include "profile_classes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "terminal.h"

/* The name of the folder that `path` lies in directly: *length characters. False when that is the root. */
static bool folder_of(const char *path, const char *root, const char **name, size_t *length)
{
    const char *below = path + strlen(root);
    below += strspn(below, "/");
    const char *end = strrchr(below, '/');
    if (!end)
        return false;
    for (*name = end; *name > below && (*name)[-1] != '/';)
        --*name;
    *length = (size_t)(end - *name);
    return true;
}

bool profile_has_folders(const struct paths *paths, const char *root)
{
    const char *name;
    size_t length;
    for (size_t i = 0; i < paths->count; i++)
        if (folder_of(paths->items[i], root, &name, &length))
            return true;
    return false;
}

/* Ids are given in the order of discovery. */
static int find_named(struct profile *profile, const char *name, size_t *index)
{
    for (*index = 0; *index < profile->class_count; ++*index)
        if (!strcmp(profile->classes[*index].name, name))
            return STATUS_DONE;
    return profile_find_class(profile, (int64_t)profile->class_count, name, index);
}

static bool is_full(const struct profile_choice *choice, int64_t images)
{
    return choice->max_per_class > 0 && images >= choice->max_per_class;
}

/* The class of one path, or PROFILE_LEFT_OUT; `images` counts those of each class. */
static int group_path(struct profile *profile, const char *path, const char *root, const struct profile_choice *choice,
                      int64_t *images, size_t *class_of)
{
    const char *begin;
    size_t length, index;
    *class_of = PROFILE_LEFT_OUT;
    if (!folder_of(path, root, &begin, &length))
        return complain("%s lies in no folder of a class", path);
    char *name = strndup(begin, length);
    if (!name)
        return complain("out of memory");
    bool taken = globs_take(&choice->classes, name);
    int status = taken ? find_named(profile, name, &index) : STATUS_DONE;
    free(name);
    if (taken && status == STATUS_DONE && !is_full(choice, images[index])) {
        *class_of = index;
        images[index]++;
    }
    return status;
}

int profile_group_by_folder(struct profile *profile, const struct paths *paths, const char *root,
                            const struct profile_choice *choice, size_t *class_of)
{
    int64_t *images = calloc(paths->count, sizeof *images); /* there are no more classes than paths */
    int status = images ? STATUS_DONE : complain("out of memory");
    for (size_t i = 0; i < paths->count && status == STATUS_DONE; i++)
        status = group_path(profile, paths->items[i], root, choice, images, &class_of[i]);
    free(images);
    return status;
}

int profile_predicted_class(struct profile *profile, const struct senet_session *session,
                            const struct profile_choice *choice, size_t *index)
{
    struct senet_prediction best = {.label = "all"};
    char number[32];
    bool classified = senet_session_top_k(session, 0, 1, &best) == 1;
    if (classified && !best.label) {
        snprintf(number, sizeof number, "class %" PRId64, best.class_id);
        best.label = number;
    }
    *index = PROFILE_LEFT_OUT;
    if (!globs_take(&choice->classes, best.label))
        return STATUS_DONE;
    int status = profile_find_class(profile, best.class_id, best.label, index);
    if (status == STATUS_DONE && is_full(choice, profile->classes[*index].moments.samples))
        *index = PROFILE_LEFT_OUT;
    return status;
}

static int check_globs(const struct profile *profile, const char *option, const struct globs *globs)
{
    for (size_t i = 0; i < globs->count; i++) {
        const struct globs one = {&globs->items[i], 1};
        size_t at = 0;
        while (at < profile->class_count && !globs_take(&one, profile->classes[at].name))
            at++;
        if (at == profile->class_count)
            return complain("%s: there is no class '%s'", option, globs->items[i]);
    }
    return STATUS_DONE;
}

int profile_check_choice(const struct profile *profile, const struct profile_choice *choice)
{
    int status = check_globs(profile, "--classes", &choice->classes);
    return status == STATUS_DONE ? check_globs(profile, "--draw", &choice->drawn) : status;
}

void profile_choose_drawn(struct profile *profile, const struct profile_choice *choice)
{
    size_t drawn = 0;
    for (size_t i = 0; i < profile->class_count && drawn < PROFILE_DRAWN_MAX; i++) {
        profile->classes[i].drawn = globs_take(&choice->drawn, profile->classes[i].name);
        drawn += profile->classes[i].drawn;
    }
}
