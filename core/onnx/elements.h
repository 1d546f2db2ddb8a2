/* ONNX's element types -> ours: floats of all widths become float32, integers and booleans int64. */
#ifndef SENET_ONNX_ELEMENTS_H
#define SENET_ONNX_ELEMENTS_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

/* TensorProto.DataType, where one is meant in particular */
#define ONNX_FLOAT 1
#define ONNX_UINT64 13

/* Where a tensor holds its elements if not as bytes. */
enum field { FIELD_FLOAT, FIELD_DOUBLE, FIELD_INT32, FIELD_INT64, FIELD_UINT64 };

/* An element is its bits first, from wherever they are read, and then a number of one of our two types. */
struct element_type {
    int32_t code;   /* TensorProto.DataType */
    unsigned width; /* in bits */
    enum field field;
    float (*to_float)(uint64_t bits); /* one of these is NULL */
    int64_t (*to_int64)(uint64_t bits, unsigned width);
};

/* NULL for what is not read: strings, complex numbers, elements that share a byte, eight-bit floats. */
const struct element_type *element_type_find(int32_t code);

enum dtype element_type_dtype(const struct element_type *type);

/* As ONNX calls it, in small letters; also where element_type_find has none. */
const char *element_type_text(int32_t code);

/* How many the field for their type holds. */
size_t elements_in_field(const Onnx__TensorProto *tensor, const struct element_type *type);

/*
 * `count` elements from `raw`, little-endian, or from the field where that is NULL. `elements` has room for as many of
 * element_type_dtype. Booleans become 0 or 1; unsigned 64-bit integers above INT64_MAX become negative.
 */
void elements_convert(const Onnx__TensorProto *tensor, const struct element_type *type, const uint8_t *raw,
                      size_t count, void *elements);

#endif
