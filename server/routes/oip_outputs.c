/* Which outputs are asked for, and in which form. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "routes/oip_request.h"

#define CLASSES_MAX 100000

/* An output of the model, or the gate of an SE block; an output of the same name goes first. */
static bool find(struct oip_output *output, const char *name, const struct senet_model *model)
{
    const struct senet_model_info *info = senet_model_info(model);
    size_t prefix = strlen(OIP_GATE_PREFIX);
    output->name = name;
    for (size_t i = 0; i < info->output_count; i++)
        if (!strcmp(info->outputs[i].name, name)) {
            output->index = i;
            output->shape = info->outputs[i].shape;
            return true;
        }
    int block = strncmp(name, OIP_GATE_PREFIX, prefix) ? -1 : senet_model_find_se_block(model, name + prefix);
    if (block < 0)
        return false;
    output->is_gate = true;
    output->index = (size_t)block;
    output->shape =
        (struct senet_shape){.rank = 2, .dim = {info->se_blocks[block].batch, info->se_blocks[block].channels}};
    return true;
}

static enum senet_code read_classes(struct oip_output *output, const cJSON *json, struct senet_error *error)
{
    bool given;
    if (!oip_parameter_size(json, "classification", &output->classes, &given) || (given && !output->classes) ||
        output->classes > CLASSES_MAX)
        return senet_error_set(error, SENET_INVALID_ARGUMENT,
                               "'%.64s': 'classification' must be a whole number from 1 to %d", output->name,
                               CLASSES_MAX);
    if (given && (output->shape.rank < 2 || output->shape.dim[0] != 1))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s' holds no classes", output->name);
    if (output->classes > output->elements)
        output->classes = output->elements;
    return SENET_OK;
}

static enum senet_code read_output(struct oip_request *request, const cJSON *json, bool binary,
                                   const struct senet_model *model, struct senet_error *error)
{
    struct oip_output *output = &request->outputs[request->output_count];
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "name"));
    if (!name)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'outputs' must be of objects, each with a 'name'");
    if (!find(output, name, model))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the model has no output '%.128s'", name);
    for (size_t i = 0; i < request->output_count; i++)
        if (!strcmp(request->outputs[i].name, name))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "the output '%.128s' is asked for twice", name);
    output->binary = binary;
    output->elements = (size_t)senet_shape_elements(&output->shape);
    if (!oip_parameter_bool(json, "binary_data", &output->binary))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': 'binary_data' must be true or false", name);
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(json, "parameters");
    if (cJSON_GetObjectItemCaseSensitive(parameters, "shared_memory_region"))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': shared memory is not offered", name);
    request->output_count++;
    return read_classes(output, json, error);
}

/* Gates are many: whoever wants them names them. */
static void take_all(struct oip_request *request, bool binary, const struct senet_model *model)
{
    for (size_t i = 0; i < request->info->output_count; i++) {
        struct oip_output *output = &request->outputs[request->output_count++];
        find(output, request->info->outputs[i].name, model);
        output->elements = (size_t)senet_shape_elements(&output->shape);
        output->binary = binary;
    }
}

enum senet_code oip_outputs_read(struct oip_request *request, const cJSON *outputs, bool binary,
                                 const struct senet_model *model, struct senet_error *error)
{
    if (outputs && !cJSON_IsArray(outputs))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'outputs' must be an array");
    size_t there_are = request->info->output_count + request->info->se_block_count;
    size_t asked = outputs ? (size_t)cJSON_GetArraySize(outputs) : 0;
    if (asked > there_are)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the model has no more than %zu outputs", there_are);
    request->outputs = calloc(there_are, sizeof *request->outputs);
    if (!request->outputs)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the request");
    const cJSON *item;
    cJSON_ArrayForEach(item, outputs)
    {
        if (read_output(request, item, binary, model, error))
            return error->code;
    }
    if (!asked)
        take_all(request, binary, model);
    return SENET_OK;
}
