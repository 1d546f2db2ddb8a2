#include "kernels/product.h"

#include <cblas.h>
#include <stdlib.h>

#include "kernels/blas.h"

/* Sums of so many terms are of single precision, their sum of double: what is lost grows with the root of the terms. */
#define DEPTH_BLOCK 256
/*
 * OpenBLAS multiplies matrices of up to 100^3 multiply-adds with memory that it allocates without looking whether it
 * got any (0.3.21, sgemm_small_kernel_nn_skylakex.c): loading a model must not end the process. So few are soon done.
 */
#define SMALL_PRODUCT 1000000

/* One block: `depth` and `columns` are the strides of the rows of a and b. */
static void multiply_small(const float *a, const float *b, int64_t rows, int64_t depth, int64_t terms, int64_t columns,
                           float *product)
{
    for (int64_t row = 0; row < rows; row++) {
        float *sums = product + row * columns;
        for (int64_t column = 0; column < columns; column++)
            sums[column] = 0;
        for (int64_t term = 0; term < terms; term++)
            for (int64_t column = 0; column < columns; column++)
                sums[column] += a[row * depth + term] * b[term * columns + column];
    }
}

static void multiply(const float *a, const float *b, int64_t rows, int64_t depth, int64_t terms, int64_t columns,
                     float *product)
{
    if (rows * columns <= SMALL_PRODUCT / terms)
        multiply_small(a, b, rows, depth, terms, columns, product);
    else
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)terms, 1.0f, a, (int)depth,
                    b, (int)columns, 0.0f, product, (int)columns);
}

bool product_of_constants(const float *a, const float *b, int64_t rows, int64_t depth, int64_t columns, float *product)
{
    double *sums = calloc((size_t)(rows * columns), sizeof *sums);
    bool allocated = sums != NULL;
    blas_use_one_thread();
    for (int64_t first = 0; allocated && first < depth; first += DEPTH_BLOCK) {
        int64_t terms = depth - first < DEPTH_BLOCK ? depth - first : DEPTH_BLOCK;
        multiply(a + first, b + first * columns, rows, depth, terms, columns, product);
        for (int64_t i = 0; i < rows * columns; i++)
            sums[i] += (double)product[i];
    }
    for (int64_t i = 0; allocated && i < rows * columns; i++)
        product[i] = (float)sums[i];
    free(sums);
    return allocated;
}
