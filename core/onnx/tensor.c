#include "onnx/tensor.h"

#include <stdlib.h>

#include "base/error.h"
#include "graph/infer.h"
#include "onnx/elements.h"
#include "onnx/external.h"
#include "onnx/names.h"

#define LOCATION_EXTERNAL 1 /* TensorProto.DataLocation */
/* The largest networks of timm take a third. */
#define CONSTANTS_BYTES_MAX ((size_t)16 << 30)

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

/* Ours are signed. */
static enum senet_code check_range(const struct element_type *type, const char *what, size_t count,
                                   const int64_t *integers, struct senet_error *error)
{
    for (size_t i = 0; type->code == ONNX_UINT64 && i < count; i++)
        if (integers[i] < 0)
            return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "element %zu of %s is 2^63 or more", i, what);
    return SENET_OK;
}

/* All constants of a graph together: tensors may share external data, and a file of holes takes no room on a disk. */
static enum senet_code check_room(const struct graph *graph, const char *what, size_t bytes, struct senet_error *error)
{
    if (graph->arena->total > CONSTANTS_BYTES_MAX || bytes > CONSTANTS_BYTES_MAX - graph->arena->total)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "with %s the constants take more than %d GiB", what,
                               (int)(CONSTANTS_BYTES_MAX >> 30));
    return SENET_OK;
}

/* The elements in `graph`'s arena. The size of what is there is checked before room is made for it. */
static enum senet_code read_elements(const Onnx__TensorProto *tensor, const char *what, const char *directory,
                                     const struct element_type *type, size_t count, struct graph *graph,
                                     void **elements, struct senet_error *error)
{
    bool external = tensor->has_data_location && tensor->data_location == LOCATION_EXTERNAL;
    const uint8_t *raw = tensor->raw_data.len > 0 ? tensor->raw_data.data : NULL;
    size_t raw_size = count * (type->width / 8);
    uint8_t *read = NULL;
    if (!external && (raw ? tensor->raw_data.len != raw_size : elements_in_field(tensor, type) != count))
        return wrong_size(what, count, error);
    if (external) {
        enum senet_code code = check_room(graph, what, count * dtype_size(element_type_dtype(type)), error);
        if (!code)
            code = external_read(tensor, what, directory, raw_size, &read, error);
        if (code)
            return code;
        raw = read;
    }
    *elements = arena_alloc(graph->arena, count, dtype_size(element_type_dtype(type)));
    if (*elements)
        elements_convert(tensor, type, raw, count, *elements);
    free(read);
    return *elements ? check_range(type, what, count, *elements, error) : error_out_of_memory(error);
}

enum senet_code tensor_import(const Onnx__TensorProto *tensor, const char *what, const char *directory,
                              struct graph *graph, struct value **constant, struct senet_error *error)
{
    const struct element_type *type = element_type_find(tensor->data_type);
    if (!type)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s is of element type '%s', which is not supported",
                               what, element_type_text(tensor->data_type));
    struct senet_shape shape;
    void *elements = NULL;
    enum senet_code code = read_shape(tensor, what, element_type_dtype(type), &shape, error);
    if (!code)
        code =
            read_elements(tensor, what, directory, type, (size_t)senet_shape_elements(&shape), graph, &elements, error);
    if (code)
        return code;
    const char *name = arena_strdup(graph->arena, name_or_empty(tensor->name));
    struct value *value = name ? graph_add_constant(graph, name, element_type_dtype(type), &shape, elements) : NULL;
    if (!value)
        return error_out_of_memory(error);
    *constant = value;
    return SENET_OK;
}
