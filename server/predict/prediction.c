#include "predict/prediction.h"

#include <stdio.h>

#include "predict/work.h"

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

bool prediction_decode(struct prediction *prediction, float *tensor, int *orientation)
{
    size_t index = prediction->begun++;
    struct senet_error error;
    if (work_decode(prediction->request, &prediction->input.images[index], prediction->input.exif, tensor,
                    prediction->stages, orientation, &error))
        return image_failure(prediction, index, &error);
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
    senet_json_string(json, prediction->request->served->name);
    senet_json_key(json, "version");
    senet_json_string(json, prediction->request->served->version);
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
            senet_json_string(json, prediction->request->served->info->se_blocks[input->gates[i].se_block].layer);
        senet_json_array_end(json);
    }
    double received = prediction->request->received;
    work_end_stage(prediction->request, prediction->stages, STAGE_TOTAL, &received);
    senet_json_key(json, "timing_ms");
    senet_json_object_begin(json);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        senet_json_key(json, names[i]);
        senet_json_double(json, prediction->stages[i] * 1e3, 3);
    }
    senet_json_object_end(json);
    senet_json_object_end(json);
}

static void write_image(struct prediction *prediction, const struct senet_session *session, int64_t index,
                        int orientation)
{
    struct senet_json *json = &prediction->json;
    const char *filename = prediction->input.images[prediction->answered].filename;
    if (prediction->input.is_list)
        senet_json_object_begin(json);
    if (prediction->input.is_list && filename) {
        senet_json_key(json, "filename");
        senet_json_string(json, filename);
    }
    if (orientation > 1) {
        senet_json_key(json, "exif_orientation");
        senet_json_int(json, orientation);
    }
    senet_json_answer(json, session, index, &prediction->input.answer);
    if (prediction->input.is_list)
        senet_json_object_end(json);
}

void prediction_answer(struct prediction *prediction, const struct senet_session *session, int64_t index,
                       int orientation)
{
    if (prediction->answered == 0)
        work_note_top(prediction->request, session, index);
    write_image(prediction, session, index, orientation);
    if (++prediction->answered < prediction->input.image_count)
        return;
    if (prediction->input.is_list)
        senet_json_array_end(&prediction->json);
    write_tail(prediction);
}

bool prediction_begin(struct prediction *prediction, struct request *request)
{
    *prediction = (struct prediction){.request = request};
    struct reply *reply = &request->reply;
    struct senet_error error;
    if (!work_may_begin(request, prediction->stages))
        return false;
    if (!request->served->takes_images)
        return reply_error(reply, 400, "invalid_argument", "the model '%s' does not take images",
                           request->served->name);
    const struct predict_source source = {
        .query = request->target.query,
        .content_type = request->content_type,
        .body = request->body,
        .body_size = request->body_size,
        .max_images = (size_t)request->server->options.max_images,
        .model = request->served->model,
    };
    if (predict_input_read(&prediction->input, &source, &error))
        return reply_failure(reply, &error);
    write_head(prediction);
    if (prediction->input.is_list) {
        senet_json_key(&prediction->json, "results");
        senet_json_array_begin(&prediction->json);
    }
    return true;
}

void prediction_release(struct prediction *prediction)
{
    predict_input_release(&prediction->input);
}
