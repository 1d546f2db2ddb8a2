/* The metadata half of the Open Inference Protocol, version 2. SE gates are outputs called gate.<layer>. */
#include <stdio.h>

#include "handlers.h"
#include "request.h"

static void write_text(struct senet_json *json, const char *key, const char *text)
{
    senet_json_key(json, key);
    senet_json_string(json, text);
}

static void write_tensor(struct senet_json *json, const char *name, const struct senet_shape *shape)
{
    senet_json_object_begin(json);
    write_text(json, "name", name);
    write_text(json, "datatype", "FP32");
    senet_json_key(json, "shape");
    senet_json_array_begin(json);
    for (int axis = 0; axis < shape->rank; axis++)
        senet_json_int(json, shape->dim[axis]);
    senet_json_array_end(json);
    senet_json_object_end(json);
}

static void write_gate(struct senet_json *json, const struct senet_se_block *block, int64_t batch)
{
    char name[512];
    snprintf(name, sizeof name, "gate.%s", block->layer);
    write_tensor(json, name, &(struct senet_shape){.rank = 2, .dim = {batch, block->channels}});
}

static void write_tensors(struct senet_json *json, const char *key, const struct senet_tensor_info *tensors,
                          size_t count, const struct senet_model_info *gates_of)
{
    senet_json_key(json, key);
    senet_json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        write_tensor(json, tensors[i].name, &tensors[i].shape);
    for (size_t i = 0; gates_of && i < gates_of->se_block_count; i++)
        write_gate(json, &gates_of->se_blocks[i], gates_of->inputs[0].shape.dim[0]);
    senet_json_array_end(json);
}

void handle_oip_server(struct request *request, struct worker *worker)
{
    (void)worker;
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    write_text(&json, "name", "senetd");
    write_text(&json, "version", senet_version());
    senet_json_key(&json, "extensions");
    senet_json_array_begin(&json);
    senet_json_string(&json, "model_repository");
    senet_json_array_end(&json);
    senet_json_object_end(&json);
}

/* Those that are served; what was unloaded since the request came is not. */
static void write_versions(struct senet_json *json, struct request *request)
{
    struct catalogue *catalogue = registry_catalogue(&request->server->registry);
    const struct catalogue_model *model = catalogue_find(catalogue, request->served->name);
    for (size_t i = 0; model && i < model->version_count; i++)
        if (model->versions[i].served)
            senet_json_string(json, model->versions[i].served->version);
    catalogue_release(catalogue);
}

void handle_oip_model(struct request *request, struct worker *worker)
{
    (void)worker;
    const struct senet_model_info *info = request->served->info;
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    write_text(&json, "name", request->served->name);
    senet_json_key(&json, "versions");
    senet_json_array_begin(&json);
    write_versions(&json, request);
    senet_json_array_end(&json);
    write_text(&json, "platform", "onnx_senet");
    write_tensors(&json, "inputs", info->inputs, info->input_count, NULL);
    write_tensors(&json, "outputs", info->outputs, info->output_count, info);
    senet_json_object_end(&json);
}

void handle_oip_model_ready(struct request *request, struct worker *worker)
{
    (void)worker;
    bool ready = !atomic_load(&request->server->draining);
    struct senet_json json;
    reply_begin(&request->reply, ready ? 200 : 503, &json);
    senet_json_object_begin(&json);
    write_text(&json, "name", request->served->name);
    senet_json_key(&json, "ready");
    senet_json_bool(&json, ready);
    senet_json_object_end(&json);
}
