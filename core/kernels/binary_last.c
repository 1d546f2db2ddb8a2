/*
 * Arithmetic on a channels-last image and another, or one number a channel, or one number. The image gives the output
 * its shape; the other operand, where it is a constant, is laid out once.
 */
#include <string.h>

#include "base/error.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"

/* How an operand advances. A vector of channels repeats for each pixel. */
struct operand {
    const float *constant; /* or NULL: input of the call */
    int64_t pixel, image;  /* floats from pixel to pixel, from image to image */
};

struct binary {
    const struct simd *simd;
    enum combination combination;
    struct activation activation;
    struct operand operands[2];
    int64_t batch, pixels, pixel, whole;
};

struct binary_job {
    const struct binary *params;
    const float *inputs[2];
    float *output;
};

static bool find_combination(enum op op, enum combination *combination)
{
    static const struct {
        enum op op;
        enum combination combination;
    } rows[] = {{OP_ADD, COMBINE_ADD}, {OP_DIV, COMBINE_DIV}, {OP_MAX, COMBINE_MAX},     {OP_MIN, COMBINE_MIN},
                {OP_MUL, COMBINE_MUL}, {OP_SUB, COMBINE_SUB}, {OP_PRELU, COMBINE_PRELU}, {OP_SUM, COMBINE_ADD}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op) {
            *combination = rows[i].combination;
            return true;
        }
    return false;
}

static bool same_shape(const struct senet_shape *a, const struct senet_shape *b)
{
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

/* The last axes are one: (C,1,1) and (N,C,1,1) among them, and a single number. */
static bool is_channel_vector(const struct senet_shape *shape)
{
    if (senet_shape_elements(shape) == 1)
        return true;
    return shape->rank >= 3 && shape->rank <= 4 && shape->dim[shape->rank - 1] == 1 && shape->dim[shape->rank - 2] == 1;
}

/* One number that the network computes would have to be repeated at every run. */
static bool is_operand(const struct value *value, const struct senet_shape *output)
{
    const struct senet_shape *shape = &value->shape;
    if (is_channels_last(value))
        return same_shape(shape, output) || (is_channel_vector(shape) && shape->dim[1] == output->dim[1]);
    return value->data && value->dtype == DTYPE_FLOAT32 && is_channel_vector(shape) &&
           (shape->rank < 4 || shape->dim[0] == 1);
}

bool binary_last_accepts(const struct node *node)
{
    enum combination combination;
    const struct senet_shape *output = &node->outputs[0]->shape;
    if (!find_combination(node->op, &combination) || node->input_count != 2 || output->rank != 4)
        return false;
    bool image = false;
    for (int i = 0; i < 2; i++) {
        if (!is_operand(node->inputs[i], output))
            return false;
        image = image || (is_channels_last(node->inputs[i]) && same_shape(&node->inputs[i]->shape, output));
    }
    return image;
}

/* A constant's numbers, one for each channel. NULL when out of memory. */
static const float *spread(const struct value *value, int64_t channels, int64_t whole, struct kernel_setup *setup)
{
    float *vector = arena_alloc(setup->arena, (size_t)whole, sizeof *vector);
    const float *numbers = value->data;
    int64_t count = senet_shape_elements(&value->shape);
    for (int64_t channel = 0; vector && channel < channels; channel++)
        vector[channel] = numbers[count == 1 ? 0 : channel];
    return vector;
}

static bool prepare_operand(struct binary *params, struct operand *operand, const struct value *value,
                            const struct senet_shape *output, struct kernel_setup *setup)
{
    if (value->data) {
        operand->constant = spread(value, output->dim[1], params->whole, setup);
        return operand->constant != NULL;
    }
    bool image = same_shape(&value->shape, output);
    operand->pixel = image ? params->pixel : 0;
    operand->image = image                      ? params->pixels * params->pixel
                     : value->shape.dim[0] == 1 ? 0
                                                : layout_pixel_stride(&value->shape);
    return true;
}

enum senet_code binary_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct binary *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct senet_shape *shape = &node->outputs[0]->shape;
    params->simd = setup->simd;
    params->activation = node->activation;
    params->batch = shape->dim[0];
    params->pixels = shape->dim[2] * shape->dim[3];
    params->pixel = layout_pixel_stride(shape);
    params->whole = whole_channels(shape);
    find_combination(node->op, &params->combination);
    for (int i = 0; i < 2; i++) {
        if (!prepare_operand(params, &params->operands[i], node->inputs[i], shape, setup))
            return error_out_of_memory(error);
        setup->packed_inputs |= node->inputs[i]->data ? 1u << i : 0;
    }
    return SENET_OK;
}

/* Pixels, counted through all images. Two images are one long pixel. */
static void combine_pixels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct binary_job *job = context;
    const struct binary *params = job->params;
    const struct operand *a = &params->operands[0], *b = &params->operands[1];
    bool alike = a->pixel == params->pixel && b->pixel == params->pixel;
    for (int64_t next = begin; next < end;) {
        int64_t image = next / params->pixels, first = next % params->pixels;
        int64_t count = params->pixels - first < end - next ? params->pixels - first : end - next;
        const struct combination_row row = {
            .combination = params->combination,
            .a = job->inputs[0] + image * a->image + first * a->pixel,
            .b = job->inputs[1] + image * b->image + first * b->pixel,
            .out = job->output + next * params->pixel,
            .a_stride = a->pixel,
            .b_stride = b->pixel,
            .out_stride = params->pixel,
            .pixels = alike ? 1 : count,
            .channels = alike ? (count - 1) * params->pixel + params->whole : params->whole,
            .activation = params->activation,
        };
        params->simd->combine_row(&row);
        next += count;
    }
}

void binary_last(const struct kernel_call *call)
{
    struct binary_job job = {.params = call->params, .output = call->outputs[0].data};
    for (int i = 0; i < 2; i++)
        job.inputs[i] = job.params->operands[i].constant ? job.params->operands[i].constant : call->inputs[i].data;
    team_run(call->team, job.params->batch * job.params->pixels, parallel_grain(job.params->whole), combine_pixels,
             &job);
}
