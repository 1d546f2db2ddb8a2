#include "onnx/unpack.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/error.h"

/*
 * What protobuf may allocate for one file. Empty messages of two bytes become structures of a hundred, and fields
 * that a file repeats are merged over and over: without a limit small files take much memory and time.
 */
struct budget {
    size_t left;
    bool exhausted;
};

static void *budget_alloc(void *context, size_t size)
{
    struct budget *budget = context;
    size_t cost;
    if (!checked_add_size(size, 2 * sizeof(void *), &cost) || cost > budget->left) {
        budget->exhausted = true;
        return NULL;
    }
    budget->left -= cost;
    void *block = malloc(size > 0 ? size : 1);
    budget->exhausted |= !block;
    return block;
}

static void budget_free(void *context, void *block)
{
    (void)context;
    free(block);
}

enum senet_code model_unpack(const void *bytes, size_t size, Onnx__ModelProto **model, struct senet_error *error)
{
    struct budget budget = {.left = (size_t)64 << 20};
    size_t proportional;
    if (!checked_mul_size(size, 4, &proportional) || !checked_add_size(budget.left, proportional, &budget.left))
        return senet_error_set(error, SENET_MODEL_MALFORMED, "the ONNX file is too large");
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    *model = onnx__model_proto__unpack(&allocator, size, bytes);
    if (!*model && budget.exhausted)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "the ONNX file needs more memory to read than it may take");
    if (!*model)
        return senet_error_set(error, SENET_MODEL_MALFORMED, "the file is not ONNX, or it is damaged");
    return SENET_OK;
}
