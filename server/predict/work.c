#include "predict/work.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "http/hangup.h"
#include "http/refuse.h"
#include "http/request.h"
#include "predict/predict_input.h"

bool work_may_go_on(struct request *request)
{
    if (client_has_left(request, HANGUP_PATIENCE_MS))
        return refuse_gone(request);
    if (atomic_load(&request->server->out_of_time))
        return refuse_draining(request);
    return clock_now() < request->entry.deadline || refuse_late(request);
}

bool work_may_begin(struct request *request, double stages[STAGE_COUNT])
{
    double received = request->received;
    work_end_stage(request, stages, STAGE_QUEUE, &received);
    return work_may_go_on(request);
}

void work_end_stage(struct request *request, double stages[STAGE_COUNT], enum stage stage, double *since)
{
    double now = clock_now();
    stages[stage] += now - *since;
    metrics_stage(&request->served->metrics, stage, now - *since);
    *since = now;
}

enum senet_code work_decode(struct request *request, const struct image_source *image, enum senet_exif exif,
                            float *tensor, double stages[STAGE_COUNT], int *orientation, struct senet_error *error)
{
    struct server *server = request->server;
    const struct decoder_image wanted = {
        .bytes = image->bytes,
        .size = image->size,
        .exif = exif,
        .jpeg_scaling = (enum senet_jpeg_scaling)server->options.jpeg_scaling,
        .limits = {.max_pixels = server->options.max_pixels, .max_memory = (size_t)server->options.max_decode_memory},
        .preprocess = &request->served->info->preprocess,
        .request_id = request->id,
    };
    struct decoder_result result;
    if (decoder_decode(server->decoders, &wanted, tensor, &result, error))
        return error->code;
    stages[STAGE_DECODE] += result.decode_seconds;
    metrics_stage(&request->served->metrics, STAGE_DECODE, result.decode_seconds);
    stages[STAGE_PREPROCESS] += result.preprocess_seconds;
    metrics_stage(&request->served->metrics, STAGE_PREPROCESS, result.preprocess_seconds);
    *orientation = result.exif_orientation;
    return SENET_OK;
}

void work_note_top(struct request *request, const struct senet_session *session, int64_t index)
{
    struct senet_prediction top;
    if (!senet_session_top_k(session, index, 1, &top))
        return;
    if (top.label)
        snprintf(request->top, sizeof request->top, "%s", top.label);
    else
        snprintf(request->top, sizeof request->top, "%lld", (long long)top.class_id);
}

void work_observe_gates(struct served *served, const struct senet_session *session, size_t index,
                        struct senet_gate_summary *summaries)
{
    const struct senet_model_info *info = served->info;
    if (!info->se_block_count)
        return;
    for (size_t i = 0; i < info->se_block_count; i++) {
        int64_t channels = info->se_blocks[i].channels;
        senet_gate_summarise(senet_session_gate(session, i) + (int64_t)index * channels, channels, &summaries[i]);
    }
    served_observe_gates(served, summaries);
}

void work_count(struct request *request, const double stages[STAGE_COUNT])
{
    double input = stages[STAGE_DECODE] + stages[STAGE_PREPROCESS], total = clock_now() - request->received;
    const struct statistics_request counted = {
        .success = request->reply.status == 200,
        .total = total,
        .queue = stages[STAGE_QUEUE],
        .input = input,
        .infer = stages[STAGE_INFERENCE],
        .output = total - stages[STAGE_QUEUE] - input - stages[STAGE_INFERENCE],
    };
    statistics_request(&request->served->statistics, &counted);
    request->worked = true;
    memcpy(request->stages, stages, sizeof request->stages);
}
