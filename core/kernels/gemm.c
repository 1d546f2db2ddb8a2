/* Gemm and MatMul: products of matrices by OpenBLAS. */
#include <cblas.h>
#include <limits.h>
#include <string.h>

#include "graph/ops.h"
#include "kernels/activation.h"
#include "kernels/blas.h"
#include "kernels/planar.h"

#define COLUMN_GRAIN 64

struct gemm {
    int64_t batches, rows, columns, depth; /* batches x (M x N), from M x K and K x N */
    bool a_turned, b_turned;
    bool has_addend;
    float alpha, beta;
    int64_t addend_row, addend_column; /* strides of C as it is broadcast */
    struct activation activation;
};

struct gemm_job {
    const struct gemm *params;
    const struct kernel_call *call;
    int64_t batch;
};

/* OpenBLAS counts in int. */
static bool fits_blas(const struct gemm *gemm)
{
    return gemm->rows <= INT_MAX && gemm->columns <= INT_MAX && gemm->depth <= INT_MAX;
}

static struct gemm read_gemm(const struct node *node)
{
    const struct senet_shape *a = &node->inputs[0]->shape, *shape = &node->outputs[0]->shape;
    struct gemm gemm = {
        .batches = 1,
        .rows = shape->dim[0],
        .columns = shape->dim[1],
        .a_turned = node_attribute_int(node, "transA", 0) != 0,
        .b_turned = node_attribute_int(node, "transB", 0) != 0,
        .alpha = node_attribute_float(node, "alpha", 1),
        .activation = node->activation,
    };
    gemm.depth = a->dim[!gemm.a_turned];
    const struct value *addend = node_input(node, 2);
    if (addend) {
        int64_t strides[2];
        broadcast_strides(&addend->shape, shape, strides);
        gemm.has_addend = true;
        gemm.beta = node_attribute_float(node, "beta", 1);
        gemm.addend_row = strides[0];
        gemm.addend_column = strides[1];
    }
    return gemm;
}

/* False when the leading axes need broadcasting that is not one product or equally many of A and B. */
static bool read_matmul(const struct node *node, struct gemm *gemm)
{
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    int64_t leading = 1;
    for (int axis = 0; axis < a->rank - 2; axis++)
        leading *= a->dim[axis];
    *gemm = (struct gemm){
        .batches = leading,
        .rows = a->dim[a->rank - 2],
        .columns = b->dim[b->rank - 1],
        .depth = a->dim[a->rank - 1],
        .alpha = 1,
        .activation = node->activation,
    };
    if (b->rank == 2) { /* all of A's rows times the same B */
        gemm->rows *= leading;
        gemm->batches = 1;
        return true;
    }
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)(a->rank - 2) * sizeof *a->dim);
}

bool gemm_accepts(const struct node *node)
{
    const struct gemm gemm = read_gemm(node);
    return fits_blas(&gemm);
}

bool matmul_accepts(const struct node *node)
{
    struct gemm gemm;
    return read_matmul(node, &gemm) && fits_blas(&gemm);
}

enum senet_code gemm_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct gemm *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    blas_use_one_thread();
    *params = read_gemm(node);
    return SENET_OK;
}

enum senet_code matmul_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct gemm *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    blas_use_one_thread();
    read_matmul(node, params);
    return SENET_OK;
}

/* Columns first..first+count-1 of the output begin as C, which the product is then added to. */
static void place_addend(const struct gemm *gemm, const float *addend, int64_t first, int64_t count, float *output)
{
    for (int64_t row = 0; row < gemm->rows; row++)
        for (int64_t i = 0; i < count; i++)
            output[row * gemm->columns + i] = addend[row * gemm->addend_row + (first + i) * gemm->addend_column];
}

static void multiply(const struct gemm *gemm, const float *a, const float *b, int64_t count, float *output)
{
    int rows = (int)gemm->rows, columns = (int)gemm->columns, depth = (int)gemm->depth, wanted = (int)count;
    if (gemm->rows == 1 && gemm->b_turned) /* one row: a product with a vector need not pack the matrix */
        cblas_sgemv(CblasRowMajor, CblasNoTrans, wanted, depth, gemm->alpha, b, depth, a, 1, gemm->beta, output, 1);
    else if (gemm->rows == 1)
        cblas_sgemv(CblasRowMajor, CblasTrans, depth, wanted, gemm->alpha, b, columns, a, 1, gemm->beta, output, 1);
    else
        cblas_sgemm(CblasRowMajor, gemm->a_turned ? CblasTrans : CblasNoTrans,
                    gemm->b_turned ? CblasTrans : CblasNoTrans, rows, wanted, depth, gemm->alpha, a,
                    gemm->a_turned ? rows : depth, b, gemm->b_turned ? depth : columns, gemm->beta, output, columns);
}

static void compute_columns(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct gemm_job *job = context;
    const struct gemm *gemm = job->params;
    const struct kernel_call *call = job->call;
    const float *a = (const float *)call->inputs[0].data + job->batch * gemm->rows * gemm->depth;
    const float *b = (const float *)call->inputs[1].data + job->batch * gemm->depth * gemm->columns;
    float *output = (float *)call->outputs[0].data + job->batch * gemm->rows * gemm->columns + begin;
    if (gemm->has_addend)
        place_addend(gemm, call->inputs[2].data, begin, end - begin, output);
    multiply(gemm, a, b + begin * (gemm->b_turned ? gemm->depth : 1), end - begin, output);
    if (gemm->activation.kind != ACTIVATION_NONE)
        for (int64_t row = 0; row < gemm->rows; row++)
            epilogue_apply(&gemm->activation, 0.0f, output + row * gemm->columns, end - begin);
}

void gemm(const struct kernel_call *call)
{
    struct gemm_job job = {call->params, call, 0};
    int64_t grain = parallel_grain(job.params->rows * job.params->depth);
    for (; job.batch < job.params->batches; job.batch++)
        team_run(call->team, job.params->columns, grain < COLUMN_GRAIN ? COLUMN_GRAIN : grain, compute_columns, &job);
}
