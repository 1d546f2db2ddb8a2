/*
 * DESIGN
 * Preloaded into a program, this makes calls fail that hardly ever do by themselves. SENET_FAULTS names a file of
 * `struct control`, which stays mapped: a test arms and disarms while the program runs, and reads how far it came. A
 * file is mapped by all processes that the program starts, too. Without SENET_FAULTS nothing fails.
 *
 * What is looked up here with dlsym is the next definition in line: a sanitizer's, where the program has one.
 */
#define _GNU_SOURCE /* RTLD_NEXT, accept4 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { MEMORY = 1, THREADS = 2, ACCEPT = 4 };

struct control {
    _Atomic int32_t kinds; /* which calls are counted; 0: none */
    _Atomic int32_t left;  /* 1: the next of them fails. Counted down with each, past zero */
    _Atomic int32_t span;  /* how many fail, one after the other */
};

static struct control *control;
/* Sanitizers ask for a new thread's stack, and take it that the memory for the answer is there. */
static _Thread_local bool exempt __attribute__((tls_model("initial-exec")));

/* True if this call is to fail. */
static bool fails(enum kind kind)
{
    if (!control || exempt || !(atomic_load(&control->kinds) & (int32_t)kind))
        return false;
    int32_t left = atomic_fetch_sub(&control->left, 1);
    return left <= 1 && left > 1 - atomic_load(&control->span);
}

/* ISO C has no conversion from void * to a function. */
union function {
    void *address;
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*mmap)(void *, size_t, int, int, int, off_t);
    int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    int (*pthread_getattr_np)(pthread_t, pthread_attr_t *);
    int (*accept4)(int, struct sockaddr *, socklen_t *, int);
};

/* Threads may look the same name up at the same time: they find the same. */
static union function next(_Atomic(void *) *cache, const char *name)
{
    union function function = {.address = atomic_load(cache)};
    if (!function.address) {
        function.address = dlsym(RTLD_NEXT, name);
        atomic_store(cache, function.address);
    }
    return function;
}

#define NEXT(name) (next(&(static_##name), #name).name)

static _Atomic(void *) static_malloc, static_calloc, static_realloc, static_aligned_alloc, static_posix_memalign,
    static_mmap, static_pthread_create, static_pthread_getattr_np, static_accept4;

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("SENET_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    free(NEXT(malloc)(1)); /* a sanitizer gets ready at the first call: nothing of that may fail */
    void *mapped = NEXT(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        control = mapped;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    return fails(MEMORY) ? no_memory() : NEXT(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? no_memory() : NEXT(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails(MEMORY) ? no_memory() : NEXT(realloc)(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(MEMORY) ? no_memory() : NEXT(aligned_alloc)(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    return fails(MEMORY) ? ENOMEM : NEXT(posix_memalign)(memory, alignment, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) && fails(MEMORY)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return NEXT(mmap)(address, size, protection, flags, fd, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    return fails(THREADS) ? EAGAIN : NEXT(pthread_create)(thread, attributes, start, argument);
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    exempt = true;
    int result = NEXT(pthread_getattr_np)(thread, attributes);
    exempt = false;
    return result;
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    if (!fails(ACCEPT))
        return NEXT(accept4)(fd, address, size, flags);
    errno = EMFILE;
    return -1;
}
