/*
 * A bump allocator: many allocations, one free. Graphs and plans live in one each, so that every error
 * path while reading a hostile file is a single arena_release.
 */
#ifndef SENET_BASE_ARENA_H
#define SENET_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;
struct arena_gap;

/* Zero-initialise. Not thread-safe: one owner at a time. */
struct arena {
    struct arena_chunk *chunks;
    struct arena_gap *gaps; /* discarded, to be handed out again */
    bool small_pages;       /* huge ones have been tried, and are slow */
    size_t total;           /* bytes handed out and not discarded, with what that costs */
};

/* A block that an arena handed out. */
struct arena_range {
    const void *begin;
    size_t bytes;
};

/* 64-byte aligned, zeroed; NULL when memory is short or count * size overflows. Never NULL for size 0. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);
/* The same with undefined contents, for what is written at once. */
void *arena_alloc_unset(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_release(struct arena *arena);

/*
 * The contents of `range`, a block of some KiB or more, are not needed any more: later blocks may lie there. What is no
 * block of the arena is left alone.
 */
void arena_discard(struct arena *arena, struct arena_range range);
/* What was discarded and has not been handed out again goes back to the system; its addresses stay taken. */
void arena_trim(struct arena *arena);
/* Moves large chunks to huge pages (pages_collapse). What was trimmed within a unit is backed again, with zeros. */
void arena_collapse(struct arena *arena);

#endif
