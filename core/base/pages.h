/*
 * Whole pages from the system, for blocks of megabytes: they begin as zeros that nobody had to write, and go back
 * when they are not needed any more, which malloc promises of neither.
 */
#ifndef SENET_BASE_PAGES_H
#define SENET_BASE_PAGES_H

#include <stddef.h>

/* What pages_map rounds sizes up to, and how what it returns is aligned. */
#define PAGES_UNIT ((size_t)2 << 20)

/*
 * Room for `bytes`, zeroed, in huge pages where the system has them: a fault of 2 MiB costs little more than one of
 * 4 KiB, and there are 512 times fewer. NULL when memory is short.
 */
void *pages_map(size_t bytes);
/* `bytes` as it was mapped. */
void pages_unmap(void *pages, size_t bytes);

/*
 * The contents of the pages that lie wholly in `bytes` bytes from `begin` on are not needed any more; what is read
 * there from now on is undefined. Returns how many bytes went back to the system. `begin` may be anybody's memory
 * that the caller owns, malloc's too.
 */
size_t pages_discard(void *begin, size_t bytes);

#endif
