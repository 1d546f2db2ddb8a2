/* Liveness and readiness. */
#include "http/request.h"
#include "routes/handlers.h"

static void answer(struct request *request, const char *key, bool truth, const char *reason)
{
    struct senet_json json;
    reply_begin(&request->reply, truth ? 200 : 503, &json);
    senet_json_object_begin(&json);
    senet_json_key(&json, key);
    senet_json_bool(&json, truth);
    if (reason) {
        senet_json_key(&json, "reason");
        senet_json_string(&json, reason);
    }
    senet_json_object_end(&json);
}

void handle_live(struct request *request, struct worker *worker)
{
    (void)worker;
    answer(request, "live", true, NULL);
}

/* True while any model is served, so that loading one does not take the others out of service. */
static bool serves_any(struct registry *registry)
{
    struct catalogue *catalogue = registry_catalogue(registry);
    bool any = false;
    for (size_t i = 0; i < catalogue->count && !any; i++)
        any = catalogue_served(&catalogue->models[i]) != NULL;
    catalogue_release(catalogue);
    return any;
}

/* A model is served once it is warm and has been checked, and connections are accepted after those of the start. */
void handle_ready(struct request *request, struct worker *worker)
{
    (void)worker;
    const char *reason = NULL;
    if (atomic_load(&request->server->draining))
        reason = "stopping";
    else if (!serves_any(&request->server->registry))
        reason = "no model is loaded";
    answer(request, "ready", !reason, reason);
}
