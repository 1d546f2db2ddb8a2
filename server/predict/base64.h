/* RFC 4648 base64, strictly: the padding must be there, nothing else may be, and unused bits are zero. */
#ifndef SENETD_BASE64_H
#define SENETD_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes in place: the bytes overwrite the beginning of `text`. */
bool base64_decode(char *text, size_t length, size_t *size);

/*
 * A string of base64, with or without "data:image/png;base64," before it, in place: *bytes points into `text`. False
 * also for a data: URL in another encoding.
 */
bool base64_decode_url(char *text, const void **bytes, size_t *size);

#endif
