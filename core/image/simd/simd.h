/*
 * The innermost loops of the resize, compiled once for each instruction set as those of core/kernels/simd are, and
 * chosen with them: the set of the same name.
 */
#ifndef SENET_IMAGE_SIMD_SIMD_H
#define SENET_IMAGE_SIMD_SIMD_H

#include "image/taps.h"

/* Bytes that may be read behind a row's last pixel: from a group of four taps, of which one may be in use. */
#define IMAGE_SIMD_OVERREAD 16
/* Planes have room for whole vectors of bytes, and readable ones. */
#define IMAGE_SIMD_PAD 64

/* The horizontal pass, over two rows. */
struct image_columns {
    const uint8_t *rows[2]; /* RGB, interleaved */
    const struct taps *taps;
    const int32_t *halves; /* the taps' weights, as resize.c splits them */
    int64_t count;         /* of output columns */
    uint8_t *planes[2];    /* of each row: three planes of `count` bytes, */
    int64_t plane;         /* so far apart */
};

/* The vertical pass, over one row of one colour. */
struct image_row {
    const uint8_t *const *rows;
    const int32_t *weights;
    int64_t taps;  /* rows and weights */
    int64_t count; /* of columns */
    float mean, std;
    float *out;
};

struct image_simd {
    const char *name;
    void (*columns)(const struct image_columns *columns);
    void (*row)(const struct image_row *row);
};

/* NULL is the best set that this machine can run; else one that it can. */
const struct image_simd *image_simd_find(const char *name);

#endif
