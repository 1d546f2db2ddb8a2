/*
 * The formats that can be decoded: a row of the table in formats.c, and a decoder, for each.
 *
 * DESIGN
 * What knows a format's bytes is behind two functions: the probe, which only reads, and the decoder, which allocates
 * within a budget. Decoders that are libraries come to `image` through one file each.
 */
#ifndef SENET_IMAGE_FORMAT_H
#define SENET_IMAGE_FORMAT_H

#include "image/probe.h"
#include "senet.h"

struct decode_job {
    const uint8_t *bytes;
    size_t size;   /* at most INT_MAX */
    size_t budget; /* bytes that the decoder may have allocated at any moment, the pixels among them */
    int reduction; /* 1, 2, 4 or 8: the pixels to be made are of this fraction of the size */
    int64_t left, top, right, bottom; /* the window of them that is wanted; more may be given */
};

/*
 * Decodes to RGB what passed the probe. Nothing is left allocated on failure; on success image->pixels is the
 * caller's, to be freed with free(); width, height, left and top are those of the pixels. May set probe->fault to say
 * more. Returns OK, IMAGE_TOO_LARGE (over budget), OUT_OF_MEMORY or IMAGE_UNDECODABLE.
 */
typedef enum senet_code decode_format(const struct decode_job *job, struct probe *probe, struct senet_image *image);
decode_format decode_jpeg, decode_png, decode_webp, decode_stb;

struct image_format {
    const char *name;
    const char *magic; /* a full stop stands for any byte */
    size_t magic_size;
    probe_format *probe;
    decode_format *decode;
    bool reduces; /* makes an image of reduced size */
    bool crops;   /* makes a window, or a part that has it */
};

/* NULL when no format begins so. */
const struct image_format *image_format_find(const uint8_t *bytes, size_t size);

#endif
