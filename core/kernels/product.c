#include "kernels/product.h"

#include <cblas.h>

#include "base/arena.h"
#include "kernels/blas.h"

/* So many terms of each sum at a time: what is widened to double stays small beside the matrices themselves. */
#define DEPTH_BLOCK 256

static void widen(const float *from, int64_t rows, int64_t columns, int64_t pitch, double *to)
{
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++)
            *to++ = (double)from[row * pitch + column];
}

bool product_in_double(const float *a, const float *b, int64_t rows, int64_t depth, int64_t columns, float *product)
{
    struct arena scratch = {0};
    double *sums = arena_alloc(&scratch, (size_t)(rows * columns), sizeof *sums);
    double *left = arena_alloc(&scratch, (size_t)(rows * DEPTH_BLOCK), sizeof *left);
    double *right = arena_alloc(&scratch, (size_t)(DEPTH_BLOCK * columns), sizeof *right);
    bool allocated = sums && left && right;
    blas_use_one_thread();
    for (int64_t first = 0; allocated && first < depth; first += DEPTH_BLOCK) {
        int64_t terms = depth - first < DEPTH_BLOCK ? depth - first : DEPTH_BLOCK;
        widen(a + first, rows, terms, depth, left);
        widen(b + first * columns, terms, columns, columns, right);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)terms, 1.0, left,
                    (int)terms, right, (int)columns, 1.0, sums, (int)columns);
    }
    for (int64_t i = 0; allocated && i < rows * columns; i++)
        product[i] = (float)sums[i];
    arena_release(&scratch);
    return allocated;
}
