/*
 * Model folders on disk: which names are safe, which versions there are, whether something changed.
 *
 * DESIGN
 * A repository is a folder of model folders; a model folder holds model.onnx, or numeric folders that do, its
 * versions. What is no such folder, begins with a dot or is a symbolic link to a folder is passed over, as are names
 * that could not stand in a path of the HTTP interface. Files may be links: that is how Kubernetes mounts them.
 * However many entries a folder has, the memory and the time that looking takes are bounded.
 */
#ifndef SENETD_REPOSITORY_H
#define SENETD_REPOSITORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "senet.h"

#define MODEL_NAME_MAX 128
#define MODEL_VERSION_TEXT 24        /* room for a version's number as text */
#define REPOSITORY_MODELS_MAX 1024   /* models of a repository */
#define REPOSITORY_ENTRIES_MAX 65536 /* entries of any folder that is looked at */

/* Letters, digits, '.', '_' and '-'; no dot at the beginning. */
bool model_name_valid(const char *name);

/* True for what versions are called: digits without a leading zero, at most 18. */
bool model_version_parse(const char *text, int64_t *number);

void model_version_text(int64_t number, char text[MODEL_VERSION_TEXT]);

struct version_folder {
    int64_t number;
    char *path;
    uint64_t fingerprint; /* of the names, inodes, sizes and times of change of its files */
    time_t changed;       /* when the youngest of them was */
};

struct version_folders {
    struct version_folder *items; /* the highest number first */
    size_t count;
};

/*
 * The `limit` highest versions of the model in `path`: its numeric folders, or where it has none the folder or file
 * itself, as version 1. On success the caller releases. Errors: FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code version_folders_scan(const char *path, size_t limit, struct version_folders *folders,
                                     struct senet_error *error);
void version_folders_release(struct version_folders *folders);

struct model_names {
    char **items; /* sorted */
    size_t count;
};

/* The models of a repository. On success the caller releases. Errors: FILE_UNREADABLE, OUT_OF_MEMORY. */
enum senet_code repository_scan(const char *path, struct model_names *names, struct senet_error *error);
void model_names_release(struct model_names *names);

/* "PATH/NAME", the caller's to free; NULL when memory is short. */
char *path_join(const char *path, const char *name);

/* True for a folder, false for a link to one. */
bool is_folder(const char *path);

#endif
