/* Members of JSON objects that several answers have. */
#include "senet.h"

void senet_json_member_string(struct senet_json *json, const char *key, const char *text)
{
    senet_json_key(json, key);
    senet_json_string(json, text);
}

void senet_json_member_int(struct senet_json *json, const char *key, int64_t number)
{
    senet_json_key(json, key);
    senet_json_int(json, number);
}

void senet_json_member_double(struct senet_json *json, const char *key, double number, int decimals)
{
    senet_json_key(json, key);
    senet_json_double(json, number, decimals);
}

void senet_json_shape(struct senet_json *json, const struct senet_shape *shape)
{
    senet_json_array_begin(json);
    for (int axis = 0; axis < shape->rank; axis++)
        senet_json_int(json, shape->dim[axis]);
    senet_json_array_end(json);
}

void senet_json_se_block(struct senet_json *json, const struct senet_se_block *block)
{
    senet_json_member_string(json, "layer", block->layer);
    senet_json_member_int(json, "channels", block->channels);
    senet_json_member_int(json, "reduced_channels", block->reduced_channels);
    senet_json_member_int(json, "reduction", block->reduction);
    senet_json_member_string(json, "kind", block->kind);
    senet_json_member_string(json, "squeeze", block->squeeze);
    senet_json_member_string(json, "activation", block->activation);
    senet_json_member_string(json, "gate", block->gate);
    senet_json_member_string(json, "placement", block->placement);
}
