#include "trace.h"

#include "output_file.h"
#include "steps.h"

/* A complete event ("X"): it has its duration with it. */
static void write_event(struct senet_json *json, const struct senet_step *step, const struct senet_span *span)
{
    const char *const texts[][2] = {{"name", step->layer}, {"cat", step->type}, {"ph", "X"}};
    senet_json_object_begin(json);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        senet_json_member_string(json, texts[i][0], texts[i][1]);
    senet_json_member_int(json, "pid", 1);
    senet_json_member_int(json, "tid", 1);
    senet_json_member_double(json, "ts", 1e6 * span->begin, 3);
    senet_json_member_double(json, "dur", 1e6 * (span->end - span->begin), 3);
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
