#include "trace.h"

#include "output_file.h"
#include "steps.h"

static void write_microseconds(struct senet_json *json, const char *key, double seconds)
{
    senet_json_key(json, key);
    senet_json_double(json, 1e6 * seconds, 3);
}

/* A complete event ("X"): it has its duration with it. */
static void write_event(struct senet_json *json, const struct senet_step *step, const struct senet_span *span)
{
    const char *const texts[][2] = {{"name", step->layer}, {"cat", step->type}, {"ph", "X"}};
    senet_json_object_begin(json);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        senet_json_key(json, texts[i][0]);
        senet_json_string(json, texts[i][1]);
    }
    senet_json_key(json, "pid");
    senet_json_int(json, 1);
    senet_json_key(json, "tid");
    senet_json_int(json, 1);
    write_microseconds(json, "ts", span->begin);
    write_microseconds(json, "dur", span->end - span->begin);
    senet_json_key(json, "args");
    senet_json_object_begin(json);
    step_write_json(json, step, span->end - span->begin);
    senet_json_object_end(json);
    senet_json_object_end(json);
}

int trace_write(const char *path, const struct senet_model_info *info, const struct senet_span *spans)
{
    struct senet_buffer buffer = {0};
    struct senet_json json = {.buffer = &buffer};
    senet_json_object_begin(&json);
    senet_json_key(&json, "displayTimeUnit");
    senet_json_string(&json, "ms");
    senet_json_key(&json, "traceEvents");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < info->step_count; i++)
        write_event(&json, &info->steps[i], &spans[i]);
    senet_json_array_end(&json);
    senet_json_object_end(&json);
    senet_buffer_append(&buffer, "\n", 1);
    return output_file_write(path, &buffer);
}
