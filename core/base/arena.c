/*
 * DESIGN
 * Chunks grow with the arena: 64 KiB first, then as much as the arena holds, 32 MiB at most. Small ones come from
 * malloc. Large ones are pages of their own (base/pages.h), whose zeros need not be written and which huge pages back
 * whole, many blocks together: with pages of 4 KiB, faults would take most of the time in which weights are read.
 * Blocks are cut from the first chunk of the list, the one with the most room left; large ones rather from gaps, the
 * places of large blocks that were discarded. A gap begins with its header. Those that touch become one where they are
 * among the first of their list: blocks are mostly discarded in the order in which they lie.
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
/* Smaller blocks leave no gaps and fill none; nor are more gaps than this looked at. */
#define GAP_BYTES_MIN ((size_t)16 << 10)
#define GAPS_SEEN 32

/* Followed by `capacity` bytes; the header fills one alignment unit so that the first byte is aligned. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t used, capacity;
    bool mapped;
};

struct arena_gap {
    struct arena_gap *next;
    size_t bytes; /* a multiple of ALIGNMENT, as the address is */
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
    size_t capacity = arena->total;
    if (capacity < CHUNK_BYTES_MIN)
        capacity = CHUNK_BYTES_MIN;
    if (capacity > CHUNK_BYTES_MAX)
        capacity = CHUNK_BYTES_MAX;
    return capacity > bytes ? capacity : bytes;
}

/* With room for `bytes`, in no list yet. NULL when memory is short. */
static struct arena_chunk *new_chunk(struct arena *arena, size_t bytes)
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
    if (chunk && mapped && !arena->small_pages)
        arena->small_pages = !pages_try_huge(chunk);
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

/* A block cut from a gap. NULL when none is large enough. */
static void *fill_gap(struct arena *arena, size_t bytes)
{
    struct arena_gap **link = &arena->gaps;
    for (int i = 0; *link && i < GAPS_SEEN; i++, link = &(*link)->next) {
        struct arena_gap *gap = *link;
        if (gap->bytes < bytes)
            continue;
        if (gap->bytes > bytes) {
            struct arena_gap *rest = (struct arena_gap *)(void *)((char *)gap + bytes);
            *rest = (struct arena_gap){gap->next, gap->bytes - bytes};
            *link = rest;
        } else {
            *link = gap->next;
        }
        return gap;
    }
    return NULL;
}

/* Tries huge pages for the units that begin among the new bytes, until one is slow. */
static void extend_chunk(struct arena *arena, struct arena_chunk *chunk, size_t used)
{
    size_t unit = (ALIGNMENT + chunk->used + PAGES_UNIT - 1) / PAGES_UNIT * PAGES_UNIT;
    for (; chunk->mapped && !arena->small_pages && unit < ALIGNMENT + used; unit += PAGES_UNIT)
        arena->small_pages = !pages_try_huge((char *)chunk + unit);
    chunk->used = used;
}

/* NULL when memory is short. *zeroed says whether the block is already. */
static void *allocate(struct arena *arena, size_t count, size_t size, size_t *bytes, bool *zeroed)
{
    if (!checked_mul_size(count, size, bytes) || *bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    *bytes = (*bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *block = *bytes >= GAP_BYTES_MIN ? fill_gap(arena, *bytes) : NULL;
    *zeroed = false;
    if (!block) {
        struct arena_chunk *chunk = arena->chunks;
        if (!chunk || chunk_room(chunk) < *bytes) {
            chunk = new_chunk(arena, *bytes);
            if (!chunk)
                return NULL;
            insert_chunk(arena, chunk, *bytes);
        }
        block = chunk_bytes(chunk) + chunk->used;
        extend_chunk(arena, chunk, chunk->used + *bytes);
        *zeroed = chunk->mapped;
    }
    arena->total += *bytes;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    bool zeroed;
    void *block = allocate(arena, count, size, &bytes, &zeroed);
    return block && !zeroed ? memset(block, 0, bytes) : block;
}

void *arena_alloc_unset(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    bool zeroed;
    return allocate(arena, count, size, &bytes, &zeroed);
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
    *arena = (struct arena){0};
}

static bool holds(struct arena_chunk *chunk, const struct arena_range *range)
{
    uintptr_t begin = (uintptr_t)range->begin, bytes = (uintptr_t)chunk_bytes(chunk);
    return begin >= bytes && begin - bytes < chunk->used && range->bytes <= chunk->used - (begin - bytes);
}

/* Adds the gap to one that it touches. False when there is none among the first. */
static bool widen_gap(struct arena *arena, char *begin, size_t bytes)
{
    struct arena_gap **link = &arena->gaps;
    for (int i = 0; *link && i < GAPS_SEEN; i++, link = &(*link)->next) {
        struct arena_gap *gap = *link;
        if ((char *)gap + gap->bytes == begin) {
            gap->bytes += bytes;
            return true;
        }
        if (begin + bytes == (char *)gap) {
            struct arena_gap *wider = (struct arena_gap *)(void *)begin;
            *wider = (struct arena_gap){gap->next, gap->bytes + bytes};
            *link = wider;
            return true;
        }
    }
    return false;
}

void arena_discard(struct arena *arena, struct arena_range range)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk && !holds(chunk, &range))
        chunk = chunk->next;
    size_t bytes = range.bytes / ALIGNMENT * ALIGNMENT + (range.bytes % ALIGNMENT > 0 ? ALIGNMENT : 0);
    if (!chunk || bytes < GAP_BYTES_MIN)
        return;
    char *begin = chunk_bytes(chunk) + ((uintptr_t)range.begin - (uintptr_t)chunk_bytes(chunk));
    arena->total -= bytes;
    if (widen_gap(arena, begin, bytes))
        return;
    struct arena_gap *gap = (struct arena_gap *)(void *)begin;
    *gap = (struct arena_gap){arena->gaps, bytes};
    arena->gaps = gap;
}

void arena_trim(struct arena *arena)
{
    while (arena->gaps) {
        struct arena_gap *gap = arena->gaps;
        arena->gaps = gap->next;
        pages_discard(gap, gap->bytes);
    }
}

/* Not the room behind what is used, which would be backed for nothing. */
void arena_collapse(struct arena *arena)
{
    for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        if (chunk->mapped)
            pages_collapse(chunk, ALIGNMENT + chunk->used);
}
