#define _GNU_SOURCE /* fallocate */
#include "decoder/decoder_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define PAGE ((size_t)4096)
/* Of the memory that is shared, as much stays for the next image: a photo of some megapixels and its tensor. */
#define KEPT_SHARED ((size_t)4 << 20)

size_t decoder_tensor_size(const struct senet_preprocess *preprocess)
{
    const int64_t factors[] = {preprocess->channels, preprocess->height, preprocess->width};
    size_t size = sizeof(float);
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        if (factors[i] < 1 || __builtin_mul_overflow(size, (uint64_t)factors[i], &size))
            return 0;
    return size;
}

/* What there is no memory for, here or in the kernel. */
static enum exchange no_memory(struct senet_error *error)
{
    senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to decode the image");
    return EXCHANGE_DONE;
}

/* False when a size overflows. */
static bool lay_out(const struct decoder_image *image, struct decoder_ask *ask, size_t *total)
{
    *ask = (struct decoder_ask){
        .tensor_size = decoder_tensor_size(image->preprocess),
        .size = image->size,
        .exif = image->exif,
        .jpeg_scaling = image->jpeg_scaling,
        .limits = image->limits,
        .preprocess = *image->preprocess,
    };
    size_t end;
    if (!ask->tensor_size || __builtin_add_overflow(ask->tensor_size, PAGE - 1, &end))
        return false;
    ask->bytes_at = end / PAGE * PAGE;
    return !__builtin_add_overflow((size_t)ask->bytes_at, image->size, total);
}

static bool write_bytes(int fd, const uint8_t *bytes, size_t size, size_t at)
{
    while (size) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        at += (size_t)written;
        size -= (size_t)written;
    }
    return true;
}

static bool read_bytes(int fd, void *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        ssize_t got = pread(fd, (char *)bytes + at, size - at, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static bool put_bytes(struct decoder_process *process, const struct decoder_image *image, const struct decoder_ask *ask,
                      size_t total)
{
    if (total > process->memory_size) {
        if (ftruncate(process->memory, (off_t)total))
            return false;
        process->memory_size = total;
    }
    return write_bytes(process->memory, image->bytes, image->size, ask->bytes_at);
}

/* A huge upload's pages go back to the system; the memory keeps its length. */
static void forget_bytes(const struct decoder_process *process, size_t total)
{
    if (total > KEPT_SHARED)
        (void)fallocate(process->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)KEPT_SHARED,
                        (off_t)(total - KEPT_SHARED));
}

static bool wait_answer(const struct decoder_process *process, double until)
{
    struct pollfd event = {.fd = process->channel, .events = POLLIN};
    for (;;) {
        double left = fmax(until - clock_now(), 0);
        int ready = poll(&event, 1, (int)fmin(ceil(left * 1e3), 1e6));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        if (left <= 0)
            return false;
    }
}

/* EXCHANGE_DONE when there is an answer of the right size. */
static enum exchange ask_decoder(const struct decoder_process *process, const struct decoder_config *config,
                                 const struct decoder_ask *ask, struct decoder_answer *answer)
{
    decoder_process_limit_time(process, config->cpu_seconds);
    if (send(process->channel, ask, sizeof *ask, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof *ask)
        return EXCHANGE_UNSENT;
    if (!wait_answer(process, clock_now() + config->wall_seconds))
        return EXCHANGE_TIMEOUT;
    ssize_t size = recv(process->channel, answer, sizeof *answer, MSG_DONTWAIT | MSG_TRUNC);
    if (size <= 0)
        return EXCHANGE_HUNG_UP;
    return size == (ssize_t)sizeof *answer ? EXCHANGE_DONE : EXCHANGE_NONSENSE;
}

/* One of those that decoding and preprocessing have. */
static bool is_possible(int32_t code)
{
    static const enum senet_code codes[] = {SENET_IMAGE_TYPE_UNSUPPORTED, SENET_IMAGE_TOO_LARGE,
                                            SENET_IMAGE_UNDECODABLE, SENET_INVALID_ARGUMENT, SENET_OUT_OF_MEMORY};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (code == (int32_t)codes[i])
            return true;
    return false;
}

static enum exchange pass_failure(const struct decoder_answer *answer, struct senet_error *error)
{
    size_t length = strnlen(answer->message, sizeof answer->message);
    if (!is_possible(answer->code) || length == 0 || length == sizeof answer->message)
        return EXCHANGE_NONSENSE;
    if (answer->code == SENET_OUT_OF_MEMORY) /* the decoder's own bound: the machine would have more */
        senet_error_set(error, SENET_IMAGE_TOO_LARGE, "decoding the image takes more memory than is allowed");
    else
        senet_error_set(error, (enum senet_code)answer->code, "%s", answer->message);
    return EXCHANGE_DONE;
}

/* By the exponent, without a branch. */
static bool all_finite(const float *tensor, size_t count)
{
    uint32_t infinite = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &tensor[i], sizeof bits);
        infinite |= (uint32_t)((bits & 0x7f800000u) == 0x7f800000u);
    }
    return !infinite;
}

static enum exchange pass_tensor(const struct decoder_process *process, const struct decoder_ask *ask,
                                 const struct decoder_answer *answer, double began, float *tensor,
                                 struct decoder_result *result, struct senet_error *error)
{
    if (answer->exif_orientation < 1 || answer->exif_orientation > 8 || !(answer->preprocess_seconds >= 0))
        return EXCHANGE_NONSENSE;
    if (!read_bytes(process->memory, tensor, ask->tensor_size) ||
        !all_finite(tensor, ask->tensor_size / sizeof *tensor))
        return EXCHANGE_NONSENSE;
    double elapsed = clock_now() - began;
    result->exif_orientation = answer->exif_orientation;
    result->preprocess_seconds = fmin(answer->preprocess_seconds, elapsed);
    result->decode_seconds = elapsed - result->preprocess_seconds;
    error->code = SENET_OK;
    return EXCHANGE_DONE;
}

enum exchange decoder_exchange(struct decoder_process *process, const struct decoder_config *config,
                               const struct decoder_image *image, float *tensor, struct decoder_result *result,
                               struct senet_error *error)
{
    struct decoder_ask ask;
    struct decoder_answer answer;
    size_t total;
    double began = clock_now();
    if (!lay_out(image, &ask, &total))
        return no_memory(error);
    bool put = put_bytes(process, image, &ask, total);
    enum exchange exchange = put ? ask_decoder(process, config, &ask, &answer) : no_memory(error);
    if (put && exchange == EXCHANGE_DONE && answer.code != SENET_OK)
        exchange = pass_failure(&answer, error);
    else if (put && exchange == EXCHANGE_DONE)
        exchange = pass_tensor(process, &ask, &answer, began, tensor, result, error);
    forget_bytes(process, total);
    return exchange;
}
