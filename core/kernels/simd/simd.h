/*
 * The innermost loops, one set of them for each instruction set.
 *
 * DESIGN
 * The sources of this folder are compiled several times: for the platform's baseline and for each extension worth
 * having (Makefile, SIMD_SETS). Each copy's functions carry the set's name and are listed in its `struct simd`;
 * simd_find chooses one by what the processor and the operating system have. A kernel's `prepare` takes it from
 * kernel_setup and keeps it in its params. What is outside this folder is compiled for the baseline alone.
 */
#ifndef SENET_KERNELS_SIMD_SIMD_H
#define SENET_KERNELS_SIMD_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/activation.h"

/* What happens to a sum before it is stored: activation(scale * (sum + bias) + residual). */
struct epilogue {
    const float *bias;       /* of the tile's columns; NULL is none; so below */
    const float *scale;      /* of the tile's columns */
    const float *residual;   /* of the tile's first row and column */
    int64_t residual_stride; /* floats from row to row */
    struct activation activation;
};

/* A product that is part of two sums: the other one. */
struct gemm_second {
    const float *sum;
    float *c; /* = the product + bias + sum, before c itself is stored; laid out as that is */
};

/* b - minus is multiplied in place of b, and kept for other tiles. */
struct gemm_difference {
    const float *minus;
    float *kept; /* may be `minus` */
};

/*
 * A tile of a product: c (rows x columns) = sum over taps of a (rows x depth) * b (depth x columns).
 *
 *          columns <= simd->gemm_columns
 *         +--------+
 *         |   b    | taps * depth rows, each simd_panel_width(simd, columns) wide, zeros behind the columns
 *         +--------+
 *   +----++--------+
 *   | a  ||   c    | rows <= simd->gemm_rows, each of a's at an address of its own
 *   +----++--------+
 */
struct gemm_tile {
    const float *const *a; /* row r under tap t begins at a[t * rows + r] + a_offset */
    const float *b;
    const float *bias; /* of the columns, NULL is zeros; and so below */
    const float *sum;  /* laid out as c, and may be c: what came before is added */
    float *c;
    int64_t a_offset, c_stride, sum_stride; /* floats */
    int64_t taps, depth;
    int rows;
    int64_t columns;                          /* of c that are written: a multiple of 8 */
    const struct gemm_second *second;         /* NULL is none */
    const struct gemm_difference *difference; /* NULL is none; only in panels of gemm_columns */
    const struct epilogue
        *epilogue;         /* without a bias, which is above; NULL: c is left as the sum, for more taps to come */
    bool fetch;            /* c and the residual are far away: worth fetching before they are needed */
    const float *prefetch; /* what will be read soon, as many bytes as b has; NULL for nothing */
};

/* S1 to S4 of Strassen's product (conv_strassen.c says what they are for), of two pixels whose depth is cut in halves.
 */
enum { STRASSEN_SUMS = 4 };
struct strassen_pixels {
    const float *upper, *lower;
    int64_t half; /* a multiple of 8 */
    float *sums;  /* STRASSEN_SUMS of them, writable to whole vectors */
    int64_t stride;
};

/*
 * Winograd's transforms of a 3x3 convolution, one tile of side x side outputs at a time (conv_winograd.c says what they
 * are for). There are span * span frequencies.
 */
struct winograd_patch {
    const float *const *pixels; /* span x span: where the channels of the input under the tile begin */
    const float *scale;         /* of the channels; NULL is none */
    int64_t channels;
    float *values; /* row of the first frequency, readable and writable to a multiple of 16 channels */
    int64_t frequency_stride;
};

struct winograd_tile {
    const float *sums; /* row of the first frequency, whole vectors */
    int64_t frequency_stride;
    int64_t channels;   /* of the output, from the tile's first on: written to a multiple of 8 */
    float *output;      /* the tile's first pixel */
    int64_t row_stride; /* floats from row to row of the output and of the residual */
    int rows, columns;  /* of the tile that lie within the output, 1..side */
    const struct epilogue
        *epilogue; /* of the tile's first pixel; residual_stride is the output's from pixel to pixel */
};

struct winograd_loops {
    int side, span, stride;
    void (*transform_patch)(const struct winograd_patch *patch);
    void (*finish_tile)(const struct winograd_tile *tile);
};

/* F(2x2,3x3) and F(4x4,3x3) at stride 1, F(2x2,3x3) at stride 2. */
enum winograd_method { WINOGRAD_2, WINOGRAD_4, WINOGRAD_STRIDED, WINOGRAD_METHODS };

/*
 * Channels first..last-1 of a row of output pixels of a depthwise convolution. Both are multiples of 8; what lies
 * between the last channel and the next pixel is computed along with the rest.
 */
struct depthwise_row {
    const float *const *pixels; /* where the pixels lie that the row sees: `rows` times row_pixels, see pixel_rows.h */
    int64_t row_pixels;
    int64_t rows, kernel_w; /* the taps: rows of the window that lie inside the image, each kernel_w wide */
    int64_t stride, dilation;
    const float *weights; /* rows x kernel_w x weight_stride, zeros behind the channels */
    int64_t weight_stride;
    float *out;
    int64_t out_stride; /* floats from pixel to pixel */
    int64_t width;      /* pixels */
    int64_t first, last;
    int64_t channels;         /* that the vectors of the epilogue hold: they may end anywhere */
    const float *input_scale; /* a factor of each channel's sum; NULL is none */
    struct epilogue epilogue; /* of channel 0 of the first pixel */
};

/* Columns of the window of a grouped_row. */
enum { GROUPED_KERNEL = 3 };

/*
 * A row of output pixels of a convolution in groups of 4 or 8 channels, in and out: the fields that depthwise_row has
 * too mean the same. Vectors of channels first..last-1, of which the last ends where the pixel's last octet does.
 */
struct grouped_row {
    const float *const *pixels;
    int64_t row_pixels, rows;
    int64_t stride;         /* 1 or 2 */
    int64_t depth;          /* channels of a group, 4 or 8 */
    const float *weights;   /* vector x rows x depth x GROUPED_KERNEL x lanes, zeros behind the channels */
    int64_t vector_weights; /* floats from vector to vector: rows of the window that lie outside are among them */
    float *out;
    int64_t out_stride, width;
    int64_t first, last;
    int64_t channels;
    struct epilogue epilogue;
};

/* A row of output pixels of a pool: the fields that depthwise_row has too mean the same. All channels. */
struct pool_row {
    const float *const *pixels;
    int64_t row_pixels, rows, kernel_w, stride, dilation;
    float *out;
    int64_t out_stride, width;
    int64_t channels;     /* a multiple of 8 */
    bool largest;         /* of the taps; else their mean: */
    float counted_rows;   /* of a window, padding included where that counts */
    const float *columns; /* counted, of each pixel's window */
};

/* The sum, or the largest, of each of some channels over all pixels, times `factor`. NaN is largest. */
struct pixel_reduction {
    const float *in; /* channel 0 of the first pixel */
    int64_t stride, pixels;
    int64_t first, last; /* channels, multiples of 8 */
    bool largest;
    float factor;
    float *out;       /* of channel 0 */
    int64_t channels; /* that `out` has room for */
};

/* Pixels that go through an epilogue, each by itself. */
struct pixel_row {
    const float *in;
    int64_t in_stride;
    float *out;
    int64_t out_stride, pixels;
    int64_t last;             /* channels, a multiple of 8 */
    int64_t channels;         /* that the epilogue's vectors hold */
    struct epilogue epilogue; /* of the first pixel */
};

/* COMBINATION(symbol, of vectors a and b): arithmetic on two operands. NaN wins where one is chosen. */
#define COMBINATIONS(COMBINATION)                                                                                      \
    COMBINATION(ADD, a + b)                                                                                            \
    COMBINATION(DIV, a / b)                                                                                            \
    COMBINATION(MAX, vec_larger(a, b))                                                                                 \
    COMBINATION(MIN, vec_smaller(a, b))                                                                                \
    COMBINATION(MUL, a *b)                                                                                             \
    COMBINATION(PRELU, vec_select(a < vec_zero(), a * b, a))                                                           \
    COMBINATION(SUB, a - b)

#define COMBINATION_ENUM(symbol, expression) COMBINE_##symbol,
enum combination { COMBINATIONS(COMBINATION_ENUM) };
#undef COMBINATION_ENUM

/* out = activation(a . b), `pixels` times `channels` (a multiple of 8); an operand of stride 0 repeats for each pixel.
 */
struct combination_row {
    enum combination combination;
    const float *a, *b;
    float *out;
    int64_t a_stride, b_stride, out_stride;
    int64_t pixels, channels;
    struct activation activation;
};

struct simd {
    const char *name; /* "baseline", "avx2", "avx512", "neon" */
    int lanes;        /* floats in a vector */
    int gemm_rows;
    int64_t gemm_columns;
    void (*gemm_tile)(const struct gemm_tile *tile);
    /* pixels (count x channels) from 1 to 4 planes of `count` numbers */
    void (*interleave)(const float *const *planes, int channels, int64_t count, float *pixels);
    /* x = x * factor + term, for as many independent x at a time as keep the machine busy. Returns their sum. */
    float (*multiply_adds)(int64_t turns, float factor, float term);
    int multiply_adds_per_turn;
    struct winograd_loops winograd[WINOGRAD_METHODS];
    void (*strassen_pixels)(const struct strassen_pixels *pixels);
    /* values[i] = activation(values[i] + bias) */
    void (*activate)(const struct activation *activation, float bias, float *values, int64_t count);
    /* y[r] = sum over k < length of weights[r * stride + k] * x[k] for `rows` rows. */
    void (*dot_rows)(const float *weights, int64_t stride, int64_t rows, int64_t length, const float *x, float *y);
    /* scaled[r][i] = factors[r] * rows[r][i] for `count` rows of `width`, a multiple of 8 */
    void (*scale_rows)(const float *rows, const float *factors, int64_t count, int64_t width, float *scaled);
    /* Softmax of `count` numbers behind each other, and of `columns` columns of `count` rows, `stride` floats apart. */
    void (*softmax_row)(const float *input, int64_t count, float *output);
    void (*softmax_columns)(const float *input, int64_t stride, int64_t count, int64_t columns, float *output);
    void (*depthwise_row)(const struct depthwise_row *row);
    void (*grouped_row)(const struct grouped_row *row);
    void (*pool_row)(const struct pool_row *row);
    void (*reduce_pixels)(const struct pixel_reduction *reduction);
    void (*finish_row)(const struct pixel_row *row);
    void (*combine_row)(const struct combination_row *row);
};

/* The width of the panel that holds the last `columns` columns of a matrix: the next multiple of 8. */
int64_t simd_panel_width(const struct simd *simd, int64_t columns);

/* The best set that this machine can run, or the one called `name`; NULL when it can run none of that name. */
const struct simd *simd_find(const char *name);

/* Sets that this machine can run, best first; NULL at the end. The baseline is always among them. */
const struct simd *simd_at(size_t index);

#endif
