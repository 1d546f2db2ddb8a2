/* Bytes that are read where they are wanted: in memory, or in a file that is open. */
#ifndef SENET_BASE_SOURCE_H
#define SENET_BASE_SOURCE_H

#include <stdint.h>

#include "senet.h"

struct source {
    const void *bytes; /* or NULL: */
    int file;          /* a descriptor that pread reads, the caller's */
    const char *name;  /* the file's, for messages */
    size_t size;
};

/*
 * `offset` and `size` lie within the source. A file is read and never mapped: should it shrink meanwhile, that is
 * an error, where a page that is gone would end the process.
 * Errors: FILE_UNREADABLE.
 */
enum senet_code source_read(const struct source *source, size_t offset, void *destination, size_t size,
                            struct senet_error *error);

#endif
