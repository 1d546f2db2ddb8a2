/* The request target as the client sent it: path segments and query pairs, percent-decoded strictly. */
#ifndef SENETD_TARGET_H
#define SENETD_TARGET_H

#include <stdbool.h>
#include <stddef.h>

struct target {
    const char *path;
    size_t path_length;
    const char *query; /* after the '?', NUL-terminated; NULL when there is none */
};

/* Whether `text` is in absolute form: "http://host/path". */
bool target_is_absolute(const char *text);

/* `text` may be in absolute form. Points into `text`, or to "/" where there is no path. */
void target_split(const char *text, struct target *target);

/*
 * Decodes `length` bytes into `decoded`, with a NUL. `plus` makes '+' a space. False for a broken escape, for an
 * encoded NUL, and when it does not fit.
 */
bool percent_decode(const char *text, size_t length, bool plus, char *decoded, size_t size);

/*
 * Takes the next pair off *query; false when none is left. *good tells whether it decoded; both buffers have
 * `size` bytes. A name without '=' has an empty value.
 */
bool query_next(const char **query, char *name, char *value, size_t size, bool *good);

#endif
