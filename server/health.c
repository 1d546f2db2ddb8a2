/* Liveness and readiness. */
#include "handlers.h"
#include "request.h"

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

/* Connections are accepted only once every worker has run its models: all that can come between is the end. */
void handle_ready(struct request *request, struct worker *worker)
{
    (void)worker;
    bool draining = atomic_load(&request->server->draining);
    answer(request, "ready", !draining, draining ? "stopping" : NULL);
}
