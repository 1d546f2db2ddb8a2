#include "onnx/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"

/* Numbers of the fields that are taken out. */
enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW_DATA = 9 };

/*
 * What protobuf may allocate for one file. Empty messages of two bytes become structures of a hundred, and fields
 * that a file repeats are merged over and over: without a limit small files take much memory and time.
 */
struct budget {
    size_t left;
    bool exhausted;
};

/* A message without the field that is taken out. */
struct message {
    uint8_t *bytes;
    size_t size, capacity;
    struct extent kept; /* of the source, not read yet: fields that follow each other are read at once */
};

struct unpacking {
    const struct source *source;
    struct wire wire;
    struct budget budget;
    ProtobufCAllocator allocator;
    struct message model, graph, tensor; /* the tensor is each in turn */
    bool has_graph;
    Onnx__TensorProto **initialisers;
    struct extent *raw; /* by initialiser */
    size_t count, capacity;
    struct senet_error *error;
};

/* ------------------------------------------------------------------ memory */

static bool budget_spend(struct budget *budget, size_t size)
{
    size_t cost;
    if (!checked_add_size(size, 2 * sizeof(void *), &cost) || cost > budget->left)
        return false;
    budget->left -= cost;
    return true;
}

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;
    void *block = budget_spend(budget, size) ? malloc(size > 0 ? size : 1) : NULL;
    budget->exhausted |= !block;
    return block;
}

static void budget_free(void *context, void *block)
{
    (void)context;
    free(block);
}

static enum senet_code exhausted(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "the ONNX file needs more memory to read than it may take");
}

static enum senet_code malformed(struct senet_error *error)
{
    return senet_error_set(error, SENET_MODEL_MALFORMED, "the file is not ONNX, or it is damaged");
}

/* What protobuf could not unpack. */
static enum senet_code refused(const struct unpacking *unpacking)
{
    return unpacking->budget.exhausted ? exhausted(unpacking->error) : malformed(unpacking->error);
}

/* ---------------------------------------------------------------- messages */

static bool message_reserve(struct message *message, size_t size)
{
    size_t capacity = message->capacity > 0 ? message->capacity : 4096;
    if (size <= message->capacity)
        return true;
    while (capacity < size)
        if (!checked_mul_size(capacity, 2, &capacity))
            return false;
    uint8_t *bytes = realloc(message->bytes, capacity);
    if (!bytes)
        return false;
    message->bytes = bytes;
    message->capacity = capacity;
    return true;
}

/* Reads what is kept so far. */
static enum senet_code message_flush(struct message *message, const struct unpacking *unpacking)
{
    size_t bytes = message->kept.end - message->kept.begin, size;
    if (bytes == 0)
        return SENET_OK; /* there may be no memory to point into yet */
    if (!checked_add_size(message->size, bytes, &size) || !message_reserve(message, size))
        return error_out_of_memory(unpacking->error);
    enum senet_code code =
        source_read(unpacking->source, message->kept.begin, message->bytes + message->size, bytes, unpacking->error);
    message->size = size;
    message->kept = (struct extent){0, 0};
    return code;
}

static enum senet_code message_keep(struct message *message, const struct extent *field,
                                    const struct unpacking *unpacking)
{
    enum senet_code code = SENET_OK;
    if (message->kept.end != field->begin) {
        code = message_flush(message, unpacking);
        message->kept.begin = field->begin;
    }
    message->kept.end = field->end;
    return code;
}

static bool is_field(const struct wire_field *field, uint64_t number)
{
    return field->number == number && field->type == WIRE_BYTES;
}

/* ----------------------------------------------------------------- tensors */

static enum senet_code reserve_initialiser(struct unpacking *unpacking)
{
    if (unpacking->count < unpacking->capacity)
        return SENET_OK;
    size_t capacity = unpacking->capacity > 0 ? 2 * unpacking->capacity : 64;
    if (!budget_spend(&unpacking->budget, capacity * (sizeof(Onnx__TensorProto *) + sizeof(struct extent))))
        return exhausted(unpacking->error);
    Onnx__TensorProto **initialisers = realloc(unpacking->initialisers, capacity * sizeof(Onnx__TensorProto *));
    if (!initialisers)
        return error_out_of_memory(unpacking->error);
    unpacking->initialisers = initialisers;
    struct extent *raw = realloc(unpacking->raw, capacity * sizeof *raw);
    if (!raw)
        return error_out_of_memory(unpacking->error);
    unpacking->raw = raw;
    unpacking->capacity = capacity;
    return SENET_OK;
}

/* The last raw_data counts, as in protobuf. */
static enum senet_code take_tensor(struct unpacking *unpacking, const struct extent *tensor)
{
    struct message *message = &unpacking->tensor;
    struct extent raw = {0, 0};
    struct wire_field field;
    message->size = 0;
    enum senet_code code = reserve_initialiser(unpacking);
    for (size_t at = tensor->begin; !code && wire_next(&unpacking->wire, tensor, &at, &field);)
        if (is_field(&field, TENSOR_RAW_DATA))
            raw = field.payload;
        else
            code = message_keep(message, &field.whole, unpacking);
    if (!code)
        code = unpacking->wire.code;
    if (!code)
        code = message_flush(message, unpacking);
    if (code)
        return code;
    Onnx__TensorProto *unpacked = onnx__tensor_proto__unpack(&unpacking->allocator, message->size, message->bytes);
    if (!unpacked)
        return refused(unpacking);
    unpacking->initialisers[unpacking->count] = unpacked;
    unpacking->raw[unpacking->count++] = raw;
    return SENET_OK;
}

/* ------------------------------------------------------------------- whole */

static enum senet_code take_graph(struct unpacking *unpacking, const struct extent *graph)
{
    enum senet_code code = SENET_OK;
    struct wire_field field;
    unpacking->has_graph = true;
    for (size_t at = graph->begin; !code && wire_next(&unpacking->wire, graph, &at, &field);)
        code = is_field(&field, GRAPH_INITIALIZER) ? take_tensor(unpacking, &field.payload)
                                                   : message_keep(&unpacking->graph, &field.whole, unpacking);
    return code ? code : unpacking->wire.code;
}

static enum senet_code take_model(struct unpacking *unpacking)
{
    const struct extent whole = {0, unpacking->source->size};
    enum senet_code code = SENET_OK;
    struct wire_field field;
    for (size_t at = 0; !code && wire_next(&unpacking->wire, &whole, &at, &field);)
        code = is_field(&field, MODEL_GRAPH) ? take_graph(unpacking, &field.payload)
                                             : message_keep(&unpacking->model, &field.whole, unpacking);
    if (!code)
        code = unpacking->wire.code;
    if (!code)
        code = message_flush(&unpacking->graph, unpacking);
    return code ? code : message_flush(&unpacking->model, unpacking);
}

/* The graph gets the initialisers, the model the graph. What protobuf found of these itself was damaged. */
static enum senet_code put_together(struct unpacking *unpacking, Onnx__ModelProto *model)
{
    if (!model)
        return refused(unpacking);
    if (model->graph)
        return malformed(unpacking->error);
    if (!unpacking->has_graph)
        return SENET_OK;
    model->graph = onnx__graph_proto__unpack(&unpacking->allocator, unpacking->graph.size, unpacking->graph.bytes);
    if (!model->graph)
        return refused(unpacking);
    if (model->graph->n_initializer > 0)
        return malformed(unpacking->error);
    model->graph->initializer = unpacking->initialisers;
    model->graph->n_initializer = unpacking->count;
    unpacking->initialisers = NULL;
    unpacking->count = 0;
    return SENET_OK;
}

static enum senet_code unpack(struct unpacking *unpacking, struct unpacked *unpacked)
{
    enum senet_code code = take_model(unpacking);
    if (code)
        return code;
    *unpacked = (struct unpacked){
        .model = onnx__model_proto__unpack(&unpacking->allocator, unpacking->model.size, unpacking->model.bytes)};
    code = put_together(unpacking, unpacked->model);
    if (code) {
        unpacked_release(unpacked);
        return code;
    }
    unpacked->raw = unpacking->raw;
    unpacking->raw = NULL;
    return SENET_OK;
}

enum senet_code model_unpack(const struct source *source, struct unpacked *unpacked, struct senet_error *error)
{
    struct unpacking unpacking = {.source = source, .budget = {.left = (size_t)64 << 20}, .error = error};
    size_t proportional;
    if (!checked_mul_size(source->size, 4, &proportional) ||
        !checked_add_size(unpacking.budget.left, proportional, &unpacking.budget.left))
        return senet_error_set(error, SENET_MODEL_MALFORMED, "the ONNX file is too large");
    unpacking.allocator = (ProtobufCAllocator){budget_alloc, budget_free, &unpacking.budget};
    wire_init(&unpacking.wire, source, error);
    enum senet_code code = unpack(&unpacking, unpacked);
    for (size_t i = 0; i < unpacking.count; i++)
        onnx__tensor_proto__free_unpacked(unpacking.initialisers[i], NULL);
    free(unpacking.initialisers);
    free(unpacking.raw);
    free(unpacking.model.bytes);
    free(unpacking.graph.bytes);
    free(unpacking.tensor.bytes);
    return code;
}

void unpacked_release(struct unpacked *unpacked)
{
    if (unpacked->model)
        onnx__model_proto__free_unpacked(unpacked->model, NULL);
    free(unpacked->raw);
    *unpacked = (struct unpacked){0};
}
