#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/checked.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define POISONED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISONED
#endif

#ifdef POISONED
#include <sanitizer/asan_interface.h>
#endif

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

static bool round_up(size_t bytes, size_t *rounded)
{
    if (!checked_add_size(bytes, PAGES_UNIT - 1, rounded))
        return false;
    *rounded -= *rounded % PAGES_UNIT;
    return true;
}

#ifdef POISONED

/* From malloc, which the sanitiser guards and whose leaks it finds. */
void *pages_map(size_t bytes)
{
    size_t whole;
    void *pages = round_up(bytes, &whole) ? aligned_alloc(PAGES_UNIT, whole) : NULL;
    return pages ? memset(pages, 0, whole) : NULL;
}

void pages_unmap(void *pages, size_t bytes)
{
    (void)bytes;
    free(pages);
}

bool pages_try_huge(void *unit)
{
    (void)unit;
    return false;
}

void pages_collapse(void *begin, size_t bytes)
{
    (void)begin;
    (void)bytes;
}

static void discard(void *begin, size_t bytes)
{
    ASAN_POISON_MEMORY_REGION(begin, bytes);
}

#else

#ifdef MADV_HUGEPAGE

/* What 512 small pages take, about: 0.2 ms on hardware, 1 ms in a virtual machine. */
#define HUGE_FAULT_NANOSECONDS 1000000

static int64_t thread_nanoseconds(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

bool pages_try_huge(void *unit)
{
    if (madvise(unit, PAGES_UNIT, MADV_HUGEPAGE))
        return false;
    int64_t begun = thread_nanoseconds();
    *(volatile char *)unit = 0;
    return thread_nanoseconds() - begun < HUGE_FAULT_NANOSECONDS;
}

#else

bool pages_try_huge(void *unit)
{
    (void)unit;
    return false;
}

#endif

#if defined(__linux__) && !defined(MADV_COLLAPSE)
#define MADV_COLLAPSE 25 /* of the kernel's interface since 6.1, which C libraries name later */
#endif

void pages_collapse(void *begin, size_t bytes)
{
#ifdef MADV_COLLAPSE
    madvise(begin, bytes / PAGES_UNIT * PAGES_UNIT, MADV_COLLAPSE); /* what cannot be moved serves as it is */
#else
    (void)begin;
    (void)bytes;
#endif
}

/* Mapped with room to spare, of which what lies before and behind the aligned part goes back. */
void *pages_map(size_t bytes)
{
    size_t whole, mapped;
    if (!round_up(bytes, &whole) || !checked_add_size(whole, PAGES_UNIT, &mapped))
        return NULL;
    char *map = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    size_t before = (PAGES_UNIT - (uintptr_t)map % PAGES_UNIT) % PAGES_UNIT;
    if (before > 0)
        munmap(map, before);
    munmap(map + before + whole, PAGES_UNIT - before);
    return map + before;
}

void pages_unmap(void *pages, size_t bytes)
{
    size_t whole;
    if (pages && round_up(bytes, &whole))
        munmap(pages, whole);
}

static void discard(void *begin, size_t bytes)
{
    madvise(begin, bytes, MADV_DONTNEED);
}

#endif

size_t pages_discard(void *begin, size_t bytes)
{
    const size_t page = page_size();
    size_t before = (page - (uintptr_t)begin % page) % page;
    if (bytes < before + page)
        return 0;
    size_t whole = (bytes - before) / page * page;
    discard((char *)begin + before, whole);
    return whole;
}
