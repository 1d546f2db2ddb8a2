/* The tiles that gemm.c is compiled for, as many as the registers of an instruction set hold. */
#ifndef SENET_KERNELS_SIMD_GEMM_H
#define SENET_KERNELS_SIMD_GEMM_H

#if defined(__AVX512F__)
#define GEMM_ROWS 12
#define GEMM_VECTORS 2
#elif defined(__aarch64__)
#define GEMM_ROWS 6
#define GEMM_VECTORS 4
#else
#define GEMM_ROWS 6
#define GEMM_VECTORS 2
#endif

/* T(rows, vectors, whether the last of them is half a vector) */
#define GEMM_TILES_6(T, v, h) T(1, v, h) T(2, v, h) T(3, v, h) T(4, v, h) T(5, v, h) T(6, v, h)
#define GEMM_TILES_12(T, v, h)                                                                                         \
    GEMM_TILES_6(T, v, h) T(7, v, h) T(8, v, h) T(9, v, h) T(10, v, h) T(11, v, h) T(12, v, h)

#if GEMM_ROWS == 12
#define GEMM_TILES(T) GEMM_TILES_12(T, 1, 0) GEMM_TILES_12(T, 2, 0) GEMM_TILES_12(T, 1, 1) GEMM_TILES_12(T, 2, 1)
#define GEMM_WIDE_TILES(T) GEMM_TILES_12(T, 2, 0)
#elif GEMM_VECTORS == 4
#define GEMM_TILES(T) GEMM_TILES_6(T, 1, 0) GEMM_TILES_6(T, 2, 0) GEMM_TILES_6(T, 3, 0) GEMM_TILES_6(T, 4, 0)
#define GEMM_WIDE_TILES(T) GEMM_TILES_6(T, 4, 0)
#else
#define GEMM_TILES(T) GEMM_TILES_6(T, 1, 0) GEMM_TILES_6(T, 2, 0)
#define GEMM_WIDE_TILES(T) GEMM_TILES_6(T, 2, 0)
#endif

#endif
