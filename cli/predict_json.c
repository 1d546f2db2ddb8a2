/* The JSON that senetd answers with. Results leave as they come, so that ten thousand images need no memory. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "override.h"
#include "predict.h"

static void flush(struct predict_report *report)
{
    if (report->buffer.failed)
        return;
    fwrite(report->buffer.data, 1, report->buffer.size, stdout);
    report->buffer.size = 0;
}

static void write_timing(struct senet_json *json, const struct predict_timing *timing)
{
    const struct {
        const char *key;
        double milliseconds;
    } members[] = {
        {"queue", 0}, /* nothing waits here, but the answer has the daemon's shape */
        {"decode", timing->decode},
        {"preprocess", timing->preprocess},
        {"inference", timing->inference},
        {"total", timing->decode + timing->preprocess + timing->inference},
    };
    senet_json_key(json, "timing_ms");
    senet_json_object_begin(json);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        senet_json_key(json, members[i].key);
        senet_json_double(json, members[i].milliseconds, 3);
    }
    senet_json_object_end(json);
}

static void write_result(struct predict_report *report, const struct predict_image *image)
{
    struct senet_json *json = &report->json;
    if (image->exif_orientation > 1) {
        senet_json_key(json, "exif_orientation");
        senet_json_int(json, image->exif_orientation);
    }
    senet_json_answer(json, report->session, 0, &report->answer);
}

static void write_gates(struct senet_json *json, const struct text_list *gates)
{
    if (!gates->count)
        return;
    senet_json_key(json, "gates_overridden");
    senet_json_array_begin(json);
    for (size_t i = 0; i < gates->count; i++) {
        char layer[256];
        snprintf(layer, sizeof layer, "%.*s", (int)override_layer_length(gates->items[i]), gates->items[i]);
        senet_json_string(json, layer);
    }
    senet_json_array_end(json);
}

static void json_begin(struct predict_report *report)
{
    struct senet_json *json = &report->json;
    *json = (struct senet_json){.buffer = &report->buffer};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char id[64];
    snprintf(id, sizeof id, "%" PRIx64 "%08lx-%lx", (uint64_t)now.tv_sec, (unsigned long)now.tv_nsec,
             (unsigned long)getpid());
    senet_json_object_begin(json);
    senet_json_key(json, "id");
    senet_json_string(json, id);
    senet_json_key(json, "model");
    senet_json_object_begin(json);
    senet_json_key(json, "name");
    senet_json_string(json, report->identity.name);
    senet_json_key(json, "version");
    senet_json_string(json, report->identity.version);
    senet_json_object_end(json);
    if (report->plural) {
        senet_json_key(json, "results");
        senet_json_array_begin(json);
    }
}

static void json_image(struct predict_report *report, const struct predict_image *image)
{
    if (!report->plural) {
        write_result(report, image);
        return;
    }
    senet_json_object_begin(&report->json);
    senet_json_key(&report->json, "filename");
    senet_json_string(&report->json, image->path);
    write_result(report, image);
    senet_json_object_end(&report->json);
    flush(report);
}

static void json_end(struct predict_report *report)
{
    if (report->plural)
        senet_json_array_end(&report->json);
    write_gates(&report->json, report->gates);
    write_timing(&report->json, &report->timing);
    senet_json_object_end(&report->json);
    senet_buffer_append(&report->buffer, "\n", 1);
    flush(report);
}

const struct predict_format predict_json = {json_begin, json_image, json_end};
