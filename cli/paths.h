/* The files that a command works on: operands, folders read recursively, lists of names. */
#ifndef SENET_CLI_PATHS_H
#define SENET_CLI_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* Owns the names. Zero-initialise. */
struct paths {
    char **items;
    size_t count, capacity;
    bool plural; /* a folder or a list was named: the answer is a list even if it holds one file */
};

/*
 * A folder adds the images below it, by their extension and in the order of their names; links are followed to
 * files, not to folders. Anything else adds itself. Both return STATUS_DONE, or STATUS_FAILED after complaining.
 */
int paths_add(struct paths *paths, const char *path);
/* One name a line; "-" reads stdin. Empty lines are skipped. */
int paths_add_listed(struct paths *paths, const char *list);
void paths_release(struct paths *paths);

#endif
