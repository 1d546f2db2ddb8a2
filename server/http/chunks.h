/* A body in chunks (RFC 9112, 7.1), taken apart strictly; extensions and trailers are checked, bounded, and dropped. */
#ifndef SENETD_CHUNKS_H
#define SENETD_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/refusal.h"

#define CHUNK_EXTRAS_MAX (32 * 1024) /* bytes of all extensions and trailers of a body */

enum chunks_state {
    CHUNKS_SIZE_FIRST, /* a digit is due */
    CHUNKS_SIZE,
    CHUNKS_EXTENSION,
    CHUNKS_SIZE_LF,
    CHUNKS_DATA,
    CHUNKS_DATA_CR,
    CHUNKS_DATA_LF,
    CHUNKS_TRAILER_FIRST, /* a name or the last CRLF is due */
    CHUNKS_TRAILER_NAME,
    CHUNKS_TRAILER_VALUE,
    CHUNKS_TRAILER_LF,
    CHUNKS_LAST_LF,
    CHUNKS_DONE,
    CHUNKS_STATE_COUNT,
};

/* Zero-initialise before the first byte of a body. */
struct chunks {
    enum chunks_state state;
    uint64_t left; /* bytes of the chunk that are still to come */
    size_t extras;
};

/*
 * Takes up to `size` bytes, and at most one run of data, which `data` then is: it points into `bytes`. Returns how many
 * were taken: at least one, unless CHUNKS_DONE is reached or *refusal is set.
 */
size_t chunks_take(struct chunks *chunks, const char *bytes, size_t size, const char **data, size_t *data_size,
                   const struct refusal **refusal);

#endif
