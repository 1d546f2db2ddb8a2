/* What one image gave, as JSON: the part of an answer that the daemon and the command line share. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "answer/glob.h"
#include "senet.h"

bool senet_answer_selects(const struct senet_answer_options *options, const char *layer)
{
    for (size_t i = 0; i < options->layer_count; i++)
        if (glob_matches(options->layers[i], layer))
            return true;
    return options->layer_count == 0;
}

static void write_prediction(struct senet_json *json, const struct senet_prediction *prediction)
{
    senet_json_object_begin(json);
    senet_json_key(json, "class_id");
    senet_json_int(json, prediction->class_id);
    if (prediction->label) {
        senet_json_key(json, "label");
        senet_json_string(json, prediction->label);
    }
    senet_json_key(json, "score");
    senet_json_float(json, prediction->score);
    senet_json_object_end(json);
}

static void write_predictions(struct senet_json *json, const struct senet_session *session, int64_t index, size_t k)
{
    const struct senet_model_info *info = senet_model_info(senet_session_model(session));
    size_t room = k < (size_t)info->class_count ? k : (size_t)info->class_count;
    struct senet_prediction *predictions = room ? calloc(room, sizeof *predictions) : NULL;
    if (room && !predictions) {
        json->buffer->failed = true;
        return;
    }
    size_t count = senet_session_top_k(session, index, room, predictions);
    senet_json_key(json, "predictions");
    senet_json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        write_prediction(json, &predictions[i]);
    senet_json_array_end(json);
    free(predictions);
}

/* What is shown is finite: a gate that is not (a broken network) is shown as the nearest float, NaN as 0. */
static float shown(float gate)
{
    return isnan(gate) ? 0 : fminf(fmaxf(gate, -FLT_MAX), FLT_MAX);
}

static void write_summary(struct senet_json *json, const float *gate, int64_t channels)
{
    struct senet_gate_summary summary;
    senet_gate_summarise(gate, channels, &summary);
    const struct {
        const char *key;
        float value;
    } members[] = {{"mean", summary.mean},
                   {"std", summary.std},
                   {"min", summary.min},
                   {"max", summary.max},
                   {"saturated_ratio", summary.saturated_ratio}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        senet_json_key(json, members[i].key);
        senet_json_float(json, shown(members[i].value));
    }
}

static void write_gate(struct senet_json *json, const struct senet_se_block *block, const float *gate,
                       enum senet_attention attention)
{
    senet_json_object_begin(json);
    senet_json_key(json, "layer");
    senet_json_string(json, block->layer);
    senet_json_key(json, "channels");
    senet_json_int(json, block->channels);
    write_summary(json, gate, block->channels);
    if (attention == SENET_ATTENTION_FULL) {
        senet_json_key(json, "weights");
        senet_json_array_begin(json);
        for (int64_t c = 0; c < block->channels; c++)
            senet_json_float(json, shown(gate[c]));
        senet_json_array_end(json);
    }
    senet_json_object_end(json);
}

void senet_json_answer(struct senet_json *json, const struct senet_session *session, int64_t index,
                       const struct senet_answer_options *options)
{
    const struct senet_model_info *info = senet_model_info(senet_session_model(session));
    write_predictions(json, session, index, options->top_k);
    if (options->attention == SENET_ATTENTION_NONE)
        return;
    senet_json_key(json, "attention");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        if (senet_answer_selects(options, block->layer))
            write_gate(json, block, senet_session_gate(session, i) + index * block->channels, options->attention);
    }
    senet_json_array_end(json);
}
