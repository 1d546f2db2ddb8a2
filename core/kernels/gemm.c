/* Gemm and MatMul: products of matrices by OpenBLAS, of a few rows and a matrix that lies turned by dot products. */
#include <cblas.h>
#include <limits.h>

#include "graph/ops.h"
#include "kernels/blas.h"
#include "kernels/planar.h"

#define COLUMN_GRAIN 64
/* With more rows it pays to pack B, as OpenBLAS does for every product of matrices. */
#define DOT_ROWS 4

struct gemm {
    int64_t batches, rows, columns, depth;                        /* batches x (M x N), from M x K and K x N */
    struct senet_shape batch;                                     /* what the leading axes of a MatMul broadcast to */
    int64_t a_strides[SENET_MAX_RANK], b_strides[SENET_MAX_RANK]; /* along it, in matrices */
    bool a_turned, b_turned;
    bool has_addend;
    float alpha, beta;
    int64_t addend_row, addend_column; /* strides of C as it is broadcast */
    struct activation activation;
    const struct simd *simd;
};

struct gemm_job {
    const struct gemm *params;
    const struct kernel_call *call;
    const float *a, *b; /* of this batch */
    float *output;
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

static int64_t leading_elements(const struct senet_shape *shape)
{
    int64_t leading = 1;
    for (int axis = 0; axis < shape->rank - 2; axis++)
        leading *= shape->dim[axis];
    return leading;
}

/* Vectors are matrices of one row or column here, and what is repeated is read again. */
static struct gemm read_matmul(const struct node *node)
{
    struct senet_shape a, b, product;
    matmul_shapes(node, &a, &b, &product);
    struct gemm gemm = {
        .batches = leading_elements(&product),
        .rows = a.dim[a.rank - 2],
        .columns = b.dim[b.rank - 1],
        .depth = a.dim[a.rank - 1],
        .alpha = 1,
        .activation = node->activation,
    };
    if (leading_elements(&b) == 1 && leading_elements(&a) == gemm.batches) { /* all of A's rows times the same B */
        gemm.rows *= gemm.batches;
        gemm.batches = 1;
    }
    a.rank -= 2;
    b.rank -= 2;
    product.rank -= 2;
    gemm.batch = product;
    broadcast_strides(&a, &product, gemm.a_strides);
    broadcast_strides(&b, &product, gemm.b_strides);
    return gemm;
}

bool gemm_accepts(const struct node *node)
{
    const struct gemm gemm = read_gemm(node);
    return fits_blas(&gemm);
}

bool matmul_accepts(const struct node *node)
{
    const struct gemm gemm = read_matmul(node);
    return fits_blas(&gemm);
}

enum senet_code gemm_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct gemm *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    blas_use_one_thread();
    *params = read_gemm(node);
    params->simd = setup->simd;
    return SENET_OK;
}

enum senet_code matmul_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct gemm *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    blas_use_one_thread();
    *params = read_matmul(node);
    params->simd = setup->simd;
    return SENET_OK;
}

/* Columns first..first+count-1 of the output begin as C, which the product is then added to. */
static void place_addend(const struct gemm *gemm, const float *addend, int64_t first, int64_t count, float *output)
{
    for (int64_t row = 0; row < gemm->rows; row++)
        for (int64_t i = 0; i < count; i++)
            output[row * gemm->columns + i] = addend[row * gemm->addend_row + (first + i) * gemm->addend_column];
}

/* Rows of A by columns of B, both of which lie as runs of `depth`: a classifier's images by its classes. */
static bool is_dots(const struct gemm *gemm)
{
    return gemm->b_turned && gemm->rows <= DOT_ROWS && (!gemm->a_turned || gemm->rows == 1);
}

/* `count` columns of A * B; a block of B's is used for all rows while it is in the cache. */
static void multiply_dots(const struct gemm *gemm, const float *a, const float *b, int64_t count, float *output)
{
    for (int64_t begin = 0; begin < count; begin += COLUMN_GRAIN) {
        int64_t columns = count - begin < COLUMN_GRAIN ? count - begin : COLUMN_GRAIN;
        for (int64_t row = 0; row < gemm->rows; row++)
            gemm->simd->dot_rows(b + begin * gemm->depth, gemm->depth, columns, gemm->depth, a + row * gemm->depth,
                                 output + row * gemm->columns + begin);
    }
}

/* output = alpha * output + beta * C, columns as above; `addend` may be NULL. */
static void scale_and_add(const struct gemm *gemm, const float *addend, int64_t first, int64_t count, float *output)
{
    for (int64_t row = 0; row < gemm->rows; row++, output += gemm->columns) {
        for (int64_t i = 0; i < count; i++)
            output[i] *= gemm->alpha;
        for (int64_t i = 0; addend && i < count; i++)
            output[i] += gemm->beta * addend[row * gemm->addend_row + (first + i) * gemm->addend_column];
    }
}

static void multiply(const struct gemm *gemm, const float *a, const float *b, int64_t count, float *output)
{
    int rows = (int)gemm->rows, columns = (int)gemm->columns, depth = (int)gemm->depth, wanted = (int)count;
    if (gemm->rows == 1) /* and B not turned: a product with a vector need not pack the matrix */
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
    float *output = job->output + begin;
    const float *b = job->b + begin * (gemm->b_turned ? gemm->depth : 1);
    const float *addend = gemm->has_addend ? call->inputs[2].data : NULL;
    if (is_dots(gemm)) {
        multiply_dots(gemm, job->a, b, end - begin, output);
        scale_and_add(gemm, addend, begin, end - begin, output);
    } else {
        if (addend)
            place_addend(gemm, addend, begin, end - begin, output);
        multiply(gemm, job->a, b, end - begin, output);
    }
    if (gemm->activation.kind != ACTIVATION_NONE)
        for (int64_t row = 0; row < gemm->rows; row++)
            gemm->simd->activate(&gemm->activation, 0.0f, output + row * gemm->columns, end - begin);
}

/* Each call of the matrix product packs all of A, so that there is one for each member. */
static int64_t column_grain(const struct gemm *gemm, int members)
{
    int64_t grain = parallel_grain(gemm->rows * gemm->depth), share = (gemm->columns + members - 1) / members;
    if (gemm->rows > 1 && !is_dots(gemm) && grain < share)
        grain = share;
    return grain < COLUMN_GRAIN ? COLUMN_GRAIN : grain;
}

void gemm(const struct kernel_call *call)
{
    const struct gemm *gemm = call->params;
    struct gemm_job job = {.params = gemm, .call = call, .output = call->outputs[0].data};
    int64_t grain = column_grain(gemm, team_size(call->team)), index[SENET_MAX_RANK] = {0};
    for (int64_t batch = 0; batch < gemm->batches; batch++, index_advance(index, &gemm->batch)) {
        int64_t a = index_offset(index, gemm->a_strides, gemm->batch.rank);
        int64_t b = index_offset(index, gemm->b_strides, gemm->batch.rank);
        job.a = (const float *)call->inputs[0].data + a * gemm->rows * gemm->depth;
        job.b = (const float *)call->inputs[1].data + b * gemm->depth * gemm->columns;
        team_run(call->team, gemm->columns, grain, compute_columns, &job);
        job.output += gemm->rows * gemm->columns;
    }
}
