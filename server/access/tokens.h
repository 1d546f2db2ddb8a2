/*
 * A file of bearer tokens: one a line, blank lines and lines that begin with # are passed over.
 *
 * DESIGN
 * Tokens are kept padded to one size, and a comparison looks at every byte of every one, so that the time that it takes
 * tells nothing of them. Messages name the line and never what is in it.
 */
#ifndef SENETD_TOKENS_H
#define SENETD_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_MIN 16 /* bytes: what is shorter can be guessed */
#define TOKEN_MAX 256
#define TOKENS_MAX 1024 /* in a file */

/* Zero-initialised, there are none. */
struct tokens {
    unsigned char (*padded)[TOKEN_MAX]; /* owned; TOKENS_MAX of them */
    size_t count;
    bool exposed; /* others than the file's owner and group can read it, or than its owner write it */
};

/* A file without a token is an error: it would lock everybody out. False fills `message`; nothing to release then. */
bool tokens_read(struct tokens *tokens, const char *path, char *message, size_t message_size);
/* Leaves nothing of them in memory. */
void tokens_release(struct tokens *tokens);

/* Whether the `size` bytes are one of the tokens. */
bool tokens_have(const struct tokens *tokens, const char *text, size_t size);

#endif
