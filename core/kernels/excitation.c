/*
 * The excitation, as graph/se_block.h defines it: two layers, each of which the team shares by rows. A row's sum does
 * not depend on who computes it. Workspace: the hidden layer of all images (N x R).
 */
#include "kernels/activation.h"
#include "kernels/gate.h"
#include "kernels/planar.h"
#include "kernels/sum.h"

/* out (images x rows) = activation(vectors (images x columns) * weights (rows x columns)^T + bias) */
struct layer_job {
    const float *vectors, *weights, *bias;
    int64_t rows, columns;
    const struct activation *activation;
    const float *override; /* or NULL */
    float *out;
};

/* Rows begin..end-1, counted through all images. */
static void layer_range(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct layer_job *job = context;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i % job->rows;
        const float *vector = job->vectors + i / job->rows * job->columns;
        job->out[i] = job->bias[row] + dot_floats(job->weights + row * job->columns, vector, job->columns);
    }
    epilogue_apply(job->activation, 0.0f, job->out + begin, end - begin);
    for (int64_t i = begin; job->override && i < end; i++)
        job->out[i] = gate_applied(job->override, i % job->rows, job->out[i]);
}

static void run_layer(struct team *team, int64_t images, struct layer_job *job)
{
    team_run(team, images * job->rows, parallel_grain(job->columns), layer_range, job);
}

/* Means, W1, b1, W2, b2 -> gate */
void excitation(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct se_block *block = node->se;
    int64_t images = call->inputs[0].shape->dim[0];
    struct layer_job hidden = {.vectors = call->inputs[0].data,
                               .weights = call->inputs[1].data,
                               .bias = call->inputs[2].data,
                               .rows = block->reduced,
                               .columns = call->inputs[0].shape->dim[1],
                               .activation = &block->activation,
                               .out = call->workspace};
    struct layer_job gate = {.vectors = call->workspace,
                             .weights = call->inputs[3].data,
                             .bias = call->inputs[4].data,
                             .rows = block->channels,
                             .columns = block->reduced,
                             .activation = &block->gate,
                             .override = call->gate_override,
                             .out = call->outputs[0].data};
    run_layer(call->team, images, &hidden);
    run_layer(call->team, images, &gate);
}

enum senet_code excitation_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    int64_t images = node->inputs[0]->shape.dim[0];
    setup->workspace_bytes = (size_t)(images * node->se->reduced) * sizeof(float);
    return prepare_node(node, setup, error);
}

/* The gate as the network computes it -> the gate as it is applied (N x C) */
void applied_gate(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->outputs[0].shape;
    const float *own = call->inputs[0].data;
    float *applied = call->outputs[0].data;
    for (int64_t i = 0; i < shape->dim[0] * shape->dim[1]; i++)
        applied[i] = gate_applied(call->gate_override, i % shape->dim[1], own[i]);
}
