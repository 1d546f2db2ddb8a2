/*
 * What the daemon and a decoder say to each other.
 *
 * DESIGN
 * A decoder has two descriptors: a socket that keeps messages whole, and memory that both can write.
 *
 *   daemon                          decoder
 *                                   struct decoder_hello      once, when its sandbox is closed
 *   bytes into the memory
 *   struct decoder_ask         ->
 *                                   tensor into the memory
 *                              <-   struct decoder_answer
 *   tensor out of the memory
 *
 *   memory:  0                       tensor_size    bytes_at            bytes_at + size
 *            | tensor, float32       |    ...       | the upload        |
 *            bytes_at is tensor_size rounded up to a page
 *
 * The daemon alone sizes the memory. It is sealed against shrinking, and the daemon reads and writes it with pread and
 * pwrite, never through a mapping: what a decoder does to it meanwhile can neither raise a signal in the daemon nor
 * change anything that was checked. No size comes back; of what does come back every field is checked.
 *
 * End of file on the socket is the end for both: the daemon takes it for a dead decoder, the decoder exits.
 */
#ifndef SENETD_DECODER_PROTOCOL_H
#define SENETD_DECODER_PROTOCOL_H

#include "senet.h"

/* Descriptors in the decoder. */
#define DECODER_CHANNEL 3
#define DECODER_MEMORY 4

struct decoder_hello {
    bool seccomp, rlimits; /* in force */
};

struct decoder_ask {
    uint64_t tensor_size, bytes_at, size;
    enum senet_exif exif;
    enum senet_jpeg_scaling jpeg_scaling;
    struct senet_image_limits limits;
    struct senet_preprocess preprocess;
};

struct decoder_answer {
    int32_t code; /* enum senet_code */
    int32_t exif_orientation;
    double preprocess_seconds;
    char message[SENET_MESSAGE_SIZE]; /* "" when the code is SENET_OK */
};

#endif
