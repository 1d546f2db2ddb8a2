/*
 * Decoders that do what decoders must not: the test program, started once more as a decoder, finds in the "image" the
 * name of what to do. Anything else is decoded.
 */
#ifndef SENET_TESTS_DECODER_FAULTS_H
#define SENET_TESTS_DECODER_FAULTS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decoder/decoder_task.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ------------------------------------------------------------- bad endings */

static inline void fault_crash(void)
{
    raise(SIGSEGV);
}

static inline void fault_spin(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

/* Nothing will be sent before there is an answer. */
static inline void fault_sleep(void)
{
    char byte;
    while (read(DECODER_CHANNEL, &byte, 1) >= 0)
        continue;
}

static inline void fault_leave(void)
{
    _exit(0);
}

/* As somebody outside would. */
static inline void fault_killed(void)
{
    raise(SIGKILL);
}

static inline void say(size_t size)
{
    char *message = calloc(1, size);
    if (!message || write(DECODER_CHANNEL, message, size) != (ssize_t)size)
        _exit(1);
    free(message);
    fault_sleep();
}

static inline void fault_say_little(void)
{
    say(1);
}

static inline void fault_say_much(void)
{
    say(4 * sizeof(struct decoder_answer));
}

static const struct {
    const char *name;
    void (*act)(void);
} fault_endings[] = {
    {"crash", fault_crash},
    {"abort", abort},
    {"spin", fault_spin},
    {"sleep", fault_sleep},
    {"killed", fault_killed},
    {"leave", fault_leave},
    {"say little", fault_say_little},
    {"say much", fault_say_much},
};

/* ------------------------------------------------------------- bad answers */

static const struct {
    const char *name;
    struct decoder_answer answer;
} fault_answers[] = {
    {"orientation 0", {.exif_orientation = 0}},
    {"orientation 9", {.exif_orientation = 9}},
    {"orientation -1", {.exif_orientation = -1}},
    {"not a time", {.exif_orientation = 1, .preprocess_seconds = NAN}},
    {"negative time", {.exif_orientation = 1, .preprocess_seconds = -1}},
    {"unknown code", {.code = 99, .message = "what is this"}},
    {"negative code", {.code = -1, .message = "what is this"}},
    {"code of a model", {.code = SENET_MODEL_MALFORMED, .message = "what is this"}},
    {"no message", {.code = SENET_IMAGE_UNDECODABLE}},
};

/* ---------------------------------------------------------- what is denied */

static inline bool deny_open(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static inline bool deny_create(void)
{
    return open("/tmp/senet-decoder-was-here", O_WRONLY | O_CREAT, 0600) >= 0;
}

static inline bool deny_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static inline bool deny_execve(void)
{
    char name[] = "/bin/true";
    char *const arguments[] = {name, NULL};
    return execv(name, arguments) == 0;
}

static inline bool deny_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0;
}

static inline bool deny_kill(void)
{
    return kill(getppid(), 0) == 0;
}

static inline bool deny_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static inline bool deny_unshared_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static inline bool deny_truncate(void)
{
    return ftruncate(DECODER_MEMORY, 0) == 0;
}

static inline bool deny_write(void)
{
    char byte = 0;
    return write(DECODER_MEMORY, &byte, 1) == 1;
}

static inline bool deny_standard_error(void)
{
    return write(STDERR_FILENO, "\n", 1) == 1;
}

static inline bool deny_more_memory(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}

/* Or the kernel could not tell it that its time is up. */
static inline bool deny_block(void)
{
    sigset_t all;
    sigfillset(&all);
    return sigprocmask(SIG_BLOCK, &all, NULL) == 0;
}

static inline bool deny_handle(void)
{
    return signal(SIGXCPU, SIG_IGN) != SIG_ERR;
}

static const struct {
    const char *name;
    bool (*succeeds)(void);
} denied[] = {
    {"open", deny_open},
    {"create", deny_create},
    {"socket", deny_socket},
    {"execve", deny_execve},
    {"fork", deny_fork},
    {"kill", deny_kill},
    {"map code", deny_code},
    {"map unshared memory", deny_unshared_memory},
    {"truncate the memory", deny_truncate},
    {"write to the memory", deny_write},
    {"write to standard error", deny_standard_error},
    {"raise a limit", deny_more_memory},
    {"block signals", deny_block},
    {"ignore a signal", deny_handle},
};

/* --------------------------------------------------------------- the others */

static inline void answer_text(struct decoder_answer *answer, enum senet_code code, const char *text)
{
    answer->code = code;
    snprintf(answer->message, sizeof answer->message, "%s", text);
}

/* "take N": allocates and writes N MiB. */
static inline void take_memory(const char *name, struct decoder_answer *answer)
{
    size_t size = strtoul(name + strlen("take "), NULL, 10) << 20;
    char *volatile block = malloc(size);
    if (block)
        memset(block, 1, size);
    answer_text(answer, block ? SENET_IMAGE_UNDECODABLE : SENET_OUT_OF_MEMORY, block ? "had it" : "out of memory");
    free(block);
}

static inline void endless_message(struct decoder_answer *answer)
{
    answer->code = SENET_IMAGE_UNDECODABLE;
    memset(answer->message, 'x', sizeof answer->message);
}

static inline void infinite_tensor(const struct decoder_ask *ask, float *tensor, struct decoder_answer *answer)
{
    answer->exif_orientation = 1;
    for (size_t i = 0; i < ask->tensor_size / sizeof *tensor; i++)
        tensor[i] = 0;
    tensor[ask->tensor_size / sizeof *tensor - 1] = INFINITY;
}

static inline bool faulty_answer(const char *name, struct decoder_answer *answer)
{
    for (size_t i = 0; i < COUNT(fault_answers); i++)
        if (!strcmp(fault_answers[i].name, name)) {
            *answer = fault_answers[i].answer;
            return true;
        }
    for (size_t i = 0; i < COUNT(denied); i++)
        if (!strcmp(denied[i].name, name)) {
            answer_text(answer, SENET_IMAGE_UNDECODABLE, denied[i].succeeds() ? "it succeeded" : "it was refused");
            return true;
        }
    return false;
}

static inline void faulty_task(const struct decoder_ask *ask, const uint8_t *bytes, float *tensor,
                               struct decoder_answer *answer)
{
    char name[64] = "";
    if (ask->size < sizeof name)
        memcpy(name, bytes, ask->size);
    for (size_t i = 0; i < COUNT(fault_endings); i++)
        if (!strcmp(fault_endings[i].name, name))
            fault_endings[i].act();
    if (faulty_answer(name, answer))
        return;
    if (!strncmp(name, "take ", 5))
        take_memory(name, answer);
    else if (!strcmp(name, "endless message"))
        endless_message(answer);
    else if (!strcmp(name, "infinite tensor"))
        infinite_tensor(ask, tensor, answer);
    else
        decoder_task(ask, bytes, tensor, answer);
}

#endif
