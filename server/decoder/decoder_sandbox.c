/*
 * DESIGN
 * Two fences, each of which holds without the other. rlimits: no new descriptor, process or file, bounded memory.
 * seccomp: a list of system calls, and where they could do harm, of their arguments. The list is what the C library
 * needs for malloc, what the protocol needs, and abort; it is given to libseccomp, which knows the numbers and the
 * calling conventions of every architecture and is kept by those who keep the kernel's side.
 *
 * RLIMIT_DATA and not RLIMIT_AS: what counts is memory of the decoder's own, not the libraries and not what it
 * shares with the daemon. Memory that is shared with nobody would not count, so the list refuses it.
 *
 * Sanitizers reserve terabytes, read /proc and write reports: builds with them have no fences (SANITIZED).
 */
#define _GNU_SOURCE /* closefrom */
#include "decoder/decoder_sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Beyond the budget of decoding: the canvas and the rows of a resize, and what malloc loses between blocks. */
#define SPARE_MEMORY ((rlim_t)64 << 20)

#ifdef SANITIZED
#define FENCES false
#else
#define FENCES true
#endif

#define MMAP_TYPE 0x0f /* of mmap's flags: private or shared */

/* What the C library needs for malloc, and for abort. */
static const int allowed[] = {
    SCMP_SYS(brk),          SCMP_SYS(munmap),        SCMP_SYS(mremap),     SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime), SCMP_SYS(gettid),     SCMP_SYS(getpid),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),          SCMP_SYS(exit_group),
};

/* Allowed where all conditions hold; of several rows of one call, one must. */
static const struct rule {
    int call;
    unsigned conditions;
    struct scmp_arg_cmp condition[3];
} allowed_where[] = {
    {SCMP_SYS(read), 1, {SCMP_A0(SCMP_CMP_EQ, DECODER_CHANNEL, 0)}},
    {SCMP_SYS(write), 1, {SCMP_A0(SCMP_CMP_EQ, DECODER_CHANNEL, 0)}},
    {SCMP_SYS(mprotect), 1, {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
    {SCMP_SYS(mmap),
     2,
     {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MMAP_TYPE, MAP_PRIVATE)}},
    {SCMP_SYS(mmap),
     3,
     {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MMAP_TYPE | MAP_ANONYMOUS, MAP_SHARED),
      SCMP_A4(SCMP_CMP_EQ, DECODER_MEMORY, 0)}},
};

/*
 * Refused with EPERM, for libraries try these and do without: looking at files and at the processor, last words. abort
 * would block signals; a decoder that could would not be ended by RLIMIT_CPU.
 */
static const int refused[] = {
    SCMP_SYS(open),       SCMP_SYS(openat),         SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(stat),       SCMP_SYS(fstat),          SCMP_SYS(newfstatat), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getrandom),      SCMP_SYS(sysinfo),    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(writev),     SCMP_SYS(rt_sigprocmask),
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < COUNT(allowed); i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0))
            return false;
    for (size_t i = 0; i < COUNT(allowed_where); i++)
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed_where[i].call, allowed_where[i].conditions,
                                   allowed_where[i].condition))
            return false;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0))
            return false;
    /* abort() sends a signal to its own process; so may it, and to no other. */
    return !seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* Any other call is the end of the process. False where the kernel or the architecture has no filters. */
static bool enter_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    bool good = add_rules(filter) && !seccomp_load(filter);
    seccomp_release(filter);
    return good;
}

static bool limit(int resource, rlim_t value)
{
    return !setrlimit((__rlimit_resource_t)resource, &(struct rlimit){value, value});
}

/* Private memory that this process has already, its libraries' included: the sixth field, in pages. */
static bool memory_now(rlim_t *bytes)
{
    FILE *stream = fopen("/proc/self/statm", "r");
    unsigned long long pages;
    bool good = stream && fscanf(stream, "%*u %*u %*u %*u %*u %llu", &pages) == 1;
    if (stream)
        fclose(stream);
    if (good)
        *bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
    return good;
}

static bool enter_rlimits(size_t max_memory)
{
    rlim_t now;
    bool good = memory_now(&now) && limit(RLIMIT_DATA, now + (rlim_t)max_memory + SPARE_MEMORY);
    good = limit(RLIMIT_FSIZE, 0) && good;
    good = limit(RLIMIT_NPROC, 0) && good;
    return limit(RLIMIT_NOFILE, 0) && good;
}

void decoder_sandbox_enter(size_t max_memory, struct decoder_hello *hello)
{
    *hello = (struct decoder_hello){0};
    (void)limit(RLIMIT_CORE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    closefrom(DECODER_MEMORY + 1);
    if (!FENCES)
        return;
    hello->rlimits = enter_rlimits(max_memory);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        close(fd);
    hello->seccomp = enter_seccomp();
}
