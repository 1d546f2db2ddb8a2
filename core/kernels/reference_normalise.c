/* The normalisations by statistics of the tensor itself, of a file, or of neighbouring channels. */
#include <math.h>

#include "kernels/activation.h"
#include "kernels/normalise.h"
#include "kernels/reference.h"

/* The number that element `i` of the tensor takes. */
static double affine_value(const struct affine *affine, const float *numbers, int64_t i)
{
    return (double)numbers[i / affine->pitch % affine->count];
}

static void line_statistics(const struct normalisation *form, const float *line, double *mean, double *inverse)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; form->centred && i < form->length; i++)
        sum += (double)line[i];
    *mean = sum / (double)form->length;
    for (int64_t i = 0; i < form->length; i++)
        squares += ((double)line[i] - *mean) * ((double)line[i] - *mean);
    *inverse = 1 / sqrt(squares / (double)form->length + (double)form->epsilon);
}

/* X, scale, bias -> Y, and where wanted the mean and 1 / standard deviation of each line. */
void reference_normalise(const struct kernel_call *call)
{
    const struct normalise *params = call->params;
    const struct normalisation *form = &params->form;
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    for (int64_t line = 0; line < form->lines; line++) {
        double mean, inverse;
        line_statistics(form, input + line * form->length, &mean, &inverse);
        for (int64_t i = line * form->length; i < (line + 1) * form->length; i++) {
            double scale = affine_value(&form->scale, call->inputs[1].data, i);
            double bias = form->has_bias ? affine_value(&form->bias, call->inputs[2].data, i) : 0;
            output[i] = (float)(((double)input[i] - mean) * inverse * scale + bias);
        }
        if (params->says_mean)
            ((float *)call->outputs[1].data)[line] = (float)mean;
        if (params->says_deviation)
            ((float *)call->outputs[2].data)[line] = (float)inverse;
    }
}

/* X (N,C,...), scale, bias, mean, variance (C): scale * (X - mean) / sqrt(variance + epsilon) + bias. */
void reference_batch_normalization(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data, *scale = call->inputs[1].data, *bias = call->inputs[2].data;
    const float *mean = call->inputs[3].data, *variance = call->inputs[4].data;
    float *output = call->outputs[0].data;
    double epsilon = (double)node_attribute_float(node, "epsilon", 1e-5f);
    int64_t elements = senet_shape_elements(shape), pixels = elements / (shape->dim[0] * shape->dim[1]);
    for (int64_t i = 0; i < elements; i++) {
        int64_t channel = i / pixels % shape->dim[1];
        double deviation = sqrt((double)variance[channel] + epsilon);
        double value = ((double)input[i] - (double)mean[channel]) / deviation;
        output[i] =
            activation_value(&node->activation, (float)(value * (double)scale[channel] + (double)bias[channel]));
    }
}

/* X (N,C,...): X / (bias + alpha / size * sum of X^2 over `size` channels around) ^ beta. */
void reference_lrn(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    double alpha = (double)node_attribute_float(node, "alpha", 1e-4f);
    double beta = (double)node_attribute_float(node, "beta", 0.75f);
    double bias = (double)node_attribute_float(node, "bias", 1);
    int64_t size = node_attribute_int(node, "size", 1), channels = shape->dim[1];
    int64_t elements = senet_shape_elements(shape), pixels = elements / (shape->dim[0] * channels);
    for (int64_t i = 0; i < elements; i++) {
        int64_t channel = i / pixels % channels, below = (size - 1) / 2, above = size - 1 - below;
        below = below < channel ? below : channel;
        above = above < channels - 1 - channel ? above : channels - 1 - channel;
        double sum = 0;
        for (int64_t other = -below; other <= above; other++)
            sum += (double)input[i + other * pixels] * (double)input[i + other * pixels];
        output[i] = (float)((double)input[i] / pow(bias + alpha / (double)size * sum, beta));
    }
}
