/*
 * The metadata half of the Open Inference Protocol, version 2. SE gates are outputs called gate.<layer>; where a
 * request may be for several items (oip_request.h), the first dimension is -1.
 */
#include <stdio.h>

#include "http/request.h"
#include "routes/handlers.h"
#include "routes/oip_request.h"

static void write_tensor(struct senet_json *json, const char *name, const struct senet_shape *shape, bool items)
{
    senet_json_member_string(json, "name", name);
    senet_json_member_string(json, "datatype", "FP32");
    senet_json_key(json, "shape");
    senet_json_array_begin(json);
    for (int axis = 0; axis < shape->rank; axis++)
        senet_json_int(json, axis == 0 && items ? -1 : shape->dim[axis]);
    senet_json_array_end(json);
}

/* The protocol has one datatype for an input; what else one takes is said by a parameter, which clients skip. */
static void write_inputs(struct senet_json *json, const struct served *served)
{
    senet_json_key(json, "inputs");
    senet_json_array_begin(json);
    for (size_t i = 0; i < served->info->input_count; i++) {
        senet_json_object_begin(json);
        write_tensor(json, served->info->inputs[i].name, &served->info->inputs[i].shape, oip_has_items(served->info));
        if (served->takes_images) {
            senet_json_key(json, "parameters");
            senet_json_object_begin(json);
            senet_json_member_string(json, "images", "BYTES");
            senet_json_object_end(json);
        }
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

static void write_outputs(struct senet_json *json, const struct senet_model_info *info)
{
    bool items = oip_has_items(info);
    senet_json_key(json, "outputs");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->output_count; i++) {
        senet_json_object_begin(json);
        write_tensor(json, info->outputs[i].name, &info->outputs[i].shape, items);
        senet_json_object_end(json);
    }
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        char name[512];
        snprintf(name, sizeof name, OIP_GATE_PREFIX "%s", block->layer);
        senet_json_object_begin(json);
        write_tensor(json, name, &(struct senet_shape){.rank = 2, .dim = {block->batch, block->channels}}, items);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

void handle_oip_server(struct request *request, struct worker *worker)
{
    (void)worker;
    static const char *const extensions[] = {"binary_tensor_data", "classification", "model_repository", "statistics"};
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "name", "senetd");
    senet_json_member_string(&json, "version", senet_version());
    senet_json_key(&json, "extensions");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        senet_json_string(&json, extensions[i]);
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
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "name", request->served->name);
    senet_json_key(&json, "versions");
    senet_json_array_begin(&json);
    write_versions(&json, request);
    senet_json_array_end(&json);
    senet_json_member_string(&json, "platform", "onnx_senet");
    write_inputs(&json, request->served);
    write_outputs(&json, request->served->info);
    senet_json_object_end(&json);
}

void handle_oip_model_ready(struct request *request, struct worker *worker)
{
    (void)worker;
    bool ready = !atomic_load(&request->server->draining);
    struct senet_json json;
    reply_begin(&request->reply, ready ? 200 : 503, &json);
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "name", request->served->name);
    senet_json_key(&json, "ready");
    senet_json_bool(&json, ready);
    senet_json_object_end(&json);
}
