/* POST /v2/repository/...: the model repository extension of the Open Inference Protocol, as Triton defines it. */
#include <cjson/cJSON.h>
#include <string.h>

#include "http/request.h"
#include "models/reload.h"
#include "predict/json_body.h"
#include "routes/handlers.h"

static void write_row(struct senet_json *json, const char *name, const char *version, const char *state,
                      const char *reason)
{
    senet_json_object_begin(json);
    senet_json_member_string(json, "name", name);
    if (version)
        senet_json_member_string(json, "version", version);
    senet_json_member_string(json, "state", state);
    senet_json_member_string(json, "reason", reason);
    senet_json_object_end(json);
}

/* With `ready` only what is served. */
static void write_rows(struct senet_json *json, const struct catalogue_model *model, bool ready)
{
    const char *waiting = model->loading ? "LOADING" : "UNAVAILABLE";
    for (size_t i = 0; i < model->version_count; i++) {
        const struct catalogue_version *version = &model->versions[i];
        char number[MODEL_VERSION_TEXT];
        model_version_text(version->number, number);
        if (version->served || !ready)
            write_row(json, model->name, number, version->served ? "READY" : waiting, version->reason);
    }
    if (!ready && (!model->version_count || *model->reason))
        write_row(json, model->name, NULL, waiting, model->reason);
}

/* The body may be absent. The caller deletes *document, which may be NULL. */
static bool read_body(struct request *request, cJSON **document)
{
    struct senet_error error;
    *document = NULL;
    if (!request->body_size || !json_body_parse(request->body, request->body_size, document, &error))
        return true;
    return reply_failure(&request->reply, &error);
}

void handle_repository_index(struct request *request, struct worker *worker)
{
    (void)worker;
    cJSON *document;
    if (!read_body(request, &document))
        return;
    const cJSON *ready = cJSON_GetObjectItemCaseSensitive(document, "ready");
    if (ready && !cJSON_IsBool(ready)) {
        reply_error(&request->reply, 400, "invalid_argument", "'ready' must be true or false");
    } else {
        struct catalogue *catalogue = registry_catalogue(&request->server->registry);
        struct senet_json json;
        reply_begin(&request->reply, 200, &json);
        senet_json_array_begin(&json);
        for (size_t i = 0; i < catalogue->count; i++)
            write_rows(&json, &catalogue->models[i], cJSON_IsTrue(ready));
        senet_json_array_end(&json);
        catalogue_release(catalogue);
    }
    cJSON_Delete(document);
}

/* Models come from their folders: what Triton lets a client bring along is refused rather than left out. */
static bool check_parameters(struct request *request, const cJSON *document)
{
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(document, "parameters"), *parameter;
    struct reply *reply = &request->reply;
    if (parameters && !cJSON_IsObject(parameters))
        return reply_error(reply, 400, "invalid_argument", "'parameters' must be an object");
    cJSON_ArrayForEach(parameter, parameters)
    {
        if (!strcmp(parameter->string, "config") || !strncmp(parameter->string, "file:", 5))
            return reply_error(reply, 400, "invalid_argument",
                               "the parameter '%.64s' is not supported: models are loaded from their folders",
                               parameter->string);
    }
    return true;
}

static void answer(struct request *request, enum reload_answer answered, const struct senet_error *error)
{
    const char *name = request->names.model;
    struct senet_json json;
    if (answered == RELOAD_NO_MODEL) {
        reply_error(&request->reply, 404, "not_found", "there is no model '%s'", name);
    } else if (answered == RELOAD_FAILED) {
        /* It is not the fault of the server that a file is missing or broken. */
        int status = error->code == SENET_OUT_OF_MEMORY ? 503 : 400;
        reply_error(&request->reply, status, senet_code_text(error->code), "model '%s': %s", name, error->message);
    } else {
        reply_begin(&request->reply, 200, &json);
        senet_json_object_begin(&json);
        senet_json_member_string(&json, "name", name);
        senet_json_object_end(&json);
    }
}

static void act(struct request *request,
                enum reload_answer (*action)(struct loader *loader, const char *name, struct senet_error *error))
{
    cJSON *document;
    struct senet_error error = {0};
    if (!read_body(request, &document))
        return;
    if (check_parameters(request, document)) {
        enum reload_answer answered = action(&request->server->loader, request->names.model, &error);
        answer(request, answered, &error);
    }
    cJSON_Delete(document);
}

void handle_repository_load(struct request *request, struct worker *worker)
{
    (void)worker;
    act(request, reload_model);
}

void handle_repository_unload(struct request *request, struct worker *worker)
{
    (void)worker;
    act(request, unload_model);
}
