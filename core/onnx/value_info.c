#include "onnx/value_info.h"

#include "base/error.h"
#include "onnx/elements.h"

/* Some exporters spell an open dimension -1. */
static enum senet_code read_dimension(const Onnx__ValueInfoProto *proto, int axis, int64_t *size,
                                      struct senet_error *error)
{
    const Onnx__TensorShapeProto__Dimension *dim = proto->type->tensor_type->shape->dim[axis];
    *size = dim->has_dim_value ? dim->dim_value : -1;
    if (*size > 0 || *size == -1)
        return SENET_OK;
    return senet_error_set(error, *size ? SENET_MODEL_MALFORMED : SENET_MODEL_UNSUPPORTED,
                           "dimension %d of input '%.120s' is %lld", axis, proto->name, (long long)*size);
}

static enum senet_code read_shape(const Onnx__ValueInfoProto *proto, struct senet_shape *shape,
                                  struct senet_error *error)
{
    const Onnx__TensorShapeProto *given = proto->type->tensor_type->shape;
    if (!given)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "input '%.120s' has no shape", proto->name);
    if (given->n_dim > SENET_MAX_RANK)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED,
                               "input '%.120s' has %zu dimensions, at most %d are supported", proto->name, given->n_dim,
                               SENET_MAX_RANK);
    *shape = (struct senet_shape){.rank = (int)given->n_dim};
    enum senet_code code = SENET_OK;
    for (int axis = 0; !code && axis < shape->rank; axis++)
        code = read_dimension(proto, axis, &shape->dim[axis], error);
    return code;
}

enum senet_code value_info_import(const Onnx__ValueInfoProto *proto, struct value *value, struct senet_error *error)
{
    const Onnx__TypeProto__Tensor *tensor = proto->type ? proto->type->tensor_type : NULL;
    if (!tensor)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "input '%.120s' is not a tensor", proto->name);
    const struct element_type *type = element_type_find(tensor->elem_type);
    if (!type)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED,
                               "input '%.120s' is of element type '%s', which is not supported", proto->name,
                               element_type_text(tensor->elem_type));
    value->dtype = element_type_dtype(type);
    return read_shape(proto, &value->shape, error);
}
