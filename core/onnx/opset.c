#include "onnx/opset.h"

#include <string.h>

#include "base/error.h"
#include "onnx/names.h"

/* Operators whose meaning changed while their spelling did not. Others show in their inputs how they are meant. */
static const struct {
    const char *op_type;
    int64_t since;
} changes[] = {
    {"Add", 7},         {"And", 7},      {"BatchNormalization", 7},
    {"Div", 7},         {"Dropout", 7},  {"Equal", 7},
    {"Greater", 7},     {"Hardmax", 13}, {"Less", 7},
    {"LogSoftmax", 13}, {"Mul", 7},      {"Or", 7},
    {"PRelu", 7},       {"Pow", 7},      {"Resize", 11},
    {"Softmax", 13},    {"Sub", 7},      {"Xor", 7},
};

int64_t opset_find(Onnx__OperatorSetIdProto *const *imports, size_t count)
{
    int64_t opset = 0;
    for (size_t i = 0; i < count; i++)
        if (!*domain_name(imports[i]->domain))
            opset = imports[i]->version;
    return opset;
}

enum senet_code opset_check(int64_t opset, const char *what, struct senet_error *error)
{
    if (opset < OPSET_MIN || opset > OPSET_MAX)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED,
                               "%s is written for operator set %lld, only %d to %d are supported", what,
                               (long long)opset, OPSET_MIN, OPSET_MAX);
    return SENET_OK;
}

bool opset_reads_alike(const char *op_type, int64_t one, int64_t other)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (!strcmp(changes[i].op_type, op_type) && (one < changes[i].since) != (other < changes[i].since))
            return false;
    return true;
}
