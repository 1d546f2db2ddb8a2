/* Which image belongs to which class. */
#ifndef SENET_CLI_PROFILE_CLASSES_H
#define SENET_CLI_PROFILE_CLASSES_H

#include "paths.h"
#include "profile.h"

#define PROFILE_LEFT_OUT SIZE_MAX

struct profile_choice {
    struct globs classes;  /* --classes */
    struct globs drawn;    /* --draw */
    int64_t max_per_class; /* 0: no limit */
};

/* The int functions return STATUS_DONE, or STATUS_FAILED after complaining. `root` is the folder that was walked. */

/* Whether an image lies in a folder below `root`. */
bool profile_has_folders(const struct paths *paths, const char *root);

/*
 * A class for each name of a folder that holds images, in the order of paths; class_of[i] is that of paths->items[i],
 * or PROFILE_LEFT_OUT. Fails on an image that lies in `root` itself.
 */
int profile_group_by_folder(struct profile *profile, const struct paths *paths, const char *root,
                            const struct profile_choice *choice, size_t *class_of);

/* The class that the session's last run puts first, or PROFILE_LEFT_OUT. A model that is no classifier has one: all. */
int profile_predicted_class(struct profile *profile, const struct senet_session *session,
                            const struct profile_choice *choice, size_t *index);

/* Fails on a glob of the choice that no class matches. */
int profile_check_choice(const struct profile *profile, const struct profile_choice *choice);

/* The first that --draw takes, as many as can be told apart. */
void profile_choose_drawn(struct profile *profile, const struct profile_choice *choice);

#endif
