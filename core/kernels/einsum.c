#include "graph/einsum.h"

#include "kernels/planar.h"

enum senet_code einsum_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct einsum *params = prepare_params(setup, sizeof *params, error);
    return params ? einsum_read(node, params, error) : error->code;
}

/* Each output is a sum over products of one element of each operand: see graph/einsum.h. */
void einsum(const struct kernel_call *call)
{
    const struct einsum *params = call->params;
    int64_t index[SENET_MAX_RANK] = {0};
    int64_t outputs = senet_shape_elements(&params->output), terms = senet_shape_elements(&params->summed);
    float *output = call->outputs[0].data;
    for (int64_t i = 0; i < outputs; i++, index_advance(index, &params->output)) {
        int64_t inner[SENET_MAX_RANK] = {0}, first[EINSUM_OPERANDS];
        double sum = 0;
        for (int operand = 0; operand < params->operand_count; operand++)
            first[operand] = index_offset(index, params->operands[operand].output, params->output.rank);
        for (int64_t j = 0; j < terms; j++, index_advance(inner, &params->summed)) {
            double product = 1;
            for (int operand = 0; operand < params->operand_count; operand++)
                product *= (double)((const float *)call->inputs[operand]
                                        .data)[first[operand] + index_offset(inner, params->operands[operand].summed,
                                                                             params->summed.rank)];
            sum += product;
        }
        output[i] = (float)sum;
    }
}
