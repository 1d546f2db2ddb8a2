#define _GNU_SOURCE /* mallinfo2 */
#include "decoder/decoder_child.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "decoder/decoder_sandbox.h"

/*
 * More free memory than this goes back to the system when no image has come for a while: a huge one must not cost its
 * memory for ever, but neither must each of many find every page anew.
 */
#define KEPT_MEMORY ((size_t)1 << 20)
#define IDLE_SECONDS 2

/* The memory of the protocol; mapped anew when it has grown. */
struct window {
    uint8_t *at;
    size_t size;
};

static bool window_reach(struct window *window, size_t size)
{
    if (size <= window->size)
        return true;
    if (window->at)
        munmap(window->at, window->size);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, DECODER_MEMORY, 0);
    bool good = at != MAP_FAILED;
    *window = (struct window){good ? at : NULL, good ? size : 0};
    return good;
}

static void give_back_memory(void)
{
    if (mallinfo2().fordblks > KEPT_MEMORY)
        malloc_trim(0);
}

static bool read_ask(struct decoder_ask *ask)
{
    ssize_t size;
    while ((size = read(DECODER_CHANNEL, ask, sizeof *ask)) < 0 && (errno == EINTR || errno == EAGAIN))
        give_back_memory();
    return size == (ssize_t)sizeof *ask;
}

/* read then fails with EAGAIN; the sandbox has nothing else to wait with. */
static void wake_when_idle(void)
{
    const struct timeval time = {.tv_sec = IDLE_SECONDS};
    (void)setsockopt(DECODER_CHANNEL, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

/* Until the daemon closes its end. */
static int serve(decoder_work *work)
{
    struct window window = {0};
    struct decoder_ask ask;
    while (read_ask(&ask)) {
        struct decoder_answer answer = {0};
        if (!window_reach(&window, ask.bytes_at + ask.size))
            return EXIT_FAILURE;
        work(&ask, window.at + ask.bytes_at, (float *)(void *)window.at, &answer);
        if (write(DECODER_CHANNEL, &answer, sizeof answer) != (ssize_t)sizeof answer)
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* A person who types the flag has no such socket there, and hears that it is no option. */
static bool is_channel(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_SEQPACKET;
}

bool decoder_main(int argc, char *const *argv, decoder_work *work, int *status)
{
    if (argc != 3 || strcmp(argv[1], DECODER_FLAG) != 0 || !is_channel(DECODER_CHANNEL))
        return false;
    struct decoder_hello hello;
    (void)prctl(PR_SET_NAME, "senetd-decoder", 0, 0, 0);
    wake_when_idle();
    decoder_sandbox_enter(strtoull(argv[2], NULL, 10), &hello);
    bool heard = write(DECODER_CHANNEL, &hello, sizeof hello) == (ssize_t)sizeof hello;
    *status = heard ? serve(work) : EXIT_FAILURE;
    return true;
}
