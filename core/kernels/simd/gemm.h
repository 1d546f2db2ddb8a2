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

#define GEMM_TILES_6(T, v) T(1, v) T(2, v) T(3, v) T(4, v) T(5, v) T(6, v)
#define GEMM_TILES_12(T, v) GEMM_TILES_6(T, v) T(7, v) T(8, v) T(9, v) T(10, v) T(11, v) T(12, v)

#if GEMM_ROWS == 12
#define GEMM_TILES(T) GEMM_TILES_12(T, 1) GEMM_TILES_12(T, 2)
#elif GEMM_VECTORS == 4
#define GEMM_TILES(T) GEMM_TILES_6(T, 1) GEMM_TILES_6(T, 2) GEMM_TILES_6(T, 3) GEMM_TILES_6(T, 4)
#else
#define GEMM_TILES(T) GEMM_TILES_6(T, 1) GEMM_TILES_6(T, 2)
#endif

#endif
