#include "routes/oip_request.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum senet_code out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the request");
}

const cJSON *oip_parameter(const cJSON *of, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(of, "parameters"), name);
}

bool oip_parameter_bool(const cJSON *of, const char *name, bool *value)
{
    const cJSON *item = oip_parameter(of, name);
    if (item)
        *value = cJSON_IsTrue(item);
    return !item || cJSON_IsBool(item);
}

bool oip_parameter_size(const cJSON *of, const char *name, size_t *value, bool *given)
{
    const cJSON *item = oip_parameter(of, name);
    *given = item;
    if (!item)
        return true;
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(number >= 0 && number <= 1e15) || number != floor(number))
        return false;
    *value = (size_t)number;
    return true;
}

bool oip_has_items(const struct senet_model_info *info)
{
    for (size_t i = 0; i < info->input_count; i++)
        if (!info->inputs[i].shape.rank || info->inputs[i].shape.dim[0] != 1)
            return false;
    for (size_t i = 0; i < info->output_count; i++)
        if (!info->outputs[i].shape.rank || info->outputs[i].shape.dim[0] != 1)
            return false;
    for (size_t i = 0; i < info->se_block_count; i++)
        if (info->se_blocks[i].batch != 1)
            return false;
    return true;
}

/* "gate.<layer>": a number or "identity", and "exif". What other servers' clients send besides is let pass. */
static enum senet_code read_parameters(struct oip_request *request, const struct senet_model *model,
                                       struct senet_error *error)
{
    cJSON *parameters = cJSON_GetObjectItemCaseSensitive(request->document.tree, "parameters"), *item;
    if (parameters && !cJSON_IsObject(parameters))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'parameters' must be an object");
    cJSON *gates = cJSON_CreateObject();
    bool good = gates;
    error->code = SENET_OK;
    cJSON_ArrayForEach(item, parameters)
    {
        if (cJSON_IsArray(item) || cJSON_IsObject(item))
            senet_error_set(error, SENET_INVALID_ARGUMENT, "the parameter '%.64s' must be a string, number or boolean",
                            item->string);
        else if (!strncmp(item->string, OIP_GATE_PREFIX, strlen(OIP_GATE_PREFIX)))
            good = good && cJSON_AddItemReferenceToObject(gates, item->string + strlen(OIP_GATE_PREFIX), item);
        else if (!strcmp(item->string, "exif"))
            predict_option_set_json(&request->options, item, error);
        if (error->code)
            break;
    }
    if (!good)
        out_of_memory(error);
    if (!error->code && gates && gates->child)
        predict_gates_read(&request->options, gates, model, error);
    cJSON_Delete(gates);
    return error->code;
}

static enum senet_code read_id(struct oip_request *request, struct senet_error *error)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(request->document.tree, "id");
    request->id = cJSON_GetStringValue(id);
    return !id || request->id ? SENET_OK : senet_error_set(error, SENET_INVALID_ARGUMENT, "'id' must be a string");
}

static enum senet_code read_document(struct oip_request *request, const struct oip_source *source, size_t json_size,
                                     struct senet_error *error)
{
    bool binary = false;
    const cJSON *tree = request->document.tree;
    if (read_id(request, error) || read_parameters(request, source->model, error) ||
        oip_inputs_read(request, source, json_size, error))
        return error->code;
    if (!oip_parameter_bool(tree, "binary_data_output", &binary))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'binary_data_output' must be true or false");
    return oip_outputs_read(request, cJSON_GetObjectItemCaseSensitive(tree, "outputs"), binary, source->model, error);
}

enum senet_code oip_request_read(struct oip_request *request, const struct oip_source *source,
                                 struct senet_error *error)
{
    *request = (struct oip_request){.info = senet_model_info(source->model)};
    error->code = SENET_OK;
    size_t json_size = source->json_size >= 0 ? (size_t)source->json_size : source->body_size;
    if (source->json_size < -1 || json_size > source->body_size)
        return senet_error_set(
            error, SENET_INVALID_ARGUMENT,
            "the header Inference-Header-Content-Length must be the length of the JSON at the body's beginning");
    if (json_size == 0)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "there is no JSON in the body");
    if (oip_document_read(&request->document, source->body, json_size, error))
        return error->code;
    return read_document(request, source, json_size, error);
}

void oip_request_release(struct oip_request *request)
{
    for (size_t i = 0; request->inputs && i < request->info->input_count; i++)
        free(request->inputs[i].values);
    free(request->inputs);
    free(request->images);
    free(request->outputs);
    predict_input_release(&request->options);
    oip_document_release(&request->document);
    *request = (struct oip_request){0};
}
