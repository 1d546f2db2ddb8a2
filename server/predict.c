/* POST /v1/predict and its longer forms. Runs on a worker. */
#define _GNU_SOURCE /* POLLRDHUP */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decoder.h"
#include "handlers.h"
#include "predict_input.h"
#include "request.h"

#define PATIENCE 0.1 /* seconds */

struct prediction {
    struct request *request;
    struct served *served;
    struct senet_session *session;
    struct predict_input input;
    struct senet_json json;
    struct senet_gate_summary *gates; /* one per SE block, for the averages */
    double stages[STAGE_COUNT];       /* seconds */
};

/*
 * A client that has hung up needs no answer. libmicrohttpd does not look while a connection is suspended. One that has
 * only said that it will send no more (nc -N) looks the same, so what can be answered at once is.
 */
static bool client_is_gone(const struct request *request)
{
    if (clock_now() - request->received < PATIENCE)
        return false;
    struct pollfd poll_fd = {.fd = request->fd, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static bool refuse_gone(struct request *request)
{
    request->final_status = STATUS_CLIENT_GONE;
    return reply_error(&request->reply, 503, "client_gone", "the client hung up");
}

static void add_stage(struct prediction *prediction, enum stage stage, double seconds)
{
    prediction->stages[stage] += seconds;
    metrics_stage(&prediction->request->server->metrics, stage, seconds);
}

/* Adds the time since *since to a stage, and starts the next. */
static void end_stage(struct prediction *prediction, enum stage stage, double *since)
{
    double now = clock_now();
    add_stage(prediction, stage, now - *since);
    *since = now;
}

/* Which one it was, where there are several. */
static bool image_failure(struct prediction *prediction, size_t index, const struct senet_error *error)
{
    struct reply *reply = &prediction->request->reply;
    const char *filename = prediction->input.images[index].filename;
    if (prediction->input.image_count == 1)
        return reply_failure(reply, error);
    char name[160] = "";
    if (filename)
        snprintf(name, sizeof name, " ('%.128s')", filename);
    return reply_error(reply, senet_code_http_status(error->code), senet_code_text(error->code), "image %zu%s: %s",
                       index + 1, name, error->message);
}

static bool decode_image(struct prediction *prediction, size_t index, int *orientation)
{
    const struct image_source *source = &prediction->input.images[index];
    struct server *server = prediction->request->server;
    const struct decoder_image image = {
        .bytes = source->bytes,
        .size = source->size,
        .exif = prediction->input.exif,
        .jpeg_scaling = (enum senet_jpeg_scaling)server->options.jpeg_scaling,
        .limits = {.max_pixels = server->options.max_pixels, .max_memory = (size_t)server->options.max_decode_memory},
        .preprocess = &prediction->served->info->preprocess,
        .request_id = prediction->request->id,
    };
    struct decoder_result result;
    struct senet_error error;
    if (decoder_decode(server->decoders, &image, senet_session_input(prediction->session, 0), &result, &error))
        return image_failure(prediction, index, &error);
    add_stage(prediction, STAGE_DECODE, result.decode_seconds);
    add_stage(prediction, STAGE_PREPROCESS, result.preprocess_seconds);
    *orientation = result.exif_orientation;
    return true;
}

static bool infer_image(struct prediction *prediction, size_t index, int *orientation)
{
    if (!decode_image(prediction, index, orientation))
        return false;
    double since = clock_now();
    senet_session_run(prediction->session);
    end_stage(prediction, STAGE_INFERENCE, &since);
    metrics_batch(&prediction->request->server->metrics, 1);
    return true;
}

/* Overridden gates say nothing about the images that come in. */
static void observe_gates(struct prediction *prediction)
{
    const struct senet_model_info *info = prediction->served->info;
    if (prediction->input.gate_count || !info->se_block_count)
        return;
    for (size_t i = 0; i < info->se_block_count; i++)
        senet_gate_summarise(senet_session_gate(prediction->session, i), info->se_blocks[i].channels,
                             &prediction->gates[i]);
    served_observe_gates(prediction->served, prediction->gates);
}

static void note_top(struct prediction *prediction)
{
    struct request *request = prediction->request;
    struct senet_prediction top;
    if (!senet_session_top_k(prediction->session, 0, 1, &top))
        return;
    if (top.label)
        snprintf(request->top, sizeof request->top, "%s", top.label);
    else
        snprintf(request->top, sizeof request->top, "%lld", (long long)top.class_id);
}

static bool answer_image(struct prediction *prediction, size_t index)
{
    struct senet_json *json = &prediction->json;
    int orientation = 1;
    if (!infer_image(prediction, index, &orientation))
        return false;
    if (prediction->input.is_list)
        senet_json_object_begin(json);
    if (prediction->input.is_list && prediction->input.images[index].filename) {
        senet_json_key(json, "filename");
        senet_json_string(json, prediction->input.images[index].filename);
    }
    if (orientation > 1) {
        senet_json_key(json, "exif_orientation");
        senet_json_int(json, orientation);
    }
    senet_json_answer(json, prediction->session, 0, &prediction->input.answer);
    if (prediction->input.is_list)
        senet_json_object_end(json);
    observe_gates(prediction);
    if (index == 0)
        note_top(prediction);
    return true;
}

static bool answer_images(struct prediction *prediction)
{
    if (prediction->input.is_list) {
        senet_json_key(&prediction->json, "results");
        senet_json_array_begin(&prediction->json);
    }
    for (size_t i = 0; i < prediction->input.image_count; i++) {
        if (client_is_gone(prediction->request))
            return refuse_gone(prediction->request);
        if (atomic_load(&prediction->request->server->out_of_time))
            return reply_error(&prediction->request->reply, 503, "draining", "the server is stopping");
        if (!answer_image(prediction, i))
            return false;
    }
    if (prediction->input.is_list)
        senet_json_array_end(&prediction->json);
    return true;
}

static void write_head(struct prediction *prediction)
{
    struct senet_json *json = &prediction->json;
    reply_begin(&prediction->request->reply, 200, json);
    senet_json_object_begin(json);
    senet_json_key(json, "id");
    senet_json_string(json, prediction->request->id);
    senet_json_key(json, "model");
    senet_json_object_begin(json);
    senet_json_key(json, "name");
    senet_json_string(json, prediction->served->name);
    senet_json_key(json, "version");
    senet_json_string(json, prediction->served->version);
    senet_json_object_end(json);
}

static void write_tail(struct prediction *prediction)
{
    static const char *const names[STAGE_COUNT] = {"queue", "decode", "preprocess", "inference", "total"};
    struct senet_json *json = &prediction->json;
    const struct predict_input *input = &prediction->input;
    if (input->gate_count) {
        senet_json_key(json, "gates_overridden");
        senet_json_array_begin(json);
        for (size_t i = 0; i < input->gate_count; i++)
            senet_json_string(json, prediction->served->info->se_blocks[input->gates[i].se_block].layer);
        senet_json_array_end(json);
    }
    double received = prediction->request->received;
    end_stage(prediction, STAGE_TOTAL, &received);
    senet_json_key(json, "timing_ms");
    senet_json_object_begin(json);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        senet_json_key(json, names[i]);
        senet_json_double(json, prediction->stages[i] * 1e3, 3);
    }
    senet_json_object_end(json);
    senet_json_object_end(json);
}

/* What needs a session. */
static bool infer(struct prediction *prediction)
{
    struct session_pool *pool = &prediction->served->pool;
    struct senet_error error;
    if (session_pool_take(pool, &prediction->session, &error))
        return reply_failure(&prediction->request->reply, &error);
    for (size_t i = 0; i < prediction->input.gate_count; i++)
        senet_session_set_gate(prediction->session, prediction->input.gates[i].se_block,
                               prediction->input.gates[i].values);
    write_head(prediction);
    bool good = answer_images(prediction);
    session_pool_give(pool, prediction->session);
    if (good)
        write_tail(prediction);
    return good;
}

static bool predict(struct prediction *prediction)
{
    struct request *request = prediction->request;
    struct reply *reply = &request->reply;
    struct senet_error error;
    const struct predict_source source = {
        .query = request->target.query,
        .content_type = request->content_type,
        .body = request->body,
        .body_size = request->body_size,
        .max_images = (size_t)request->server->options.max_images,
        .model = prediction->served->model,
    };
    if (!prediction->served->takes_images)
        return reply_error(reply, 400, "invalid_argument", "the model '%s' does not take images",
                           prediction->served->name);
    if (predict_input_read(&prediction->input, &source, &error))
        return reply_failure(reply, &error);
    prediction->gates = calloc(prediction->served->info->se_block_count + 1, sizeof *prediction->gates);
    if (!prediction->gates)
        return reply_error(reply, 503, "out_of_memory", "out of memory");
    return infer(prediction);
}

void handle_predict(struct request *request, struct worker *worker)
{
    (void)worker;
    struct prediction prediction = {.request = request, .served = request->served};
    double received = request->received;
    end_stage(&prediction, STAGE_QUEUE, &received);
    if (prediction.stages[STAGE_QUEUE] > (double)request->server->options.queue_timeout)
        reply_error(&request->reply, 504, "deadline_passed", "the request waited too long for a worker");
    else if (client_is_gone(request))
        refuse_gone(request);
    else
        predict(&prediction);
    predict_input_release(&prediction.input);
    free(prediction.gates);
}
