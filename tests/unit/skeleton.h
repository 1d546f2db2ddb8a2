/*
 * Networks whose structure is a file and whose weights are not: each float initialiser without data is drawn here, the
 * same numbers in every run. They are scaled so that activations neither vanish nor grow, however many layers come.
 */
#ifndef SENET_TESTS_SKELETON_H
#define SENET_TESTS_SKELETON_H

#include "files.h"
#include "onnx.pb-c.h"

#define SKELETON_FLOAT 1 /* TensorProto.DataType */

/* Numbers lie in low..high, times 1 / sqrt(fan-in) where they are multiplied by activations and summed. */
struct skeleton_role {
    const char *op_type;
    size_t input;
    float low, high;
    bool scaled;
};

/*
 * Uniform, of variance 1.6 / fan-in. A ReLU takes half of the variance away, so 2 would keep it; but residual sums add
 * to it, and where numbers are large, a gate that lies between 0 and 1 is what is left of larger terms: the rounding of
 * two orders of summation would show. Separable units have no shortcut that makes up for their gates of about a half.
 */
#define SKELETON_REACH 2.2f
#define SKELETON_DEPTHWISE 1.7f /* times that */

static const struct skeleton_role skeleton_roles[] = {
    {"Conv", 1, -SKELETON_REACH, SKELETON_REACH, true},   {"Gemm", 1, -SKELETON_REACH, SKELETON_REACH, true},
    {"MatMul", 1, -SKELETON_REACH, SKELETON_REACH, true}, {"BatchNormalization", 1, 0.5f, 1.5f, false}, /* scale */
    {"BatchNormalization", 4, 0.5f, 1.5f, false},                                                       /* variance */
};
static const struct skeleton_role skeleton_bias = {"", 0, -0.3f, 0.3f, false};

static inline const struct skeleton_role *skeleton_find_role(const char *op_type, size_t input)
{
    for (size_t i = 0; i < sizeof skeleton_roles / sizeof *skeleton_roles; i++)
        if (skeleton_roles[i].input == input && !strcmp(skeleton_roles[i].op_type, op_type))
            return &skeleton_roles[i];
    return &skeleton_bias;
}

/* By the first node that reads the initialiser. */
static inline const struct skeleton_role *skeleton_role_of(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t n = 0; n < graph->n_node; n++)
        for (size_t i = 0; i < graph->node[n]->n_input; i++)
            if (!strcmp(graph->node[n]->input[i], name))
                return skeleton_find_role(graph->node[n]->op_type, i);
    ck_abort_msg("nobody reads %s", name);
    return NULL;
}

/* Conv and Gemm (exported with transB) have their outputs on axis 0, MatMul its inputs. */
static inline float skeleton_fan_in(const Onnx__TensorProto *tensor, const struct skeleton_role *role, size_t count)
{
    if (!strcmp(role->op_type, "MatMul"))
        return (float)tensor->dims[0];
    return (float)count / (float)tensor->dims[0];
}

static inline void skeleton_draw(Onnx__TensorProto *tensor, const struct skeleton_role *role, uint32_t *seed)
{
    size_t count = 1;
    for (size_t axis = 0; axis < tensor->n_dims; axis++)
        count *= (size_t)tensor->dims[axis];
    float *numbers = malloc(count * sizeof *numbers); /* protobuf-c frees it */
    ck_assert_ptr_nonnull(numbers);
    float scale = role->scaled ? 1 / sqrtf(skeleton_fan_in(tensor, role, count)) : 1;
    if (role->scaled && tensor->n_dims == 4 && tensor->dims[1] == 1)
        scale *= SKELETON_DEPTHWISE;
    float middle = (role->high + role->low) / 2, reach = (role->high - role->low) / 2;
    for (size_t i = 0; i < count; i++)
        numbers[i] = scale * (middle + reach * harness_random(seed));
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){count * sizeof *numbers, (uint8_t *)numbers};
}

/* The whole network as a file would have it. The caller frees the data. */
static inline struct bytes skeleton_read(const char *path, uint32_t seed)
{
    struct bytes file = files_read(path);
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, file.size, (const uint8_t *)file.data);
    ck_assert_msg(model && model->graph, "%s is no ONNX file", path);
    free(file.data);
    for (size_t i = 0; i < model->graph->n_initializer; i++) {
        Onnx__TensorProto *tensor = model->graph->initializer[i];
        if (tensor->data_type == SKELETON_FLOAT && !tensor->raw_data.len && !tensor->n_float_data)
            skeleton_draw(tensor, skeleton_role_of(model->graph, tensor->name), &seed);
    }
    struct bytes drawn = {.size = onnx__model_proto__get_packed_size(model)};
    drawn.data = malloc(drawn.size);
    ck_assert_ptr_nonnull(drawn.data);
    onnx__model_proto__pack(model, (uint8_t *)drawn.data);
    onnx__model_proto__free_unpacked(model, NULL);
    return drawn;
}

#endif
