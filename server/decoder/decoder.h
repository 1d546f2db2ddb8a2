/*
 * From the bytes of an upload to the network's input, out of harm's way: the one door to decoding.
 *
 * DESIGN
 * Decoders of image formats are where hostile bytes do most harm, so the daemon runs none of them itself. It keeps a
 * pool of processes that can do nothing but compute (decoder_sandbox.c); a caller takes one, hands the bytes over
 * (decoder_exchange.c), and gives it back. A decoder that crashes, hangs or answers nonsense costs the image that it
 * was working on a 422, and is replaced at once. With no decoders in the pool, the caller's thread does the work, by
 * the same code and with the same errors.
 */
#ifndef SENETD_DECODER_H
#define SENETD_DECODER_H

#include "senet.h"

/* X(name, label in metrics and log): why a decoder had to be replaced. */
#define DECODER_REASONS(X)                                                                                             \
    X(LOST, "lost")           /* killed from outside, idle or at its work */                                           \
    X(CRASHED, "crashed")     /* died at its work */                                                                   \
    X(FORBIDDEN, "forbidden") /* killed by its sandbox */                                                              \
    X(HUNG, "hung")           /* used up its time */                                                                   \
    X(NONSENSE, "nonsense")   /* answered what no decoder answers */

enum decoder_reason {
#define DECODER_REASON_ENUM(name, label) DECODER_##name,
    DECODER_REASONS(DECODER_REASON_ENUM)
#undef DECODER_REASON_ENUM
        DECODER_REASON_COUNT
};

struct decoder_config {
    size_t count;        /* processes; 0 decodes in the caller's thread */
    size_t max_memory;   /* bytes that decoding one image may allocate: a process is held to it, and some more */
    double cpu_seconds;  /* that one image may take; whole seconds, for the kernel counts so */
    double wall_seconds; /* likewise, on a machine that has other things to do */
};

/* `count` decoders with the bounds that the daemon uses. */
struct decoder_config decoder_config_for(size_t count, size_t max_memory);

struct decoder_image {
    const void *bytes;
    size_t size;
    enum senet_exif exif;
    enum senet_jpeg_scaling jpeg_scaling;
    struct senet_image_limits limits;
    const struct senet_preprocess *preprocess;
    const char *request_id; /* for the log; NULL when there is none */
};

struct decoder_result {
    int exif_orientation;                      /* as in struct senet_image */
    double decode_seconds, preprocess_seconds; /* handing over counts as decoding */
};

struct decoder_pool;

/* Starts all decoders, or fails and fills `message`. Needs /proc/self/exe to be a program that calls decoder_main. */
struct decoder_pool *decoder_pool_open(const struct decoder_config *config, char *message, size_t message_size);

/* Nobody may be decoding. Every process is gone when this returns. NULL is allowed. */
void decoder_pool_close(struct decoder_pool *pool);

/*
 * Decodes and preprocesses: `tensor` receives channels x height x width finite floats. Waits while every decoder is
 * at work. From any thread. Errors: those of senet_image_decode_for and senet_image_preprocess; IMAGE_UNDECODABLE also
 * when the decoder had to be replaced, IMAGE_TOO_LARGE when its memory did not suffice, OUT_OF_MEMORY when there is
 * none to replace it.
 */
enum senet_code decoder_decode(struct decoder_pool *pool, const struct decoder_image *image, float *tensor,
                               struct decoder_result *result, struct senet_error *error);

/* Buries decoders that were killed while nobody used them; the next image that needs one starts another. */
void decoder_pool_tend(struct decoder_pool *pool);

/* One line, at the start: how many there are and what holds them. A warning where that is not everything. */
void decoder_pool_log(const struct decoder_pool *pool);

/* senetd_decoder_restarts_total, in Prometheus' text format. */
void decoder_pool_write_metrics(struct decoder_pool *pool, struct senet_buffer *text);

/* The process of each decoder into `pids`, 0 where it is to be started; returns how many there are. For tests. */
size_t decoder_pool_processes(struct decoder_pool *pool, int *pids, size_t limit);

/* True when every decoder is held by seccomp and by rlimits. */
bool decoder_pool_is_sandboxed(const struct decoder_pool *pool);

#endif
