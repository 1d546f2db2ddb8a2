/*
 * A bump allocator: many allocations, one free. Graphs and plans live in one each, so that every error
 * path while reading a hostile file is a single arena_release.
 */
#ifndef SENET_BASE_ARENA_H
#define SENET_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

/* Zero-initialise. Not thread-safe: one owner at a time. */
struct arena {
    struct arena_chunk *chunks;
    size_t total; /* bytes handed out and not given back, with what that costs */
};

/* A block that an arena handed out, or a part of one. */
struct arena_range {
    const void *begin;
    size_t bytes;
};

/* 64-byte aligned, zeroed; NULL when memory is short or count * size overflows. Never NULL for size 0. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_release(struct arena *arena);

/*
 * The contents of `range` are not needed any more: its whole pages go back to the system, its addresses stay taken.
 * What lies in no block of the arena is left alone.
 */
void arena_discard(struct arena *arena, struct arena_range range);
/* Everything but what lies in `kept`, which is sorted here by address, goes back; blocks that are kept do not move. */
void arena_discard_all_but(struct arena *arena, struct arena_range *kept, size_t count);

#endif
