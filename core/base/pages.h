/*
 * Whole pages from the system, for blocks of megabytes: they begin as zeros that nobody had to write, and go back
 * when they are not needed any more, which malloc promises of neither.
 */
#ifndef SENET_BASE_PAGES_H
#define SENET_BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* What pages_map rounds sizes up to, and how what it returns is aligned. */
#define PAGES_UNIT ((size_t)2 << 20)

/* Room for `bytes`, zeroed. NULL when memory is short. */
void *pages_map(size_t bytes);
/*
 * Makes the unit at `unit`, a mapped one that nobody has touched, one huge page. Mostly that takes a fifth of what 512
 * faults of 4 KiB take, and true is returned. False where there are no huge pages, and where they are slow: some
 * hypervisors take free ones back, and find each again at 4 ms, but leave small ones alone.
 */
bool pages_try_huge(void *unit);
/*
 * Moves what lies in the units from `begin` on, `bytes` of them, to huge pages while others read it: some microseconds
 * for a unit, or some milliseconds (see above). Where the system cannot (before Linux 6.1) all stays where it is.
 */
void pages_collapse(void *begin, size_t bytes);
/* `bytes` as it was mapped. */
void pages_unmap(void *pages, size_t bytes);

/*
 * The contents of the pages that lie wholly in `bytes` bytes from `begin` on are not needed any more; what is read
 * there from now on is undefined. Returns how many bytes went back to the system. `begin` may be anybody's memory
 * that the caller owns, malloc's too.
 */
size_t pages_discard(void *begin, size_t bytes);

#endif
