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
    size_t total; /* bytes taken from malloc */
};

/* 64-byte aligned, zeroed; NULL when memory is short or count * size overflows. Never NULL for size 0. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_release(struct arena *arena);

#endif
