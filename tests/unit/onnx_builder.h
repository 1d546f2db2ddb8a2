/*
 * ONNX files built in memory, for the tests of the importer: names and shapes as words, bytes by protobuf. One
 * model at a time; everything it points to lives in `arena`, as does the graph that it is imported as.
 */
#ifndef SENET_TESTS_ONNX_BUILDER_H
#define SENET_TESTS_ONNX_BUILDER_H

#include <string.h>

#include "harness.h"
#include "onnx.pb-c.h"
#include "onnx/import.h"

/* TensorProto.DataType */
enum {
    FLOAT = 1,
    UINT8,
    INT8,
    UINT16,
    INT16,
    INT32,
    INT64,
    STRING,
    BOOL,
    FLOAT16,
    DOUBLE,
    UINT32,
    UINT64,
    COMPLEX64,
    BFLOAT16 = 16,
    FLOAT8E4M3FN,
    INT4 = 22
};

#define MAX 40

/* A model under construction. Everything it points to lives in `arena`. */
struct builder {
    Onnx__ModelProto model;
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__NodeProto *nodes[MAX];
    Onnx__TensorProto *tensors[MAX];
    Onnx__ValueInfoProto *inputs[MAX], *outputs[MAX];
    Onnx__FunctionProto *functions[MAX];
};

static struct builder builder;
static struct arena arena;
static struct graph graph;
static struct senet_error error;

static inline void set_up(void)
{
    builder = (struct builder){
        .model = ONNX__MODEL_PROTO__INIT, .graph = ONNX__GRAPH_PROTO__INIT, .opset = ONNX__OPERATOR_SET_ID_PROTO__INIT};
    builder.opset.has_version = true;
    builder.opset.version = 13;
    builder.opsets[0] = &builder.opset;
    builder.model.opset_import = builder.opsets;
    builder.model.n_opset_import = 1;
    builder.model.graph = &builder.graph;
    builder.model.functions = builder.functions;
    builder.graph.node = builder.nodes;
    builder.graph.initializer = builder.tensors;
    builder.graph.input = builder.inputs;
    builder.graph.output = builder.outputs;
}

static inline void tear_down(void)
{
    arena_release(&arena);
}

/* "a - b" -> "a", "", "b" */
static inline char **split(const char *words, size_t *count)
{
    char **list = arena_alloc(&arena, MAX, sizeof *list), *rest;
    *count = 0;
    for (char *word = strtok_r(arena_strdup(&arena, words), " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        list[(*count)++] = strcmp(word, "-") ? word : word + 1;
    return list;
}

static inline Onnx__NodeProto *make_node(const char *type, const char *name, const char *inputs, const char *outputs)
{
    Onnx__NodeProto *node = arena_alloc(&arena, 1, sizeof *node);
    onnx__node_proto__init(node);
    node->op_type = arena_strdup(&arena, type);
    node->name = arena_strdup(&arena, name);
    node->input = split(inputs, &node->n_input);
    node->output = split(outputs, &node->n_output);
    node->attribute = arena_alloc(&arena, MAX, sizeof *node->attribute);
    return node;
}

static inline Onnx__NodeProto *add_node(const char *type, const char *name, const char *inputs, const char *outputs)
{
    return builder.nodes[builder.graph.n_node++] = make_node(type, name, inputs, outputs);
}

static inline Onnx__AttributeProto *add_attribute(Onnx__NodeProto *node, const char *name, int32_t type)
{
    Onnx__AttributeProto *attribute = arena_alloc(&arena, 1, sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = arena_strdup(&arena, name);
    attribute->has_type = true;
    attribute->type = type;
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

static inline Onnx__AttributeProto *make_int(const char *name, int64_t number)
{
    Onnx__AttributeProto *attribute = arena_alloc(&arena, 1, sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = arena_strdup(&arena, name);
    attribute->has_type = attribute->has_i = true;
    attribute->type = 2;
    attribute->i = number;
    return attribute;
}

static inline void add_int(Onnx__NodeProto *node, const char *name, int64_t number)
{
    node->attribute[node->n_attribute++] = make_int(name, number);
}

/* To the attribute `referred` of the function that the node is in. */
static inline void add_reference(Onnx__NodeProto *node, const char *name, int32_t type, const char *referred)
{
    add_attribute(node, name, type)->ref_attr_name = arena_strdup(&arena, referred);
}

/* All functions of the tests are of this domain. */
#define DOMAIN_NAME "com.example"

static inline Onnx__FunctionProto *add_function(const char *name, const char *inputs, const char *outputs)
{
    Onnx__FunctionProto *function = arena_alloc(&arena, 1, sizeof *function);
    onnx__function_proto__init(function);
    function->name = arena_strdup(&arena, name);
    function->domain = arena_strdup(&arena, DOMAIN_NAME);
    function->input = split(inputs, &function->n_input);
    function->output = split(outputs, &function->n_output);
    function->node = arena_alloc(&arena, MAX, sizeof *function->node);
    function->attribute_proto = arena_alloc(&arena, MAX, sizeof *function->attribute_proto);
    return builder.functions[builder.model.n_functions++] = function;
}

static inline Onnx__NodeProto *add_inner(Onnx__FunctionProto *function, const char *type, const char *name,
                                         const char *inputs, const char *outputs)
{
    return function->node[function->n_node++] = make_node(type, name, inputs, outputs);
}

/* Makes a call of a node: its operator is a function's. */
static inline Onnx__NodeProto *as_call(Onnx__NodeProto *node)
{
    node->domain = arena_strdup(&arena, DOMAIN_NAME);
    return node;
}

/* Dimensions as "2x3", empty for a scalar; -1 is open. */
static inline size_t parse_dims(const char *text, int64_t dims[16])
{
    size_t count = 0;
    for (char *end; *text; text = end + (*end == 'x'))
        dims[count++] = strtoll(text, &end, 10);
    return count;
}

static inline Onnx__TensorProto *make_tensor(const char *name, int32_t type, const char *dims)
{
    Onnx__TensorProto *tensor = arena_alloc(&arena, 1, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = arena_strdup(&arena, name);
    tensor->has_data_type = true;
    tensor->data_type = type;
    tensor->dims = arena_alloc(&arena, 16, sizeof *tensor->dims);
    tensor->n_dims = parse_dims(dims, tensor->dims);
    return tensor;
}

static inline Onnx__TensorProto *add_tensor(const char *name, int32_t type, const char *dims)
{
    return builder.tensors[builder.graph.n_initializer++] = make_tensor(name, type, dims);
}

static inline void set_raw(Onnx__TensorProto *tensor, const void *bytes, size_t size)
{
    tensor->has_raw_data = true;
    tensor->raw_data.len = size;
    tensor->raw_data.data = arena_alloc(&arena, size, 1);
    memcpy(tensor->raw_data.data, bytes, size);
}

/* A float initialiser of zeros. */
static inline void add_zeros(const char *name, const char *dims, size_t count)
{
    Onnx__TensorProto *tensor = add_tensor(name, FLOAT, dims);
    tensor->n_float_data = count;
    tensor->float_data = arena_alloc(&arena, count, sizeof(float));
}

static inline Onnx__ValueInfoProto *make_value_info(const char *name, const char *dims)
{
    Onnx__ValueInfoProto *info = arena_alloc(&arena, 1, sizeof *info);
    onnx__value_info_proto__init(info);
    info->name = arena_strdup(&arena, name);
    onnx__type_proto__init(info->type = arena_alloc(&arena, 1, sizeof *info->type));
    Onnx__TypeProto__Tensor *type = info->type->tensor_type = arena_alloc(&arena, 1, sizeof *type);
    onnx__type_proto__tensor__init(type);
    type->has_elem_type = true;
    type->elem_type = FLOAT;
    onnx__tensor_shape_proto__init(type->shape = arena_alloc(&arena, 1, sizeof *type->shape));
    int64_t parsed[16];
    type->shape->n_dim = parse_dims(dims, parsed);
    type->shape->dim = arena_alloc(&arena, 16, sizeof *type->shape->dim);
    for (size_t i = 0; i < type->shape->n_dim; i++) {
        Onnx__TensorShapeProto__Dimension *dim = type->shape->dim[i] = arena_alloc(&arena, 1, sizeof *dim);
        onnx__tensor_shape_proto__dimension__init(dim);
        dim->has_dim_value = parsed[i] != -1;
        dim->dim_value = parsed[i];
    }
    return info;
}

static inline Onnx__ValueInfoProto *add_input(const char *name, const char *dims)
{
    return builder.inputs[builder.graph.n_input++] = make_value_info(name, dims);
}

static inline void add_output(const char *name)
{
    builder.outputs[builder.graph.n_output++] = make_value_info(name, "");
}

/* Packs what was built. The caller frees. */
static inline uint8_t *pack(size_t *size)
{
    *size = onnx__model_proto__get_packed_size(&builder.model);
    uint8_t *bytes = malloc(*size + 1);
    ck_assert_uint_eq(onnx__model_proto__pack(&builder.model, bytes), *size);
    return bytes;
}

static inline enum senet_code import_from(const char *directory)
{
    size_t size;
    uint8_t *bytes = pack(&size);
    error = (struct senet_error){0};
    const struct source source = {.bytes = bytes, .size = size};
    enum senet_code code = onnx_import(&source, directory, &arena, NULL, &graph, &error);
    free(bytes); /* nothing may be kept of it */
    ck_assert_int_eq(error.code, code);
    return code;
}

static inline enum senet_code import(void)
{
    return import_from(NULL);
}

#define ck_assert_refused(expected, text)                                                                              \
    do {                                                                                                               \
        enum senet_code refused_ = import();                                                                           \
        ck_assert_msg(refused_ == (expected), "code %d: %s", (int)refused_, error.message);                            \
        ck_assert_msg(strstr(error.message, text), "'%s' lacks '%s'", error.message, text);                            \
    } while (0)

/* x -> Relu 'act' -> y, to be extended. */
static inline void build_relu(void)
{
    add_input("x", "-1x4");
    add_node("Relu", "act", "x", "y");
    add_output("y");
}

static inline void build_convolution(void)
{
    static const int64_t pads[] = {1, 1, 1, 1};
    builder.graph.name = arena_strdup(&arena, "tiny");
    add_input("x", "-1x3x8x-1");
    add_zeros("w", "2x3x3x3", 54);
    Onnx__NodeProto *conv = add_node("Conv", "/conv/Conv", "x w -", "c");
    Onnx__AttributeProto *attribute = add_attribute(conv, "pads", 7);
    attribute->n_ints = 4;
    attribute->ints = arena_alloc(&arena, 4, sizeof *attribute->ints);
    memcpy(attribute->ints, pads, sizeof pads);
    attribute = add_attribute(conv, "auto_pad", 3);
    attribute->has_s = true;
    attribute->s = (ProtobufCBinaryData){6, (uint8_t *)arena_strdup(&arena, "NOTSET")};
    add_node("Relu", "", "c", "y");
    add_output("y");
    add_output("c");
}

#endif
