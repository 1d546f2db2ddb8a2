/* One decoder, seen from the daemon. */
#ifndef SENETD_DECODER_PROCESS_H
#define SENETD_DECODER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "decoder/decoder_protocol.h"

struct decoder_process {
    pid_t pid; /* 0 while there is none; then the rest means nothing */
    int channel, memory;
    size_t memory_size;
    struct decoder_hello hello;
};

/*
 * Starts this program once more, as a decoder (decoder_child.h), and waits until its sandbox is closed. From any
 * thread: nothing is forked, so nothing of the daemon, its memory or its locks is in there. False with errno set:
 * ECHILD where it ended before that.
 */
bool decoder_process_start(struct decoder_process *process, size_t max_memory);

/*
 * From now on the kernel ends it when it has used so much processor time. Set from here and not by the decoder, so that
 * it holds whatever the decoder has become, and when the daemon is no more.
 */
void decoder_process_limit_time(const struct decoder_process *process, double cpu_seconds);

/* The end of it, if it has not come yet. Returns the status of waitpid(2). */
int decoder_process_kill(struct decoder_process *process);

/* Hangs up and lets it end by itself, for a while. Returns likewise. */
int decoder_process_dismiss(struct decoder_process *process);

/* True, and the process is gone, when it has died by itself; *status as above. */
bool decoder_process_has_died(struct decoder_process *process, int *status);

#endif
