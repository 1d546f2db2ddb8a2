/* Gate overrides of a JSON body. */
#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "predict/predict_input.h"

static bool read_number(const cJSON *item, float *value)
{
    if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= (double)FLT_MAX))
        return false;
    *value = (float)item->valuedouble;
    return true;
}

static enum senet_code read_array(const struct senet_se_block *block, const cJSON *item, float *values,
                                  struct senet_error *error)
{
    int64_t channel = 0;
    const cJSON *element;
    cJSON_ArrayForEach(element, item)
    {
        if (channel < block->channels && cJSON_IsNull(element))
            values[channel] = NAN;
        else if (channel < block->channels && !read_number(element, &values[channel]))
            return senet_error_set(error, SENET_INVALID_ARGUMENT,
                                   "gates: '%.96s': channel %lld must be a number or null", block->layer,
                                   (long long)channel);
        channel++;
    }
    if (channel != block->channels)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "gates: '%.96s' has %lld channels, not %lld",
                               block->layer, (long long)block->channels, (long long)channel);
    return SENET_OK;
}

static enum senet_code read_values(const struct senet_se_block *block, const cJSON *item, float *values,
                                   struct senet_error *error)
{
    if (cJSON_IsArray(item))
        return read_array(block, item, values, error);
    float value = 1; /* a gate of 1 passes its channel unchanged */
    bool identity = cJSON_IsString(item) && !strcmp(item->valuestring, "identity");
    if (!identity && !read_number(item, &value))
        return senet_error_set(error, SENET_INVALID_ARGUMENT,
                               "gates: '%.96s' must be \"identity\", a number, or an array of numbers and nulls",
                               block->layer);
    for (int64_t channel = 0; channel < block->channels; channel++)
        values[channel] = value;
    return SENET_OK;
}

static bool overridden(const struct predict_input *input, size_t se_block)
{
    for (size_t i = 0; i < input->gate_count; i++)
        if (input->gates[i].se_block == se_block)
            return true;
    return false;
}

static enum senet_code read_gate(struct predict_input *input, const cJSON *item, const struct senet_model *model,
                                 struct senet_error *error)
{
    int index = senet_model_find_se_block(model, item->string);
    if (index < 0)
        return senet_error_set(error, SENET_UNKNOWN_LAYER, "gates: the model has no SE block '%.96s'", item->string);
    if (overridden(input, (size_t)index))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "gates: '%.96s' is given twice", item->string);
    const struct senet_se_block *block = &senet_model_info(model)->se_blocks[index];
    struct gate_override *gate = &input->gates[input->gate_count];
    gate->values = calloc((size_t)block->channels, sizeof *gate->values);
    if (!gate->values)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    gate->se_block = (size_t)index;
    input->gate_count++;
    return read_values(block, item, gate->values, error);
}

enum senet_code predict_gates_read(struct predict_input *input, const cJSON *gates, const struct senet_model *model,
                                   struct senet_error *error)
{
    if (!cJSON_IsObject(gates))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'gates' must be an object of SE blocks");
    input->gates = calloc(senet_model_info(model)->se_block_count + 1, sizeof *input->gates);
    if (!input->gates)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, gates)
    {
        if (read_gate(input, item, model, error))
            return error->code;
    }
    return SENET_OK;
}
