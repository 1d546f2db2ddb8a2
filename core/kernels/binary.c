/* Arithmetic on two operands of floats, with broadcasting. */
#include "kernels/binary.h"

#include "kernels/planar.h"

typedef void row_work(const float *a, const float *b, float *out, int64_t count);

/* What one operator does, by how its operands advance. One of them always does. */
struct row_works {
    row_work *both, *b_repeats, *a_repeats;
};

#define ROW_LOOPS(symbol, name, expression, of_integers)                                                               \
    static void name##_both(const float *restrict left, const float *restrict right, float *restrict out,              \
                            int64_t count)                                                                             \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const float a = left[i], b = right[i];                                                                     \
            out[i] = expression;                                                                                       \
        }                                                                                                              \
    }                                                                                                                  \
    static void name##_b_repeats(const float *restrict left, const float *restrict right, float *restrict out,         \
                                 int64_t count)                                                                        \
    {                                                                                                                  \
        const float b = *right;                                                                                        \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const float a = left[i];                                                                                   \
            out[i] = expression;                                                                                       \
        }                                                                                                              \
    }                                                                                                                  \
    static void name##_a_repeats(const float *restrict left, const float *restrict right, float *restrict out,         \
                                 int64_t count)                                                                        \
    {                                                                                                                  \
        const float a = *left;                                                                                         \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const float b = right[i];                                                                                  \
            out[i] = expression;                                                                                       \
        }                                                                                                              \
    }
ARITHMETIC(ROW_LOOPS)
#undef ROW_LOOPS

static const struct row_works works[OP_COUNT] = {
#define ROW_WORKS(symbol, name, of_floats, of_integers)                                                                \
    [OP_##symbol] = {name##_both, name##_b_repeats, name##_a_repeats},
    ARITHMETIC(ROW_WORKS)
#undef ROW_WORKS
};

/*
 * The output as `rows` rows of `length` consecutive elements, each operand advancing by 0 or 1 along a row. Axes
 * that both operands walk alike are merged, so that operands of the same shape make one row and a factor for
 * each channel (N,C,1,1) makes N * C rows of H * W.
 */
struct binary {
    struct senet_shape outer; /* rows, as the axes that could not be merged */
    int64_t rows, length;
    int64_t a_strides[SENET_MAX_RANK], b_strides[SENET_MAX_RANK]; /* of the outer axes */
    bool a_repeats, b_repeats;                                    /* along a row */
    row_work *work;
    struct activation activation;
    const struct simd *simd;
};

struct binary_job {
    const struct binary *params;
    const struct kernel_call *call;
};

/* Drops axes of size 1 and merges each axis into the one before it where both operands allow. */
static int merge_axes(const struct senet_shape *shape, int64_t *dims, int64_t *a_strides, int64_t *b_strides)
{
    int64_t a[SENET_MAX_RANK], b[SENET_MAX_RANK];
    int count = 0;
    for (int axis = 0; axis < shape->rank; axis++) {
        a[axis] = a_strides[axis];
        b[axis] = b_strides[axis];
    }
    for (int axis = 0; axis < shape->rank; axis++) {
        int64_t dim = shape->dim[axis];
        if (dim == 1)
            continue;
        bool merges = count > 0 && a_strides[count - 1] == a[axis] * dim && b_strides[count - 1] == b[axis] * dim;
        count += !merges;
        dims[count - 1] = merges ? dims[count - 1] * dim : dim;
        a_strides[count - 1] = a[axis];
        b_strides[count - 1] = b[axis];
    }
    return count;
}

/* Two operands of floats: a sum may have more, and an exponent may be an integer. */
bool binary_accepts(const struct node *node)
{
    return node->input_count == 2 && node->inputs[0]->dtype == DTYPE_FLOAT32 && node->inputs[1]->dtype == DTYPE_FLOAT32;
}

enum senet_code binary_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct binary *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct senet_shape *shape = &node->outputs[0]->shape;
    broadcast_strides(&node->inputs[0]->shape, shape, params->a_strides);
    broadcast_strides(&node->inputs[1]->shape, shape, params->b_strides);
    int axes = merge_axes(shape, params->outer.dim, params->a_strides, params->b_strides);
    params->length = 1;
    if (axes > 0) {
        params->outer.rank = axes - 1;
        params->length = params->outer.dim[axes - 1];
        params->a_repeats = params->a_strides[axes - 1] == 0;
        params->b_repeats = params->b_strides[axes - 1] == 0;
    }
    params->rows = senet_shape_elements(&params->outer);
    params->activation = node->activation;
    params->simd = setup->simd;
    const struct row_works *choice = &works[node->op];
    params->work = params->a_repeats ? choice->a_repeats : params->b_repeats ? choice->b_repeats : choice->both;
    return SENET_OK;
}

/* Elements begin..end-1 of the row whose operands begin at `a` and `b`. */
static void combine_row(const struct binary_job *job, const float *a, const float *b, float *out, int64_t begin,
                        int64_t end)
{
    enum { CACHED = 4096 }; /* the activation finds the sums still in the first-level cache */
    const struct binary *params = job->params;
    for (int64_t first = begin; first < end; first += CACHED) {
        int64_t count = end - first < CACHED ? end - first : CACHED;
        params->work(a + (params->a_repeats ? 0 : first), b + (params->b_repeats ? 0 : first), out + first, count);
        if (params->activation.kind != ACTIVATION_NONE)
            params->simd->activate(&params->activation, 0.0f, out + first, count);
    }
}

static void combine_rows(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct binary_job *job = context;
    const struct binary *params = job->params;
    const float *a = job->call->inputs[0].data, *b = job->call->inputs[1].data;
    float *output = job->call->outputs[0].data;
    int rank = params->outer.rank;
    int64_t index[SENET_MAX_RANK];
    index_of_row(begin, &params->outer, index);
    for (int64_t row = begin; row < end; row++, index_advance(index, &params->outer))
        combine_row(job, a + index_offset(index, params->a_strides, rank),
                    b + index_offset(index, params->b_strides, rank), output + row * params->length, 0, params->length);
}

static void combine_elements(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct binary_job *job = context;
    combine_row(job, job->call->inputs[0].data, job->call->inputs[1].data, job->call->outputs[0].data, begin, end);
}

void binary(const struct kernel_call *call)
{
    struct binary_job job = {call->params, call};
    if (job.params->rows == 1)
        team_run(call->team, job.params->length, parallel_grain(1), combine_elements, &job);
    else
        team_run(call->team, job.params->rows, parallel_grain(job.params->length), combine_rows, &job);
}
