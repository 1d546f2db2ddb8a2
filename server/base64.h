/* RFC 4648 base64, strictly: the padding must be there, nothing else may be, and unused bits are zero. */
#ifndef SENETD_BASE64_H
#define SENETD_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes in place: the bytes overwrite the beginning of `text`. */
bool base64_decode(char *text, size_t length, size_t *size);

#endif
