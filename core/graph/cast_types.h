/*
 * The types of elements as ONNX numbers them (TensorProto.DataType), and what Cast makes of a number. One row:
 *
 *   TYPE(symbol, number, dtype that holds it, from float x, from int64_t x)
 *
 * Integers narrower than 64 bits wrap, floats beyond int64 become its nearest number and NaN 0 first. A uint64 is
 * kept as the int64 of the same bits. Half precision is a float32 that has been rounded to what the type can hold.
 */
#ifndef SENET_GRAPH_CAST_TYPES_H
#define SENET_GRAPH_CAST_TYPES_H

#define CAST_TYPES(TYPE)                                                                                               \
    TYPE(FLOAT, 1, FLOAT32, x, (float)x)                                                                               \
    TYPE(UINT8, 2, INT64, (uint8_t)truncated(x), (uint8_t)x)                                                           \
    TYPE(INT8, 3, INT64, (int8_t)truncated(x), (int8_t)x)                                                              \
    TYPE(UINT16, 4, INT64, (uint16_t)truncated(x), (uint16_t)x)                                                        \
    TYPE(INT16, 5, INT64, (int16_t)truncated(x), (int16_t)x)                                                           \
    TYPE(INT32, 6, INT64, (int32_t)truncated(x), (int32_t)x)                                                           \
    TYPE(INT64, 7, INT64, truncated(x), x)                                                                             \
    TYPE(BOOL, 9, INT64, x != 0, x != 0)                                                                               \
    TYPE(FLOAT16, 10, FLOAT32, half(x), half((float)x))                                                                \
    TYPE(DOUBLE, 11, FLOAT32, x, (float)x)                                                                             \
    TYPE(UINT32, 12, INT64, (uint32_t)truncated(x), (uint32_t)x)                                                       \
    TYPE(UINT64, 13, INT64, truncated_unsigned(x), x)                                                                  \
    TYPE(BFLOAT16, 16, FLOAT32, brain_half(x), brain_half((float)x))

enum cast_type {
#define CAST_TYPE_ENUM(symbol, number, dtype, from_float, from_integer) CAST_##symbol = number,
    CAST_TYPES(CAST_TYPE_ENUM)
#undef CAST_TYPE_ENUM
};

#endif
