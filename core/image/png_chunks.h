/* The chunks of a PNG: behind a signature of 8 bytes, each is length (4), type (4), contents, checksum (4). */
#ifndef SENET_IMAGE_PNG_CHUNKS_H
#define SENET_IMAGE_PNG_CHUNKS_H

#include <stdbool.h>
#include <string.h>

#include "image/bytes.h"

#define PNG_SIGNATURE_SIZE 8
#define PNG_CHUNK_FRAME 12 /* of a chunk, what is not its contents */

/* Those to come; to begin with, all that follows the signature. */
struct png_chunks {
    const uint8_t *at;
    size_t left;
};

struct png_chunk {
    const uint8_t *at; /* its length */
    size_t contents, size;
};

/* False where no whole chunk is left. */
static inline bool png_chunks_next(struct png_chunks *chunks, struct png_chunk *chunk)
{
    if (chunks->left < PNG_CHUNK_FRAME || big_endian_32(chunks->at) > chunks->left - PNG_CHUNK_FRAME)
        return false;
    chunk->at = chunks->at;
    chunk->contents = big_endian_32(chunks->at);
    chunk->size = chunk->contents + PNG_CHUNK_FRAME;
    chunks->at += chunk->size;
    chunks->left -= chunk->size;
    return true;
}

static inline bool png_chunk_is(const struct png_chunk *chunk, const char *type)
{
    return memcmp(chunk->at + 4, type, 4) == 0;
}

/* Bit 5 of a type's first letter says that a reader may do without the chunk. */
static inline bool png_chunk_is_ancillary(const struct png_chunk *chunk)
{
    return chunk->at[4] & 0x20;
}

#endif
