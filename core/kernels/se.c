/*
 * Squeeze-and-Excitation, as graph/se_block.h defines it: U -> squeeze -> excitation -> rescale. Workspace: the
 * squeezed means (N x C), then the hidden layer of one image (R).
 */
#include <cblas.h>
#include <limits.h>
#include <string.h>

#include "kernels/activation.h"
#include "kernels/blas.h"
#include "kernels/planar.h"
#include "kernels/rescale.h"
#include "kernels/sum.h"

struct se_job {
    const float *input;
    float *means;
    int64_t pixels;
};

bool se_accepts(const struct node *node)
{
    return node->se->channels <= INT_MAX && node->se->reduced <= INT_MAX; /* OpenBLAS counts in int */
}

enum senet_code se_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    (void)error;
    blas_use_one_thread();
    int64_t floats = node->inputs[0]->shape.dim[0] * node->se->channels + node->se->reduced;
    setup->workspace_bytes = (size_t)floats * sizeof(float);
    setup->params = node;
    return SENET_OK;
}

/* z_c = mean of u_c; planes are counted through all images. */
static void squeeze(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct se_job *job = context;
    for (int64_t plane = begin; plane < end; plane++)
        job->means[plane] = sum_floats(job->input + plane * job->pixels, job->pixels) / (float)job->pixels;
}

/* out = activation(weights (rows x columns) * vector + bias) */
static void fully_connected(const float *weights, const float *bias, int64_t rows, int64_t columns,
                            const struct activation *activation, const float *vector, float *out)
{
    memcpy(out, bias, (size_t)rows * sizeof *out);
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)rows, (int)columns, 1.0f, weights, (int)columns, vector, 1, 1.0f, out,
                1);
    epilogue_apply(activation, 0.0f, out, rows);
}

/* s = gate(W2 activation(W1 z + b1) + b2), for one image; an override replaces what it names. */
static void excite(const struct kernel_call *call, const struct se_block *block, const float *means, float *hidden,
                   float *gate)
{
    fully_connected(call->inputs[1].data, call->inputs[2].data, block->reduced, block->channels, &block->activation,
                    means, hidden);
    fully_connected(call->inputs[3].data, call->inputs[4].data, block->channels, block->reduced, &block->gate, hidden,
                    gate);
    for (int64_t channel = 0; call->gate_override && channel < block->channels; channel++)
        gate[channel] = gate_applied(call->gate_override, channel, gate[channel]);
}

void se(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct se_block *block = node->se;
    const struct senet_shape *shape = call->inputs[0].shape;
    int64_t planes = shape->dim[0] * block->channels;
    struct se_job job = {
        .input = call->inputs[0].data, .means = call->workspace, .pixels = shape->dim[2] * shape->dim[3]};
    float *hidden = job.means + planes, *gates = call->outputs[1].data;
    team_run(call->team, planes, parallel_grain(job.pixels), squeeze, &job);
    for (int64_t first = 0; first < planes; first += block->channels)
        excite(call, block, job.means + first, hidden, gates + first);
    rescale_planes(call->team, planes, job.pixels, gates, job.input, &node->activation, call->outputs[0].data);
}
