/*
 * DESIGN
 * The pool is a stack of decoders that nobody uses: the one that was used last is the next, since its memory is warm.
 * Who takes one has it alone, so that nothing else about it is locked. It may be dead, or its place empty: that is
 * found out, and put right, by whoever needs it. A decoder is started by starting this program anew rather than by a
 * fork, which in a process with threads would copy their locks, and every other client's image, into the very place
 * that must have neither.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "decoder/decoder.h"
#include "decoder/decoder_exchange.h"
#include "decoder/decoder_process.h"
#include "decoder/decoder_task.h"
#include "log.h"

/*
 * The hungriest image that the default limits allow takes some seconds: 32 scans of 64 megapixels. The second bound is
 * for a decoder that sleeps, and for a machine that is busy with something else.
 */
#define CPU_SECONDS 20
#define WALL_SECONDS 60
#define STARTS 8 /* of a decoder, while somebody kills each */
#define DEATHS 2 /* by somebody else's hand, over one image, until the image is blamed */

struct decoder {
    struct decoder_process process;
    struct decoder *below; /* in the stack */
};

struct decoder_pool {
    struct decoder_config config;
    struct decoder *decoders;
    struct decoder_hello hello; /* of the first; all are alike */
    pthread_mutex_t lock;       /* guards all below, and the processes of decoders in the stack */
    pthread_cond_t given;       /* one came back */
    struct decoder *top;
    uint64_t restarts[DECODER_REASON_COUNT];
};

static const char *const labels[DECODER_REASON_COUNT] = {
#define LABEL(name, label) label,
    DECODER_REASONS(LABEL)
#undef LABEL
};

struct decoder_config decoder_config_for(size_t count, size_t max_memory)
{
    return (struct decoder_config){
        .count = count, .max_memory = max_memory, .cpu_seconds = CPU_SECONDS, .wall_seconds = WALL_SECONDS};
}

static struct decoder *take(struct decoder_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->top)
        pthread_cond_wait(&pool->given, &pool->lock);
    struct decoder *decoder = pool->top;
    pool->top = decoder->below;
    pthread_mutex_unlock(&pool->lock);
    return decoder;
}

static void give(struct decoder_pool *pool, struct decoder *decoder)
{
    pthread_mutex_lock(&pool->lock);
    decoder->below = pool->top;
    pool->top = decoder;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

/* What became of it; `suspected` where it lived until it was killed for that. */
static enum decoder_reason reason_of(int status, enum decoder_reason suspected)
{
    if (suspected != DECODER_CRASHED || !WIFSIGNALED(status))
        return suspected;
    switch (WTERMSIG(status)) {
    case SIGSYS:
        return DECODER_FORBIDDEN;
    case SIGXCPU:
        return DECODER_HUNG;
    case SIGKILL: /* by a person, or for want of memory */
        return DECODER_LOST;
    default:
        return DECODER_CRASHED;
    }
}

static void log_end(enum decoder_reason reason, pid_t pid, int status, const char *request_id)
{
    log_write(LOG_LEVEL_WARNING, "decoder", log_text("reason", labels[reason]), log_int("process", pid),
              log_int("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
              log_int("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0), log_text("id", request_id));
}

static void count_restart(struct decoder_pool *pool, enum decoder_reason reason)
{
    pthread_mutex_lock(&pool->lock);
    pool->restarts[reason]++;
    pthread_mutex_unlock(&pool->lock);
}

/* Kills what is left of it. Its place is empty then. */
static enum decoder_reason retire(struct decoder_pool *pool, struct decoder *decoder, enum decoder_reason suspected,
                                  const char *request_id)
{
    pid_t pid = decoder->process.pid;
    int status = decoder_process_kill(&decoder->process);
    enum decoder_reason reason = reason_of(status, suspected);
    log_end(reason, pid, status, request_id);
    count_restart(pool, reason);
    return reason;
}

/* Tries again where the new one, too, is killed from outside. */
static bool fill(const struct decoder_pool *pool, struct decoder *decoder)
{
    for (int i = 0; i < STARTS && !decoder->process.pid; i++)
        if (!decoder_process_start(&decoder->process, pool->config.max_memory) && errno != ECHILD)
            break;
    if (decoder->process.pid)
        return true;
    log_write(LOG_LEVEL_ERROR, "decoder", log_text("problem", "cannot be started"), log_text("error", strerror(errno)));
    return false;
}

static enum senet_code no_decoder(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to start a decoder");
}

static enum senet_code failure(enum decoder_reason reason, struct senet_error *error)
{
    return senet_error_set(error, SENET_IMAGE_UNDECODABLE, "the image cannot be decoded: %s",
                           reason == DECODER_HUNG ? "it takes too long" : "its data make the decoder fail");
}

/* With a decoder that is the caller's; after a bad end there is a new one in its place, if one can be had. */
static enum senet_code decode_with(struct decoder_pool *pool, struct decoder *decoder,
                                   const struct decoder_image *image, float *tensor, struct decoder_result *result,
                                   struct senet_error *error)
{
    static const enum decoder_reason suspected[] = {[EXCHANGE_UNSENT] = DECODER_LOST,
                                                    [EXCHANGE_HUNG_UP] = DECODER_CRASHED,
                                                    [EXCHANGE_TIMEOUT] = DECODER_HUNG,
                                                    [EXCHANGE_NONSENSE] = DECODER_NONSENSE};
    enum decoder_reason reason = DECODER_LOST;
    for (int deaths = 0; reason == DECODER_LOST && deaths < DEATHS;) {
        if (!fill(pool, decoder))
            return no_decoder(error);
        enum exchange exchange = decoder_exchange(&decoder->process, &pool->config, image, tensor, result, error);
        if (exchange == EXCHANGE_DONE)
            return error->code;
        deaths += exchange != EXCHANGE_UNSENT;
        reason = retire(pool, decoder, suspected[exchange], image->request_id);
    }
    (void)fill(pool, decoder);
    return failure(reason, error);
}

static enum senet_code decode_here(const struct decoder_image *image, float *tensor, struct decoder_result *result,
                                   struct senet_error *error)
{
    struct decoder_ask ask = {.size = image->size,
                              .exif = image->exif,
                              .jpeg_scaling = image->jpeg_scaling,
                              .limits = image->limits,
                              .preprocess = *image->preprocess};
    struct decoder_answer answer = {0};
    double began = clock_now();
    decoder_task(&ask, image->bytes, tensor, &answer);
    if (answer.code)
        return senet_error_set(error, (enum senet_code)answer.code, "%s", answer.message);
    *result = (struct decoder_result){.exif_orientation = answer.exif_orientation,
                                      .decode_seconds = clock_now() - began - answer.preprocess_seconds,
                                      .preprocess_seconds = answer.preprocess_seconds};
    return SENET_OK;
}

enum senet_code decoder_decode(struct decoder_pool *pool, const struct decoder_image *image, float *tensor,
                               struct decoder_result *result, struct senet_error *error)
{
    if (!pool->config.count)
        return decode_here(image, tensor, result, error);
    struct decoder *decoder = take(pool);
    enum senet_code code = decode_with(pool, decoder, image, tensor, result, error);
    give(pool, decoder);
    return code;
}

/* The process that has been buried, or 0 when all are alive. */
static pid_t bury_one(struct decoder_pool *pool, int *status)
{
    pid_t pid = 0;
    pthread_mutex_lock(&pool->lock);
    for (struct decoder *decoder = pool->top; decoder && !pid; decoder = decoder->below) {
        pid_t candidate = decoder->process.pid;
        if (candidate && decoder_process_has_died(&decoder->process, status))
            pid = candidate;
    }
    pool->restarts[DECODER_LOST] += pid != 0;
    pthread_mutex_unlock(&pool->lock);
    return pid;
}

void decoder_pool_tend(struct decoder_pool *pool)
{
    int status;
    for (pid_t pid; (pid = bury_one(pool, &status));)
        log_end(DECODER_LOST, pid, status, NULL);
}

static bool start_all(struct decoder_pool *pool)
{
    for (size_t i = 0; i < pool->config.count; i++) {
        struct decoder *decoder = &pool->decoders[i];
        if (!decoder_process_start(&decoder->process, pool->config.max_memory))
            return false;
        give(pool, decoder);
    }
    pool->hello = pool->decoders[0].process.hello;
    return true;
}

struct decoder_pool *decoder_pool_open(const struct decoder_config *config, char *message, size_t message_size)
{
    struct decoder_pool *pool = calloc(1, sizeof *pool);
    struct decoder *decoders = calloc(config->count + 1, sizeof *decoders);
    if (!pool || !decoders || pthread_mutex_init(&pool->lock, NULL)) {
        snprintf(message, message_size, "out of memory");
        free(pool);
        free(decoders);
        return NULL;
    }
    pthread_cond_init(&pool->given, NULL); /* cannot fail on Linux */
    pool->config = *config;
    pool->decoders = decoders;
    if (start_all(pool))
        return pool;
    snprintf(message, message_size, "decoders: cannot be started: %s; --decoder-isolation thread does without",
             strerror(errno));
    decoder_pool_close(pool);
    return NULL;
}

void decoder_pool_close(struct decoder_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->config.count; i++) {
        struct decoder_process *process = &pool->decoders[i].process;
        pid_t pid = process->pid;
        int status = pid ? decoder_process_dismiss(process) : 0;
        if (status)
            log_end(DECODER_CRASHED, pid, status, NULL);
    }
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    free(pool->decoders);
    free(pool);
}

void decoder_pool_write_metrics(struct decoder_pool *pool, struct senet_buffer *text)
{
    uint64_t restarts[DECODER_REASON_COUNT];
    pthread_mutex_lock(&pool->lock);
    memcpy(restarts, pool->restarts, sizeof restarts);
    pthread_mutex_unlock(&pool->lock);
    senet_buffer_printf(text, "# HELP senetd_decoder_restarts_total Decoder processes that had to be replaced.\n"
                              "# TYPE senetd_decoder_restarts_total counter\n");
    for (size_t i = 0; i < DECODER_REASON_COUNT; i++)
        senet_buffer_printf(text, "senetd_decoder_restarts_total{reason=\"%s\"} %llu\n", labels[i],
                            (unsigned long long)restarts[i]);
}

size_t decoder_pool_processes(struct decoder_pool *pool, int *pids, size_t limit)
{
    size_t count = 0;
    pthread_mutex_lock(&pool->lock);
    for (struct decoder *decoder = pool->top; decoder && count < limit; decoder = decoder->below)
        pids[count++] = decoder->process.pid;
    pthread_mutex_unlock(&pool->lock);
    return count;
}

bool decoder_pool_is_sandboxed(const struct decoder_pool *pool)
{
    return pool->hello.seccomp && pool->hello.rlimits;
}

void decoder_pool_log(const struct decoder_pool *pool)
{
    if (!pool->config.count)
        return;
    log_write(decoder_pool_is_sandboxed(pool) ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "decoders",
              log_int("count", (int64_t)pool->config.count),
              log_text("seccomp", pool->hello.seccomp ? "on" : "not to be had"),
              log_text("rlimits", pool->hello.rlimits ? "on" : "not to be had"));
}
