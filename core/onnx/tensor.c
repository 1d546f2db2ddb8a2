#include "onnx/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/infer.h"
#include "onnx/external.h"

#define LOCATION_EXTERNAL 1 /* TensorProto.DataLocation */

static uint32_t load_little_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint64_t load_little_endian_64(const uint8_t *bytes)
{
    return (uint64_t)load_little_endian_32(bytes) | (uint64_t)load_little_endian_32(bytes + 4) << 32;
}

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
static float half_to_float(uint32_t half)
{
    int exponent = (int)(half >> 10 & 31);
    float fraction = (float)(half & 1023), magnitude;
    if (exponent == 31)
        magnitude = fraction > 0.0f ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = ldexpf(fraction, -24);
    else
        magnitude = ldexpf(1024.0f + fraction, exponent - 25);
    return half & 0x8000 ? -magnitude : magnitude;
}

/* Elements as they stand in raw_data and in external files. */

static void decode_floats(const uint8_t *bytes, size_t count, void *elements)
{
    float *floats = elements;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = load_little_endian_32(bytes + 4 * i);
        memcpy(&floats[i], &bits, sizeof bits);
    }
}

static void decode_halves(const uint8_t *bytes, size_t count, void *elements)
{
    float *floats = elements;
    for (size_t i = 0; i < count; i++)
        floats[i] = half_to_float((uint32_t)bytes[2 * i] | (uint32_t)bytes[2 * i + 1] << 8);
}

static void decode_doubles(const uint8_t *bytes, size_t count, void *elements)
{
    float *floats = elements;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = load_little_endian_64(bytes + 8 * i);
        double number;
        memcpy(&number, &bits, sizeof bits);
        floats[i] = (float)number;
    }
}

static void decode_int64s(const uint8_t *bytes, size_t count, void *elements)
{
    int64_t *integers = elements;
    for (size_t i = 0; i < count; i++)
        integers[i] = (int64_t)load_little_endian_64(bytes + 8 * i);
}

static void decode_int32s(const uint8_t *bytes, size_t count, void *elements)
{
    int64_t *integers = elements;
    for (size_t i = 0; i < count; i++)
        integers[i] = (int32_t)load_little_endian_32(bytes + 4 * i);
}

static void decode_booleans(const uint8_t *bytes, size_t count, void *elements)
{
    int64_t *integers = elements;
    for (size_t i = 0; i < count; i++)
        integers[i] = bytes[i] != 0;
}

/*
 * Elements as they stand in the field for their type, which has to hold `count`. Nothing is copied while
 * `elements` is NULL: the length is to be checked before room is made.
 */

static bool copy_floats(const Onnx__TensorProto *tensor, size_t count, void *elements)
{
    if (elements && count > 0)
        memcpy(elements, tensor->float_data, count * sizeof(float));
    return tensor->n_float_data == count;
}

static bool copy_doubles(const Onnx__TensorProto *tensor, size_t count, void *elements)
{
    float *floats = elements;
    for (size_t i = 0; floats && i < count; i++)
        floats[i] = (float)tensor->double_data[i];
    return tensor->n_double_data == count;
}

static bool copy_int64s(const Onnx__TensorProto *tensor, size_t count, void *elements)
{
    if (elements && count > 0)
        memcpy(elements, tensor->int64_data, count * sizeof(int64_t));
    return tensor->n_int64_data == count;
}

static bool copy_int32s(const Onnx__TensorProto *tensor, size_t count, void *elements)
{
    int64_t *integers = elements;
    for (size_t i = 0; integers && i < count; i++)
        integers[i] = tensor->int32_data[i];
    return tensor->n_int32_data == count;
}

static bool copy_halves(const Onnx__TensorProto *tensor, size_t count, void *elements)
{
    float *floats = elements;
    for (size_t i = 0; floats && i < count; i++)
        floats[i] = half_to_float((uint32_t)tensor->int32_data[i]);
    return tensor->n_int32_data == count;
}

struct element_type {
    int32_t code; /* TensorProto.DataType */
    size_t raw_bytes;
    enum dtype dtype;
    void (*decode)(const uint8_t *bytes, size_t count, void *elements);
    bool (*copy)(const Onnx__TensorProto *tensor, size_t count, void *elements);
};

static const struct element_type element_types[] = {
    {ONNX_FLOAT, 4, DTYPE_FLOAT32, decode_floats, copy_floats},
    {6, 4, DTYPE_INT64, decode_int32s, copy_int32s},
    {7, 8, DTYPE_INT64, decode_int64s, copy_int64s},
    {9, 1, DTYPE_INT64, decode_booleans, copy_int32s},
    {10, 2, DTYPE_FLOAT32, decode_halves, copy_halves},
    {11, 8, DTYPE_FLOAT32, decode_doubles, copy_doubles},
};

static const struct element_type *find_element_type(int32_t code)
{
    for (size_t i = 0; i < sizeof element_types / sizeof *element_types; i++)
        if (element_types[i].code == code)
            return &element_types[i];
    return NULL;
}

static enum senet_code read_shape(const Onnx__TensorProto *tensor, const char *what, enum dtype dtype,
                                  struct senet_shape *shape, struct senet_error *error)
{
    int64_t bytes;
    if (tensor->n_dims > SENET_MAX_RANK)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s has %zu dimensions, at most %d are supported", what,
                               tensor->n_dims, SENET_MAX_RANK);
    *shape = (struct senet_shape){(int)tensor->n_dims, {0}};
    for (int axis = 0; axis < shape->rank; axis++)
        shape->dim[axis] = tensor->dims[axis];
    if (!shape_bytes(shape, dtype, &bytes))
        return senet_error_set(error, SENET_MODEL_MALFORMED, "%s has an impossible shape", what);
    return SENET_OK;
}

static enum senet_code wrong_size(const char *what, size_t count, struct senet_error *error)
{
    return senet_error_set(error, SENET_MODEL_MALFORMED, "%s does not hold the %zu elements that its shape promises",
                           what, count);
}

/* The elements in `graph`'s arena. The size of what is there is checked before room is made for it. */
static enum senet_code read_elements(const Onnx__TensorProto *tensor, const char *what, const char *directory,
                                     const struct element_type *type, size_t count, struct graph *graph,
                                     void **elements, struct senet_error *error)
{
    bool external = tensor->has_data_location && tensor->data_location == LOCATION_EXTERNAL;
    const uint8_t *raw = tensor->raw_data.len > 0 ? tensor->raw_data.data : NULL;
    uint8_t *read = NULL;
    if (external) {
        enum senet_code code = external_read(tensor, what, directory, count * type->raw_bytes, &read, error);
        if (code)
            return code;
        raw = read;
    } else if (raw ? tensor->raw_data.len != count * type->raw_bytes : !type->copy(tensor, count, NULL)) {
        return wrong_size(what, count, error);
    }
    *elements = arena_alloc(graph->arena, count, dtype_size(type->dtype));
    if (*elements && raw)
        type->decode(raw, count, *elements);
    else if (*elements)
        type->copy(tensor, count, *elements);
    free(read);
    return *elements ? SENET_OK : error_out_of_memory(error);
}

enum senet_code tensor_import(const Onnx__TensorProto *tensor, const char *what, const char *directory,
                              struct graph *graph, struct value **constant, struct senet_error *error)
{
    const struct element_type *type = find_element_type(tensor->data_type);
    if (!type)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s is of element type %d, which is not supported", what,
                               (int)tensor->data_type);
    struct senet_shape shape;
    void *elements = NULL;
    enum senet_code code = read_shape(tensor, what, type->dtype, &shape, error);
    if (!code)
        code =
            read_elements(tensor, what, directory, type, (size_t)senet_shape_elements(&shape), graph, &elements, error);
    if (code)
        return code;
    const char *name = arena_strdup(graph->arena, tensor->name ? tensor->name : "");
    struct value *value = name ? graph_add_constant(graph, name, type->dtype, &shape, elements) : NULL;
    if (!value)
        return error_out_of_memory(error);
    *constant = value;
    return SENET_OK;
}
