#include "onnx/tensor.h"

#include <stdlib.h>
#include <unistd.h>

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
    size_t taken = graph_contents_bytes(graph);
    if (taken > CONSTANTS_BYTES_MAX || bytes > CONSTANTS_BYTES_MAX - taken)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "with %s the constants take more than %d GiB", what,
                               (int)(CONSTANTS_BYTES_MAX >> 30));
    return SENET_OK;
}

/* The elements of one tensor, on their way. */
struct reading {
    const Onnx__TensorProto *tensor;
    const char *what, *directory;
    const struct element_type *type;
    size_t count, raw_size; /* elements; bytes that they take in little-endian bytes */
    struct source source;   /* of these bytes; of no size where the elements are in the field for their type */
    size_t offset;
};

static bool is_external(const Onnx__TensorProto *tensor)
{
    return tensor->has_data_location && tensor->data_location == LOCATION_EXTERNAL;
}

/* Also that as many elements are there as the shape promises. */
static enum senet_code find_elements(struct reading *reading, const struct raw_data *raw, struct senet_error *error)
{
    const Onnx__TensorProto *tensor = reading->tensor;
    size_t size = raw ? raw->extent.end - raw->extent.begin : tensor->raw_data.len;
    if (is_external(tensor))
        return external_open(tensor, reading->what, reading->directory, reading->raw_size, &reading->source,
                             &reading->offset, error);
    if (size == 0)
        return elements_in_field(tensor, reading->type) == reading->count
                   ? SENET_OK
                   : wrong_size(reading->what, reading->count, error);
    if (size != reading->raw_size)
        return wrong_size(reading->what, reading->count, error);
    reading->source = raw ? *raw->source : (struct source){.bytes = tensor->raw_data.data, .size = size};
    reading->offset = raw ? raw->extent.begin : 0;
    return SENET_OK;
}

/* Whether the bytes of the file are the elements already. */
static bool is_native(const struct element_type *type)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && type->width == 8 * dtype_size(element_type_dtype(type));
}

static enum senet_code convert_raw(const struct reading *reading, void *elements, struct senet_error *error)
{
    uint8_t *raw = malloc(reading->raw_size > 0 ? reading->raw_size : 1);
    if (!raw)
        return error_out_of_memory(error);
    enum senet_code code = source_read(&reading->source, reading->offset, raw, reading->raw_size, error);
    if (!code)
        elements_convert(reading->tensor, reading->type, raw, reading->count, elements);
    free(raw);
    return code;
}

static enum senet_code fill(const struct reading *reading, void *elements, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    if (reading->source.size == 0)
        elements_convert(reading->tensor, reading->type, NULL, reading->count, elements);
    else if (is_native(reading->type))
        code = source_read(&reading->source, reading->offset, elements, reading->raw_size, error);
    else
        code = convert_raw(reading, elements, error);
    return code ? code : check_range(reading->type, reading->what, reading->count, elements, error);
}

/* The size of what is there is checked before room is made for it. */
static enum senet_code read_elements(struct reading *reading, const struct raw_data *raw, struct graph *graph,
                                     void **elements, struct senet_error *error)
{
    const size_t size = dtype_size(element_type_dtype(reading->type));
    bool external = is_external(reading->tensor);
    enum senet_code code = external ? check_room(graph, reading->what, reading->count * size, error) : SENET_OK;
    if (!code)
        code = find_elements(reading, raw, error);
    if (code)
        return code;
    *elements = graph_new_contents(graph, reading->count, size);
    code = *elements ? fill(reading, *elements, error) : error_out_of_memory(error);
    if (external)
        close(reading->source.file);
    return code;
}

enum senet_code tensor_import(const Onnx__TensorProto *tensor, const struct raw_data *raw, const char *what,
                              const char *directory, struct graph *graph, struct value **constant,
                              struct senet_error *error)
{
    const struct element_type *type = element_type_find(tensor->data_type);
    if (!type)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s is of element type '%s', which is not supported",
                               what, element_type_text(tensor->data_type));
    struct senet_shape shape;
    void *elements = NULL;
    enum senet_code code = read_shape(tensor, what, element_type_dtype(type), &shape, error);
    if (code)
        return code;
    const size_t count = (size_t)senet_shape_elements(&shape);
    struct reading reading = {tensor, what, directory, type, count, count * (type->width / 8), {0}, 0};
    code = read_elements(&reading, raw, graph, &elements, error);
    if (code)
        return code;
    const char *name = arena_strdup(graph->arena, name_or_empty(tensor->name));
    struct value *value = name ? graph_add_constant(graph, name, element_type_dtype(type), &shape, elements) : NULL;
    if (!value)
        return error_out_of_memory(error);
    *constant = value;
    return SENET_OK;
}
