/*
 * Shell globs, matched in time bounded by the product of both lengths. The C library's fnmatch is not used:
 * patterns come from requests, and with many stars it takes exponential time.
 */
#ifndef SENET_ANSWER_GLOB_H
#define SENET_ANSWER_GLOB_H

#include <stdbool.h>

/* `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; a `[` that is never closed stands for itself. */
bool glob_matches(const char *glob, const char *text);

#endif
