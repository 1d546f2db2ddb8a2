/*
 * multipart/form-data (RFC 7578) over a complete body, read strictly and without allocating: what a part consists of
 * is NUL-terminated and unescaped in place.
 */
#ifndef SENETD_MULTIPART_H
#define SENETD_MULTIPART_H

#include "senet.h"

#define BOUNDARY_MAX 70 /* RFC 2046 */

struct multipart {
    char *at, *end;
    char delimiter[BOUNDARY_MAX + 5]; /* "\r\n--boundary" */
    size_t delimiter_size;
    bool done;
};

struct multipart_part {
    const char *name;
    const char *filename; /* NULL for an ordinary field */
    char *bytes;          /* followed by a NUL that is not counted; NULL after the last part */
    size_t size;
};

/* `content_type` is the request's header. `body` is written to, and must outlive the parts. Errors: INVALID_ARGUMENT.
 */
enum senet_code multipart_open(struct multipart *reader, const char *content_type, char *body, size_t size,
                               struct senet_error *error);
enum senet_code multipart_next(struct multipart *reader, struct multipart_part *part, struct senet_error *error);

#endif
