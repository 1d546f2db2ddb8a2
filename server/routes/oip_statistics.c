/* The statistics extension of the Open Inference Protocol. */
#include <string.h>

#include "http/request.h"
#include "routes/handlers.h"

static void write_count(struct senet_json *json, const char *key, uint64_t count)
{
    senet_json_member_int(json, key, (int64_t)count);
}

static void write_durations(struct senet_json *json, const struct statistics_numbers *numbers)
{
    const struct {
        const char *name;
        const struct statistics_duration *duration;
    } rows[] = {
        {"success", &numbers->success},     {"fail", &numbers->fail},           {"queue", &numbers->queue},
        {"compute_input", &numbers->input}, {"compute_infer", &numbers->infer}, {"compute_output", &numbers->output},
    };
    senet_json_key(json, "inference_stats");
    senet_json_object_begin(json);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        senet_json_key(json, rows[i].name);
        senet_json_object_begin(json);
        write_count(json, "count", rows[i].duration->count);
        write_count(json, "ns", (uint64_t)(rows[i].duration->seconds * 1e9));
        senet_json_object_end(json);
    }
    senet_json_object_end(json);
}

static void write_model(struct senet_json *json, struct served *served)
{
    const struct statistics_numbers numbers = statistics_read(&served->statistics);
    senet_json_object_begin(json);
    senet_json_member_string(json, "name", served->name);
    senet_json_member_string(json, "version", served->version);
    write_count(json, "last_inference", (uint64_t)(numbers.last * 1e3));
    write_count(json, "inference_count", numbers.inferences);
    write_count(json, "execution_count", numbers.executions);
    write_durations(json, &numbers);
    senet_json_object_end(json);
}

/* Of every version that is served: that of `name`, of `version`, or all where these are "". */
static void write_models(struct senet_json *json, struct registry *registry, const char *name, const char *version)
{
    struct catalogue *catalogue = registry_catalogue(registry);
    for (size_t i = 0; i < catalogue->count; i++) {
        const struct catalogue_model *model = &catalogue->models[i];
        for (size_t j = 0; j < model->version_count; j++) {
            struct served *served = model->versions[j].served;
            if (served && (!*name || !strcmp(name, served->name)) && (!*version || !strcmp(version, served->version)))
                write_model(json, served);
        }
    }
    catalogue_release(catalogue);
}

void handle_oip_statistics(struct request *request, struct worker *worker)
{
    (void)worker;
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_json_object_begin(&json);
    senet_json_key(&json, "model_stats");
    senet_json_array_begin(&json);
    write_models(&json, &request->server->registry, request->names.model, request->names.version);
    senet_json_array_end(&json);
    senet_json_object_end(&json);
}
