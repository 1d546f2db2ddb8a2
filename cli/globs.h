/* What options like --layers GLOB,... choose by name. */
#ifndef SENET_CLI_GLOBS_H
#define SENET_CLI_GLOBS_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise: without globs every name is taken. */
struct globs {
    const char **items; /* and behind the pointers, in the same block, their characters */
    size_t count;
};

/* `text` holds globs, separated by commas; NULL means all. STATUS_DONE, or STATUS_FAILED after complaining. */
int globs_split(const char *text, struct globs *globs);
void globs_release(struct globs *globs);

/* Globs are the shell's, as senet_answer_selects has them. */
bool globs_take(const struct globs *globs, const char *name);

#endif
