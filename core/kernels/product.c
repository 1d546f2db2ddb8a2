#include "kernels/product.h"

#include <cblas.h>
#include <stdlib.h>

#include "kernels/blas.h"

/* Sums of so many terms are of single precision, their sum of double: what is lost grows with the root of the terms. */
#define DEPTH_BLOCK 256

bool product_of_constants(const float *a, const float *b, int64_t rows, int64_t depth, int64_t columns, float *product)
{
    double *sums = calloc((size_t)(rows * columns), sizeof *sums);
    bool allocated = sums != NULL;
    blas_use_one_thread();
    for (int64_t first = 0; allocated && first < depth; first += DEPTH_BLOCK) {
        int64_t terms = depth - first < DEPTH_BLOCK ? depth - first : DEPTH_BLOCK;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)terms, 1.0f, a + first,
                    (int)depth, b + first * columns, (int)columns, 0.0f, product, (int)columns);
        for (int64_t i = 0; i < rows * columns; i++)
            sums[i] += (double)product[i];
    }
    for (int64_t i = 0; allocated && i < rows * columns; i++)
        product[i] = (float)sums[i];
    free(sums);
    return allocated;
}
