#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

#define ALIGNMENT 64u
#define CHUNK_BYTES ((size_t)64 * 1024)

/* Followed by `capacity` bytes; the header fills one alignment unit so that the first byte is aligned. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
};

static unsigned char *chunk_bytes(struct arena_chunk *chunk)
{
    return (unsigned char *)chunk + ALIGNMENT;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t bytes)
{
    size_t capacity = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    size_t whole;
    if (!checked_add_size(capacity, ALIGNMENT, &whole))
        return NULL;
    struct arena_chunk *chunk = aligned_alloc(ALIGNMENT, whole);
    if (!chunk)
        return NULL;
    chunk->used = 0;
    chunk->capacity = capacity;
    arena->total += whole;
    /* A large block goes behind the current chunk, whose room stays in use. */
    if (arena->chunks && bytes > CHUNK_BYTES) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (!checked_mul_size(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->capacity - chunk->used < bytes)
        chunk = add_chunk(arena, bytes);
    if (!chunk)
        return NULL;
    void *block = chunk_bytes(chunk) + chunk->used;
    chunk->used += bytes;
    memset(block, 0, bytes);
    return block;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = arena_alloc(arena, size, 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_release(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    arena->total = 0;
}
