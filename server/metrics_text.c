/* GET /metrics, in Prometheus' text format. */
#include <stdio.h>
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

static void write_durations(const struct metrics *metrics, struct senet_buffer *text)
{
    declare(text, "senetd_request_duration_seconds", "histogram", "From a request's first line to its answer's end.");
    histogram_write(&metrics->durations, "senetd_request_duration_seconds", "", text);
}

static void write_gauge(struct senet_buffer *text, const char *name, const char *help, int64_t value)
{
    declare(text, name, "gauge", help);
    senet_buffer_printf(text, "%s %lld\n", name, (long long)value);
}

typedef void model_writer(struct served *served, struct senet_buffer *text);

/* One pass over all versions of all models for each metric: the lines of a metric must stand together. */
static void for_models(const struct catalogue *catalogue, model_writer *write, struct senet_buffer *text)
{
    for (size_t i = 0; i < catalogue->count; i++)
        for (size_t v = 0; v < catalogue->models[i].version_count; v++)
            if (catalogue->models[i].versions[v].served)
                write(catalogue->models[i].versions[v].served, text);
}

static void write_info(struct served *served, struct senet_buffer *text)
{
    senet_buffer_printf(text, "senetd_model_info{model=\"%s\",version=\"%s\",architecture=\"", served->name,
                        served->version);
    write_label(text, served->info->architecture);
    senet_buffer_printf(text, "\",isa=\"%s\"} 1\n", served->info->isa);
}

static void write_outcomes(struct served *served, struct senet_buffer *text)
{
    struct statistics_numbers numbers = statistics_read(&served->statistics);
    const struct {
        const char *outcome;
        uint64_t count;
    } rows[] = {{"success", numbers.success.count}, {"failure", numbers.fail.count}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        senet_buffer_printf(text, "senetd_model_requests_total{outcome=\"%s\",model=\"%s\",version=\"%s\"} %llu\n",
                            rows[i].outcome, served->name, served->version, (unsigned long long)rows[i].count);
}

#define MODEL_LABELS_SIZE (MODEL_NAME_MAX + MODEL_VERSION_TEXT + 64)

static void write_stages(struct served *served, struct senet_buffer *text)
{
    static const char *const stages[STAGE_COUNT] = {"queue", "decode", "preprocess", "inference", "total"};
    char labels[MODEL_LABELS_SIZE];
    pthread_mutex_lock(&served->metrics.lock);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        snprintf(labels, sizeof labels, "stage=\"%s\",model=\"%s\",version=\"%s\"", stages[i], served->name,
                 served->version);
        histogram_write(&served->metrics.stages[i], "senetd_stage_duration_seconds", labels, text);
    }
    pthread_mutex_unlock(&served->metrics.lock);
}

static void write_batches(struct served *served, struct senet_buffer *text)
{
    char labels[MODEL_LABELS_SIZE];
    snprintf(labels, sizeof labels, "model=\"%s\",version=\"%s\"", served->name, served->version);
    pthread_mutex_lock(&served->metrics.lock);
    histogram_write(&served->metrics.batches, "senetd_batch_size", labels, text);
    pthread_mutex_unlock(&served->metrics.lock);
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

/* Of a model's versions the one is shown that is served by default, so that there is one line for each layer. */
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
    write_durations(metrics, text);
    int64_t inflight = metrics->inflight;
    pthread_mutex_unlock(&metrics->lock);
    write_gauge(text, "senetd_inflight", "Requests begun and not yet answered, this one included.", inflight);
    write_gauge(text, "senetd_queue_depth", "Requests waiting for a worker.", (int64_t)queue_depth(&server->queue));
    declare(text, "senetd_log_lines_lost_total", "counter", "Log lines that could not be written: a full disk, say.");
    senet_buffer_printf(text, "senetd_log_lines_lost_total %llu\n", (unsigned long long)log_lines_lost());
    write_gauge(text, "senetd_connections", "Open connections.", (int64_t)connections_open(&server->connections));
    handshakes_write_metrics(&server->relay.handshakes, text);
}

static void write_models(const struct catalogue *catalogue, struct senet_buffer *text)
{
    declare(text, "senetd_model_info", "gauge", "Models being served; always 1.");
    for_models(catalogue, write_info, text);
    declare(text, "senetd_model_requests_total", "counter", "Requests for inference, by outcome.");
    for_models(catalogue, write_outcomes, text);
    declare(text, "senetd_stage_duration_seconds", "histogram", "Stages of a prediction.");
    for_models(catalogue, write_stages, text);
    declare(text, "senetd_batch_size", "histogram", "Images in one inference.");
    for_models(catalogue, write_batches, text);
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
