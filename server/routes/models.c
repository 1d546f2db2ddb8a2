/* GET /v1/models and /v1/models/{model}. */
#include "http/request.h"
#include "routes/handlers.h"

static void write_triple(struct senet_json *json, const char *key, const double values[3])
{
    senet_json_key(json, key);
    senet_json_array_begin(json);
    for (int i = 0; i < 3; i++)
        senet_json_double(json, values[i], 6);
    senet_json_array_end(json);
}

static void write_input(struct senet_json *json, const struct senet_tensor_info *input)
{
    senet_json_member_string(json, "name", input->name);
    senet_json_key(json, "shape");
    senet_json_shape(json, &input->shape);
}

static void write_preprocessing(struct senet_json *json, const struct senet_preprocess *preprocess)
{
    senet_json_key(json, "input_size");
    senet_json_array_begin(json);
    senet_json_int(json, preprocess->channels);
    senet_json_int(json, preprocess->height);
    senet_json_int(json, preprocess->width);
    senet_json_array_end(json);
    senet_json_member_string(json, "interpolation", senet_interpolation_text(preprocess->interpolation));
    senet_json_key(json, "crop_pct");
    senet_json_double(json, preprocess->crop_pct, 6);
    senet_json_member_string(json, "crop_mode", senet_crop_mode_text(preprocess->crop_mode));
    write_triple(json, "mean", preprocess->mean);
    write_triple(json, "std", preprocess->std);
}

static void write_classes(struct senet_json *json, const struct senet_model_info *info)
{
    senet_json_member_int(json, "num_classes", info->class_count);
    senet_json_key(json, "classes");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->label_count; i++)
        senet_json_string(json, info->labels[i]);
    senet_json_array_end(json);
}

/* Those that are served; what was unloaded since the request came is not. */
static void write_versions(struct senet_json *json, const struct catalogue *catalogue, const char *name)
{
    const struct catalogue_model *model = catalogue_find(catalogue, name);
    senet_json_key(json, "versions");
    senet_json_array_begin(json);
    for (size_t i = 0; model && i < model->version_count; i++)
        if (model->versions[i].served)
            senet_json_string(json, model->versions[i].served->version);
    senet_json_array_end(json);
}

static void write_model(struct senet_json *json, const struct catalogue *catalogue, const struct served *served)
{
    const struct senet_model_info *info = served->info;
    senet_json_object_begin(json);
    senet_json_member_string(json, "name", served->name);
    senet_json_member_string(json, "version", served->version);
    write_versions(json, catalogue, served->name);
    senet_json_member_string(json, "architecture", info->architecture);
    senet_json_key(json, "input");
    senet_json_object_begin(json);
    write_input(json, &info->inputs[0]);
    senet_json_object_end(json);
    write_classes(json, info);
    senet_json_member_int(json, "parameters", info->parameters);
    senet_json_member_int(json, "macs", info->macs);
    senet_json_member_int(json, "weight_bytes", (int64_t)info->weight_bytes);
    senet_json_member_int(json, "arena_bytes", (int64_t)info->arena_bytes);
    senet_json_key(json, "preprocessing");
    senet_json_object_begin(json);
    write_preprocessing(json, &info->preprocess);
    senet_json_object_end(json);
    senet_json_key(json, "se_blocks");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->se_block_count; i++) {
        senet_json_object_begin(json);
        senet_json_se_block(json, &info->se_blocks[i]);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
    senet_json_object_end(json);
}

void handle_model(struct request *request, struct worker *worker)
{
    (void)worker;
    struct catalogue *catalogue = registry_catalogue(&request->server->registry);
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    write_model(&json, catalogue, request->served);
    catalogue_release(catalogue);
}

static void write_threads(struct senet_json *json, const struct thread_plan *plan)
{
    senet_json_key(json, "threads");
    senet_json_object_begin(json);
    senet_json_member_int(json, "cores", plan->cores);
    senet_json_member_string(json, "source", plan->source);
    senet_json_member_int(json, "workers", plan->workers);
    senet_json_member_int(json, "per_inference", plan->per_inference);
    senet_json_object_end(json);
}

void handle_models(struct request *request, struct worker *worker)
{
    (void)worker;
    struct catalogue *catalogue = registry_catalogue(&request->server->registry);
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "default", catalogue->count ? catalogue->default_name : NULL);
    write_threads(&json, &request->server->plan);
    senet_json_key(&json, "models");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct served *served = catalogue_served(&catalogue->models[i]);
        if (served)
            write_model(&json, catalogue, served);
    }
    senet_json_array_end(&json);
    senet_json_object_end(&json);
    catalogue_release(catalogue);
}
