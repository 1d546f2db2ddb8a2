/* GET /metrics, in Prometheus' text format. */
#include <stdlib.h>

#include "decoder/decoder.h"
#include "http/request.h"
#include "log.h"
#include "process.h"
#include "routes/handlers.h"

static void declare(struct senet_buffer *text, const char *name, const char *type, const char *help)
{
    senet_buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value with \, " and line ends escaped: layers are named by files. */
static void write_label(struct senet_buffer *text, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            senet_buffer_append(text, "\\n", 2);
        else if (*value == '\\' || *value == '"')
            senet_buffer_printf(text, "\\%c", *value);
        else
            senet_buffer_append(text, value, 1);
    }
}

static void write_requests(const struct metrics *metrics, struct senet_buffer *text)
{
    declare(text, "senetd_requests_total", "counter", "Requests, by route and status of the answer.");
    for (size_t route = 0; route < route_count(); route++)
        for (int status = 0; status < METRICS_STATUS_MAX; status++)
            if (metrics->requests[route][status])
                senet_buffer_printf(text, "senetd_requests_total{route=\"%s\",code=\"%d\"} %llu\n", route_label(route),
                                    status, (unsigned long long)metrics->requests[route][status]);
}

static void write_histograms(const struct metrics *metrics, struct senet_buffer *text)
{
    static const char *const stages[STAGE_COUNT] = {"stage=\"queue\"", "stage=\"decode\"", "stage=\"preprocess\"",
                                                    "stage=\"inference\"", "stage=\"total\""};
    declare(text, "senetd_request_duration_seconds", "histogram", "From a request's first line to its answer's end.");
    histogram_write(&metrics->durations, "senetd_request_duration_seconds", "", text);
    declare(text, "senetd_stage_duration_seconds", "histogram", "Stages of a prediction.");
    for (size_t i = 0; i < STAGE_COUNT; i++)
        histogram_write(&metrics->stages[i], "senetd_stage_duration_seconds", stages[i], text);
    declare(text, "senetd_batch_size", "histogram", "Images in one inference.");
    histogram_write(&metrics->batches, "senetd_batch_size", "", text);
}

static void write_gauge(struct senet_buffer *text, const char *name, const char *help, int64_t value)
{
    declare(text, name, "gauge", help);
    senet_buffer_printf(text, "%s %lld\n", name, (long long)value);
}

static void write_model_info(const struct catalogue *catalogue, struct senet_buffer *text)
{
    declare(text, "senetd_model_info", "gauge", "Models being served; always 1.");
    for (size_t i = 0; i < catalogue->count; i++)
        for (size_t v = 0; v < catalogue->models[i].version_count; v++) {
            const struct served *served = catalogue->models[i].versions[v].served;
            if (!served)
                continue;
            senet_buffer_printf(text, "senetd_model_info{model=\"%s\",version=\"%s\",architecture=\"", served->name,
                                served->version);
            write_label(text, served->info->architecture);
            senet_buffer_printf(text, "\",isa=\"%s\"} 1\n", served->info->isa);
        }
}

static void write_loads(struct loader *loader, struct senet_buffer *text)
{
    static const char *const outcomes[LOAD_OUTCOMES] = {"success", "failure"};
    declare(text, "senetd_model_loads_total", "counter", "Versions of models that were loaded, by outcome.");
    for (size_t i = 0; i < LOAD_OUTCOMES; i++)
        senet_buffer_printf(text, "senetd_model_loads_total{outcome=\"%s\"} %llu\n", outcomes[i],
                            (unsigned long long)atomic_load(&loader->outcomes[i]));
    write_gauge(text, "senetd_model_memory_bytes", "Weights and sessions of all models.",
                (int64_t)atomic_load(&loader->memory));
}

static void write_gate(struct senet_buffer *text, const char *metric, const struct served *served, size_t block,
                       double value)
{
    senet_buffer_printf(text, "%s{model=\"%s\",layer=\"", metric, served->name);
    write_label(text, served->info->se_blocks[block].layer);
    senet_buffer_printf(text, "\"} %.9g\n", value);
}

/*
 * One pass for each metric: the lines of a metric must stand together. Of a model's versions the one is shown that is
 * served by default, so that there is one line for each layer.
 */
static void write_gates(const struct catalogue *catalogue, const char *metric, bool saturated,
                        struct senet_buffer *text)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        struct served *served = catalogue_served(&catalogue->models[i]);
        if (!served)
            continue;
        size_t count = served->info->se_block_count;
        struct gate_average *averages = calloc(count + 1, sizeof *averages);
        if (!averages) {
            text->failed = true;
            return;
        }
        bool any = served_gate_averages(served, averages);
        for (size_t block = 0; any && block < count; block++)
            write_gate(text, metric, served, block, saturated ? averages[block].saturated : averages[block].mean);
        free(averages);
    }
}

static void write_counts(struct server *server, struct senet_buffer *text)
{
    struct metrics *metrics = &server->metrics;
    pthread_mutex_lock(&metrics->lock);
    write_requests(metrics, text);
    write_histograms(metrics, text);
    int64_t inflight = metrics->inflight;
    pthread_mutex_unlock(&metrics->lock);
    write_gauge(text, "senetd_inflight", "Requests begun and not yet answered, this one included.", inflight);
    write_gauge(text, "senetd_queue_depth", "Requests waiting for a worker.", (int64_t)queue_depth(&server->queue));
    declare(text, "senetd_log_lines_lost_total", "counter", "Log lines that could not be written: a full disk, say.");
    senet_buffer_printf(text, "senetd_log_lines_lost_total %llu\n", (unsigned long long)log_lines_lost());
    write_gauge(text, "senetd_connections", "Open connections.", (int64_t)connections_open(&server->connections));
}

static void write_models(const struct catalogue *catalogue, struct senet_buffer *text)
{
    write_model_info(catalogue, text);
    declare(text, "senetd_gate_mean", "gauge", "Mean of an SE block's gate, averaged over the last 100 images or so.");
    write_gates(catalogue, "senetd_gate_mean", false, text);
    declare(text, "senetd_gate_saturated_ratio", "gauge",
            "Share of an SE block's channels gated below 0.05 or above 0.95, averaged likewise.");
    write_gates(catalogue, "senetd_gate_saturated_ratio", true, text);
}

void handle_metrics(struct request *request, struct worker *worker)
{
    (void)worker;
    struct server *server = request->server;
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    request->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    struct senet_buffer *text = &request->reply.body;
    struct catalogue *catalogue = registry_catalogue(&server->registry);
    write_counts(server, text);
    write_models(catalogue, text);
    write_loads(&server->loader, text);
    decoder_pool_write_metrics(server->decoders, text);
    process_write(text);
    catalogue_release(catalogue);
}
