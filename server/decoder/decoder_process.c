#define _GNU_SOURCE /* memfd_create, sealing, prlimit */
#include "decoder/decoder_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "decoder/decoder_child.h"

#define BEGIN_MS 30000 /* for a decoder to say hello; it takes some milliseconds */
#define END_MS 5000    /* for one that was asked to end */

/* A decoder's environment: how its libraries are found, and what the sanitizers were told. No secrets of ours. */
static const char *const kept_variables[] = {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
                                             "UBSAN_OPTIONS"};
#define KEPT (sizeof kept_variables / sizeof *kept_variables)

struct environment {
    char text[KEPT][4096];
    char *list[KEPT + 2];
};

static void collect_environment(struct environment *environment)
{
    static char one_thread[] = "OPENBLAS_NUM_THREADS=1"; /* or the library starts threads before main */
    size_t count = 0;
    environment->list[count++] = one_thread;
    for (size_t i = 0; i < KEPT; i++) {
        const char *value = getenv(kept_variables[i]);
        char *text = environment->text[i];
        if (value && snprintf(text, sizeof environment->text[i], "%s=%s", kept_variables[i], value) <
                         (int)sizeof environment->text[i])
            environment->list[count++] = text;
    }
    environment->list[count] = NULL;
}

/* Ctrl-C and service managers signal every process; a decoder ends when the daemon does, not before. */
static int block_signals(posix_spawnattr_t *attributes)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&blocked, numbers[i]);
    int error = posix_spawnattr_setsigmask(attributes, &blocked);
    return error ? error : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
}

/* Both descriptors are above the two that they become, or the first would fall on the second. */
static int place_descriptors(posix_spawn_file_actions_t *actions, int channel, int memory)
{
    int error = 0;
    for (int fd = 0; fd < STDERR_FILENO && !error; fd++)
        error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(actions, channel, DECODER_CHANNEL);
    return error ? error : posix_spawn_file_actions_adddup2(actions, memory, DECODER_MEMORY);
}

static int spawn(pid_t *pid, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 size_t max_memory)
{
    static char name[] = "senetd", flag[] = DECODER_FLAG;
    char memory[32];
    snprintf(memory, sizeof memory, "%zu", max_memory);
    char *const arguments[] = {name, flag, memory, NULL};
    struct environment environment;
    collect_environment(&environment);
    return posix_spawn(pid, "/proc/self/exe", actions, attributes, arguments, environment.list);
}

/* An error number. */
static int spawn_with(pid_t *pid, int channel, int memory, size_t max_memory)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = block_signals(&attributes);
        if (!error)
            error = place_descriptors(&actions, channel, memory);
        if (!error)
            error = spawn(pid, &actions, &attributes, max_memory);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static bool move_up(int *fd)
{
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, DECODER_MEMORY + 1);
    if (moved < 0)
        return false;
    close(*fd);
    *fd = moved;
    return true;
}

static bool open_memory(int *fd)
{
    *fd = memfd_create("senetd-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *fd >= 0 && !fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK) && move_up(fd);
}

static bool wait_readable(int fd, int milliseconds)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&event, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static bool hear_hello(struct decoder_process *process)
{
    errno = ECHILD;
    return wait_readable(process->channel, BEGIN_MS) && recv(process->channel, &process->hello, sizeof process->hello,
                                                             MSG_DONTWAIT) == (ssize_t)sizeof process->hello;
}

static void close_both(const int *channel, int memory)
{
    int fds[] = {channel[0], channel[1], memory};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

bool decoder_process_start(struct decoder_process *process, size_t max_memory)
{
    int channel[2] = {-1, -1}, memory = -1, error;
    *process = (struct decoder_process){0};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) || !open_memory(&memory) ||
        !move_up(&channel[1])) {
        error = errno;
        close_both(channel, memory);
        errno = error;
        return false;
    }
    error = spawn_with(&process->pid, channel[1], memory, max_memory);
    if (error) {
        close_both(channel, memory);
        *process = (struct decoder_process){0};
        errno = error;
        return false;
    }
    close(channel[1]);
    process->channel = channel[0];
    process->memory = memory;
    if (hear_hello(process))
        return true;
    error = errno;
    decoder_process_kill(process);
    errno = error;
    return false;
}

void decoder_process_limit_time(const struct decoder_process *process, double cpu_seconds)
{
    clockid_t clock;
    struct timespec used;
    struct rlimit limit; /* the decoder's hard one is the daemon's */
    if (clock_getcpuclockid(process->pid, &clock) || clock_gettime(clock, &used) || getrlimit(RLIMIT_CPU, &limit))
        return;
    rlim_t end = (rlim_t)used.tv_sec + 1 + (rlim_t)cpu_seconds; /* the kernel counts whole seconds */
    limit.rlim_cur = end < limit.rlim_max ? end : limit.rlim_max;
    (void)prlimit(process->pid, RLIMIT_CPU, &limit, NULL);
}

static int bury(struct decoder_process *process)
{
    int status = 0;
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(process->channel);
    close(process->memory);
    *process = (struct decoder_process){0};
    return status;
}

int decoder_process_kill(struct decoder_process *process)
{
    kill(process->pid, SIGKILL); /* not yet waited for, so nobody else has its number */
    return bury(process);
}

int decoder_process_dismiss(struct decoder_process *process)
{
    shutdown(process->channel, SHUT_WR);
    if (!wait_readable(process->channel, END_MS)) /* until its end is closed, too */
        kill(process->pid, SIGKILL);
    return bury(process);
}

bool decoder_process_has_died(struct decoder_process *process, int *status)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid != process->pid)
        return false;
    *status = bury(process);
    return true;
}
