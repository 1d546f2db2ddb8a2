#include "kernels/conv_epilogue.h"

static const float *operand(const struct kernel_call *call, const struct node *node, enum conv_input input)
{
    const struct tensor *tensor = optional_input(call, node, (int)input);
    return tensor ? tensor->data : NULL;
}

struct conv_operands conv_operands(const struct kernel_call *call, const struct node *node)
{
    const struct senet_shape *shape = call->outputs[0].shape;
    return (struct conv_operands){.activation = &node->activation,
                                  .bias = operand(call, node, CONV_BIAS),
                                  .residual = operand(call, node, CONV_RESIDUAL),
                                  .scale = operand(call, node, CONV_SCALE),
                                  .input_scale = operand(call, node, CONV_INPUT_SCALE),
                                  .channels = shape->dim[1],
                                  .pixels = senet_shape_elements(shape) / shape->dim[0] / shape->dim[1]};
}

/* The values are in the nearest cache: two loops over them cost less than one for each activation and operand. */
void conv_epilogue(const struct simd *simd, const struct conv_operands *operands, int64_t plane, int64_t first,
                   float *restrict values, int64_t count)
{
    float bias = operands->bias ? operands->bias[plane % operands->channels] : 0.0f;
    float scale = operands->scale ? operands->scale[plane] : 1.0f;
    if (operands->residual) {
        const float *restrict residual = operands->residual + plane * operands->pixels + first;
        for (int64_t i = 0; i < count; i++)
            values[i] = scale * (values[i] + bias) + residual[i];
        bias = 0.0f;
    } else if (operands->scale) {
        for (int64_t i = 0; i < count; i++)
            values[i] = scale * (values[i] + bias);
        bias = 0.0f;
    }
    if (bias != 0.0f || operands->activation->kind != ACTIVATION_NONE)
        simd->activate(operands->activation, bias, values, count);
}
