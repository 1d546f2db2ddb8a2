#include "onnx/attributes.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "graph/infer.h"
#include "onnx/names.h"
#include "onnx/tensor.h"

/* AttributeProto.AttributeType of each of ours. */
static const struct {
    int32_t code;
    enum attribute_type type;
} type_codes[] = {
    {1, ATTRIBUTE_FLOAT},  {2, ATTRIBUTE_INT},    {3, ATTRIBUTE_STRING},
    {4, ATTRIBUTE_TENSOR}, {6, ATTRIBUTE_FLOATS}, {7, ATTRIBUTE_INTS},
};

/* What they all are called. */
static const char *type_text(int32_t code)
{
    static const char *const texts[] = {
        "undefined", "float",   "int",    "string",        "tensor",         "graph",      "floats",      "ints",
        "strings",   "tensors", "graphs", "sparse tensor", "sparse tensors", "type proto", "type protos",
    };
    return code >= 0 && (size_t)code < sizeof texts / sizeof *texts ? texts[code] : "unknown";
}

/* ONNX gives a name the same type in all operators of ours, "value" excepted. */
static const struct {
    const char *name;
    enum attribute_type type;
} known_attributes[] = {
    {"allowzero", ATTRIBUTE_INT},
    {"alpha", ATTRIBUTE_FLOAT},
    {"antialias", ATTRIBUTE_INT},
    {"approximate", ATTRIBUTE_STRING},
    {"auto_pad", ATTRIBUTE_STRING},
    {"axes", ATTRIBUTE_INTS},
    {"axis", ATTRIBUTE_INT},
    {"batch_axis", ATTRIBUTE_INT},
    {"batch_dims", ATTRIBUTE_INT},
    {"beta", ATTRIBUTE_FLOAT},
    {"bias", ATTRIBUTE_FLOAT},
    {"blocksize", ATTRIBUTE_INT},
    {"ceil_mode", ATTRIBUTE_INT},
    {"coordinate_transformation_mode", ATTRIBUTE_STRING},
    {"count_include_pad", ATTRIBUTE_INT},
    {"cubic_coeff_a", ATTRIBUTE_FLOAT},
    {"detect_negative", ATTRIBUTE_INT},
    {"detect_positive", ATTRIBUTE_INT},
    {"dilations", ATTRIBUTE_INTS},
    {"direction", ATTRIBUTE_STRING},
    {"dtype", ATTRIBUTE_INT},
    {"end", ATTRIBUTE_INT},
    {"ends", ATTRIBUTE_INTS},
    {"epsilon", ATTRIBUTE_FLOAT},
    {"equation", ATTRIBUTE_STRING},
    {"exclude_outside", ATTRIBUTE_INT},
    {"exclusive", ATTRIBUTE_INT},
    {"extrapolation_value", ATTRIBUTE_FLOAT},
    {"fmod", ATTRIBUTE_INT},
    {"gamma", ATTRIBUTE_FLOAT},
    {"group", ATTRIBUTE_INT},
    {"is_test", ATTRIBUTE_INT},
    {"k", ATTRIBUTE_INT},
    {"keep_aspect_ratio_policy", ATTRIBUTE_STRING},
    {"keepdims", ATTRIBUTE_INT},
    {"kernel_shape", ATTRIBUTE_INTS},
    {"lambd", ATTRIBUTE_FLOAT},
    {"largest", ATTRIBUTE_INT},
    {"max", ATTRIBUTE_FLOAT},
    {"min", ATTRIBUTE_FLOAT},
    {"mode", ATTRIBUTE_STRING},
    {"nearest_mode", ATTRIBUTE_STRING},
    {"noop_with_empty_axes", ATTRIBUTE_INT},
    {"num_groups", ATTRIBUTE_INT},
    {"num_outputs", ATTRIBUTE_INT},
    {"output_padding", ATTRIBUTE_INTS},
    {"output_shape", ATTRIBUTE_INTS},
    {"p", ATTRIBUTE_INT},
    {"pads", ATTRIBUTE_INTS},
    {"perm", ATTRIBUTE_INTS},
    {"reduction", ATTRIBUTE_STRING},
    {"reverse", ATTRIBUTE_INT},
    {"scales", ATTRIBUTE_FLOATS},
    {"select_last_index", ATTRIBUTE_INT},
    {"size", ATTRIBUTE_INT},
    {"sorted", ATTRIBUTE_INT},
    {"spatial", ATTRIBUTE_INT},
    {"split", ATTRIBUTE_INTS},
    {"start", ATTRIBUTE_INT},
    {"starts", ATTRIBUTE_INTS},
    {"stash_type", ATTRIBUTE_INT},
    {"storage_order", ATTRIBUTE_INT},
    {"strides", ATTRIBUTE_INTS},
    {"time_axis", ATTRIBUTE_INT},
    {"to", ATTRIBUTE_INT},
    {"training_mode", ATTRIBUTE_INT},
    {"transA", ATTRIBUTE_INT},
    {"transB", ATTRIBUTE_INT},
    {"upper", ATTRIBUTE_INT},
    {"value_float", ATTRIBUTE_FLOAT},
    {"value_floats", ATTRIBUTE_FLOATS},
    {"value_int", ATTRIBUTE_INT},
    {"value_ints", ATTRIBUTE_INTS},
};

static enum senet_code read_type(const Onnx__AttributeProto *proto, const struct node *node,
                                 struct attribute *attribute, struct senet_error *error)
{
    bool found = false;
    for (size_t i = 0; i < sizeof type_codes / sizeof *type_codes; i++)
        if (type_codes[i].code == proto->type) {
            attribute->type = type_codes[i].type;
            found = true;
        }
    if (!found)
        return node_unsupported(node, error, "attribute '%.60s' is of type '%s', which is not supported",
                                attribute->name, type_text(proto->type));
    for (size_t i = 0; i < sizeof known_attributes / sizeof *known_attributes; i++)
        if (!strcmp(known_attributes[i].name, attribute->name) && known_attributes[i].type != attribute->type)
            return node_malformed(node, error, "attribute '%s' is of the wrong type", attribute->name);
    return SENET_OK;
}

/* One element longer than its source, and that is zero: strings end, and empty lists are not NULL. */
static void *copy(struct arena *arena, const void *source, size_t count, size_t size)
{
    char *copied = arena_alloc(arena, count + 1, size);
    if (copied && count > 0)
        memcpy(copied, source, count * size);
    return copied;
}

static enum senet_code read_tensor(const Onnx__AttributeProto *proto, const char *directory, struct graph *graph,
                                   const struct node *node, struct attribute *attribute, struct senet_error *error)
{
    char described[192], what[208];
    if (!proto->t)
        return node_malformed(node, error, "attribute '%.60s' lacks its tensor", attribute->name);
    snprintf(what, sizeof what, "the tensor of %s", node_describe(node, described, sizeof described));
    return tensor_import(proto->t, NULL, what, directory, graph, &attribute->tensor, error);
}

static enum senet_code read_attribute(const Onnx__AttributeProto *proto, const char *directory, struct graph *graph,
                                      const struct node *node, struct attribute *attribute, struct senet_error *error)
{
    const void *copied = attribute->name = arena_strdup(graph->arena, name_or_empty(proto->name));
    if (!copied)
        return error_out_of_memory(error);
    if (*name_or_empty(proto->ref_attr_name))
        return node_malformed(node, error, "attribute '%.60s' refers to one of a function, and is in none",
                              attribute->name);
    enum senet_code code = read_type(proto, node, attribute, error);
    if (code)
        return code;
    switch (attribute->type) {
    case ATTRIBUTE_INT:
        attribute->i = proto->i;
        break;
    case ATTRIBUTE_FLOAT:
        attribute->f = proto->f;
        break;
    case ATTRIBUTE_STRING:
        copied = attribute->s = copy(graph->arena, proto->s.data, proto->s.len, 1);
        break;
    case ATTRIBUTE_INTS:
        attribute->count = proto->n_ints;
        copied = attribute->ints = copy(graph->arena, proto->ints, proto->n_ints, sizeof(int64_t));
        break;
    case ATTRIBUTE_FLOATS:
        attribute->count = proto->n_floats;
        copied = attribute->floats = copy(graph->arena, proto->floats, proto->n_floats, sizeof(float));
        break;
    case ATTRIBUTE_TENSOR:
        return read_tensor(proto, directory, graph, node, attribute, error);
    }
    return copied ? SENET_OK : error_out_of_memory(error);
}

enum senet_code attributes_import(const Onnx__NodeProto *proto, const char *directory, struct graph *graph,
                                  struct node *node, struct senet_error *error)
{
    struct attribute *attributes = arena_alloc(graph->arena, proto->n_attribute, sizeof *attributes);
    if (!attributes)
        return error_out_of_memory(error);
    for (size_t i = 0; i < proto->n_attribute; i++) {
        enum senet_code code = read_attribute(proto->attribute[i], directory, graph, node, &attributes[i], error);
        if (code)
            return code;
    }
    node->attributes = attributes;
    node->attribute_count = proto->n_attribute;
    return SENET_OK;
}
