#include "onnx/elements.h"

#include <math.h>
#include <string.h>

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
static float float_from_half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    float fraction = (float)(bits & 1023), magnitude;
    if (exponent == 31)
        magnitude = fraction > 0.0f ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = ldexpf(fraction, -24);
    else
        magnitude = ldexpf(1024.0f + fraction, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

static float float_from_single(uint64_t bits)
{
    uint32_t single = (uint32_t)bits;
    float number;
    memcpy(&number, &single, sizeof number);
    return number;
}

/* The upper half of a float32. */
static float float_from_bfloat(uint64_t bits)
{
    return float_from_single(bits << 16);
}

static float float_from_double(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return (float)number;
}

static int64_t int64_from_signed(uint64_t bits, unsigned width)
{
    uint64_t sign = (uint64_t)1 << (width - 1);
    return (int64_t)((bits ^ sign) - sign);
}

static int64_t int64_from_unsigned(uint64_t bits, unsigned width)
{
    (void)width;
    return (int64_t)bits;
}

static int64_t int64_from_boolean(uint64_t bits, unsigned width)
{
    (void)width;
    return bits != 0;
}

static const struct element_type element_types[] = {
    {ONNX_FLOAT, 32, FIELD_FLOAT, float_from_single, NULL}, {2, 8, FIELD_INT32, NULL, int64_from_unsigned},
    {3, 8, FIELD_INT32, NULL, int64_from_signed},           {4, 16, FIELD_INT32, NULL, int64_from_unsigned},
    {5, 16, FIELD_INT32, NULL, int64_from_signed},          {6, 32, FIELD_INT32, NULL, int64_from_signed},
    {7, 64, FIELD_INT64, NULL, int64_from_signed},          {9, 8, FIELD_INT32, NULL, int64_from_boolean},
    {10, 16, FIELD_INT32, float_from_half, NULL},           {11, 64, FIELD_DOUBLE, float_from_double, NULL},
    {12, 32, FIELD_UINT64, NULL, int64_from_unsigned},      {ONNX_UINT64, 64, FIELD_UINT64, NULL, int64_from_unsigned},
    {16, 16, FIELD_INT32, float_from_bfloat, NULL},
};

const struct element_type *element_type_find(int32_t code)
{
    for (size_t i = 0; i < sizeof element_types / sizeof *element_types; i++)
        if (element_types[i].code == code)
            return &element_types[i];
    return NULL;
}

enum dtype element_type_dtype(const struct element_type *type)
{
    return type->to_float ? DTYPE_FLOAT32 : DTYPE_INT64;
}

const char *element_type_text(int32_t code)
{
    static const char *const texts[] = {
        "undefined",      "float",      "uint8",          "int8",       "uint16",     "int16",
        "int32",          "int64",      "string",         "bool",       "float16",    "double",
        "uint32",         "uint64",     "complex64",      "complex128", "bfloat16",   "float8e4m3fn",
        "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",       "float4e2m1",
        "float8e8m0",     "uint2",      "int2",           "float6e2m3", "float6e3m2",
    };
    return code >= 0 && (size_t)code < sizeof texts / sizeof *texts ? texts[code] : "unknown";
}

static uint64_t load_little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)bytes[i] << 8 * i;
    return bits;
}

size_t elements_in_field(const Onnx__TensorProto *tensor, const struct element_type *type)
{
    switch (type->field) {
    case FIELD_FLOAT:
        return tensor->n_float_data;
    case FIELD_DOUBLE:
        return tensor->n_double_data;
    case FIELD_INT32:
        return tensor->n_int32_data;
    case FIELD_INT64:
        return tensor->n_int64_data;
    case FIELD_UINT64:
        return tensor->n_uint64_data;
    }
    return 0;
}

static uint64_t field_bits(const Onnx__TensorProto *tensor, enum field field, size_t index)
{
    uint64_t bits = 0;
    uint32_t single;
    switch (field) {
    case FIELD_FLOAT:
        memcpy(&single, &tensor->float_data[index], sizeof single);
        return single;
    case FIELD_DOUBLE:
        memcpy(&bits, &tensor->double_data[index], sizeof bits);
        return bits;
    case FIELD_INT32:
        return (uint32_t)tensor->int32_data[index];
    case FIELD_INT64:
        return (uint64_t)tensor->int64_data[index];
    case FIELD_UINT64:
        return tensor->uint64_data[index];
    }
    return 0;
}

/* From `raw` or, where that is NULL, from the field. What a narrow element has in higher bits does not count. */
static void convert_each(const Onnx__TensorProto *tensor, const struct element_type *type, const uint8_t *raw,
                         size_t count, void *elements)
{
    const uint64_t mask = UINT64_MAX >> (64 - type->width);
    const size_t size = type->width / 8;
    float *floats = elements;
    int64_t *integers = elements;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = raw ? load_little_endian(raw + i * size, size) : field_bits(tensor, type->field, i) & mask;
        if (type->to_float)
            floats[i] = type->to_float(bits);
        else
            integers[i] = type->to_int64(bits, type->width);
    }
}

/* Most of what a model holds: worth a loop that the compiler turns into a copy. */
static void convert_raw_floats(const uint8_t *raw, size_t count, float *floats)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes = raw + 4 * i;
        uint32_t bits =
            (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        memcpy(&floats[i], &bits, sizeof bits);
    }
}

void elements_convert(const Onnx__TensorProto *tensor, const struct element_type *type, const uint8_t *raw,
                      size_t count, void *elements)
{
    if (raw && type->code == ONNX_FLOAT)
        convert_raw_floats(raw, count, elements);
    else
        convert_each(tensor, type, raw, count, elements);
}
