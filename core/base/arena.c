/*
 * DESIGN
 * Chunks grow with the arena: 64 KiB first, then half of what the arena holds, 32 MiB at most. Small ones come from
 * malloc. Large ones are pages of their own (base/pages.h), whose zeros need not be written and which huge pages back
 * whole, many blocks together: with pages of 4 KiB, faults would take most of the time in which weights are read.
 * Blocks are cut from the first chunk of the list, the one with the most room left.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/pages.h"

#define ALIGNMENT 64u
#define CHUNK_BYTES_MIN ((size_t)64 << 10)
#define CHUNK_BYTES_MAX ((size_t)32 << 20)
#define MAPPED_BYTES_MIN (PAGES_UNIT / 2)

/* Followed by `capacity` bytes; the header fills one alignment unit so that the first byte is aligned. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
    bool mapped;
};

static char *chunk_bytes(struct arena_chunk *chunk)
{
    return (char *)chunk + ALIGNMENT;
}

static void chunk_free(struct arena_chunk *chunk)
{
    if (chunk->mapped)
        pages_unmap(chunk, chunk->capacity + ALIGNMENT);
    else
        free(chunk);
}

static size_t chunk_room(const struct arena_chunk *chunk)
{
    return chunk->capacity - chunk->used;
}

static size_t next_capacity(const struct arena *arena, size_t bytes)
{
    size_t capacity = arena->total / 2;
    if (capacity < CHUNK_BYTES_MIN)
        capacity = CHUNK_BYTES_MIN;
    if (capacity > CHUNK_BYTES_MAX)
        capacity = CHUNK_BYTES_MAX;
    return capacity > bytes ? capacity : bytes;
}

/* With room for `bytes`, in no list yet. NULL when memory is short. */
static struct arena_chunk *new_chunk(const struct arena *arena, size_t bytes)
{
    size_t whole, rounded;
    if (!checked_add_size(next_capacity(arena, bytes), ALIGNMENT, &whole))
        return NULL;
    bool mapped = whole >= MAPPED_BYTES_MIN;
    if (mapped) {
        if (!checked_add_size(whole, PAGES_UNIT - 1, &rounded))
            return NULL;
        whole = rounded - rounded % PAGES_UNIT;
    } else {
        whole = (whole + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    struct arena_chunk *chunk = mapped ? pages_map(whole) : aligned_alloc(ALIGNMENT, whole);
    if (chunk)
        *chunk = (struct arena_chunk){.capacity = whole - ALIGNMENT, .mapped = mapped};
    return chunk;
}

static void insert_chunk(struct arena *arena, struct arena_chunk *chunk, size_t bytes)
{
    arena->total += ALIGNMENT;
    if (arena->chunks && chunk_room(arena->chunks) > chunk_room(chunk) - bytes) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (!checked_mul_size(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk_room(chunk) < bytes) {
        chunk = new_chunk(arena, bytes);
        if (!chunk)
            return NULL;
        insert_chunk(arena, chunk, bytes);
    }
    char *block = chunk_bytes(chunk) + chunk->used;
    chunk->used += bytes;
    arena->total += bytes;
    return chunk->mapped ? block : memset(block, 0, bytes);
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
        chunk_free(arena->chunks);
        arena->chunks = next;
    }
    arena->total = 0;
}

void arena_discard(struct arena *arena, struct arena_range range)
{
    uintptr_t begin = (uintptr_t)range.begin;
    for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->next) {
        uintptr_t bytes = (uintptr_t)chunk_bytes(chunk);
        if (begin >= bytes && begin - bytes < chunk->used && range.bytes <= chunk->used - (begin - bytes))
            arena->total -= pages_discard(chunk_bytes(chunk) + (begin - bytes), range.bytes);
    }
}

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct arena_range *)a)->begin;
    uintptr_t right = (uintptr_t)((const struct arena_range *)b)->begin;
    return (left > right) - (left < right);
}

/* The first of `ranges` that begins at `address` or behind it. */
static size_t first_from(const struct arena_range *ranges, size_t count, uintptr_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)ranges[middle].begin < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Discards the gaps between those of `kept` that lie in the chunk. Returns how many bytes stay, 0 when none lies there.
 */
static size_t chunk_keep(struct arena_chunk *chunk, const struct arena_range *kept, size_t count)
{
    char *bytes = chunk_bytes(chunk);
    size_t done = 0, discarded = 0, found = 0; /* bytes before `done` are dealt with */
    for (size_t i = first_from(kept, count, (uintptr_t)bytes); i < count; i++) {
        size_t offset = (uintptr_t)kept[i].begin - (uintptr_t)bytes;
        if (offset >= chunk->used)
            break;
        found++;
        if (offset > done)
            discarded += pages_discard(bytes + done, offset - done);
        if (offset + kept[i].bytes > done)
            done = offset + kept[i].bytes;
    }
    if (found && done < chunk->used)
        discarded += pages_discard(bytes + done, chunk->used - done);
    return found ? ALIGNMENT + chunk->used - discarded : 0;
}

void arena_discard_all_but(struct arena *arena, struct arena_range *kept, size_t count)
{
    struct arena_chunk *chunks = arena->chunks;
    *arena = (struct arena){0};
    if (count > 0)
        qsort(kept, count, sizeof *kept, by_address);
    while (chunks) {
        struct arena_chunk *chunk = chunks;
        chunks = chunk->next;
        size_t bytes = chunk_keep(chunk, kept, count);
        if (bytes == 0) {
            chunk_free(chunk);
            continue;
        }
        chunk->used = chunk->capacity; /* what was discarded is not handed out again */
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->total += bytes;
    }
}
