#include "steps.h"

#include <stdio.h>

#include "output_file.h"
#include "terminal.h"

static double seconds_of(const struct step_times *times, size_t step)
{
    return times->spans[step].end - times->spans[step].begin;
}

static double run_seconds(const struct step_times *times)
{
    size_t count = times->info->step_count;
    return count > 0 ? times->spans[count - 1].end : 0;
}

/* 0 where a step multiplies nothing, or is too short for the clock. */
static double gflops_of(const struct step_times *times, size_t step)
{
    double seconds = seconds_of(times, step);
    return seconds > 0 ? 2e-9 * (double)times->info->steps[step].macs / seconds : 0;
}

/* ------------------------------------------------------------------- table */

enum { COLUMN_STEP, COLUMN_KERNEL, COLUMNS };

static void texts_of(const struct senet_step *step, char texts[COLUMNS][512])
{
    snprintf(texts[COLUMN_STEP], sizeof texts[0], "%s (%s)", step->layer, step->type);
    snprintf(texts[COLUMN_KERNEL], sizeof texts[0], "%s", step->kernel);
}

static void print_numbers(const struct step_times *times, size_t step)
{
    double gflops = gflops_of(times, step), run = run_seconds(times);
    printf("  %9.4f  %5.1f %%", 1e3 * seconds_of(times, step), run > 0 ? 100 * seconds_of(times, step) / run : 0);
    if (gflops > 0 && times->peak > 0)
        printf("  %8.1f  %5.1f %%", gflops, 100 * gflops / times->peak);
    printf("\n");
}

void steps_print(const struct step_times *times)
{
    const struct senet_model_info *info = times->info;
    struct style style = terminal_style();
    char texts[COLUMNS][512] = {"Step (type)", "kernel"};
    int width[COLUMNS] = {20, 10};
    for (size_t i = 0; i < info->step_count; i++) {
        texts_of(&info->steps[i], texts);
        for (int column = 0; column < COLUMNS; column++)
            width[column] = text_width(texts[column]) > width[column] ? text_width(texts[column]) : width[column];
    }
    printf("\nfastest run, peak %.1f GFLOP/s\n%s", times->peak, style.bold);
    text_pad("Step (type)", width[COLUMN_STEP] + 2);
    text_pad("kernel", width[COLUMN_KERNEL]);
    printf("  %9s  %7s  %8s  %7s%s\n", "ms", "share", "GFLOP/s", "of peak", style.plain);
    for (size_t i = 0; i < info->step_count; i++) {
        texts_of(&info->steps[i], texts);
        for (int column = 0; column < COLUMNS; column++)
            text_pad(texts[column], width[column] + 2 * (column + 1 < COLUMNS));
        print_numbers(times, i);
    }
}

/* -------------------------------------------------------------------- JSON */

static void write_string(struct senet_json *json, const char *key, const char *text)
{
    senet_json_key(json, key);
    senet_json_string(json, text);
}

static void write_double(struct senet_json *json, const char *key, double number, int decimals)
{
    senet_json_key(json, key);
    senet_json_double(json, number, decimals);
}

/* What a step does, whenever it does it. */
static void write_description(struct senet_json *json, const struct senet_step *step)
{
    write_string(json, "kernel", step->kernel);
    senet_json_key(json, "macs");
    senet_json_int(json, step->macs);
    senet_json_key(json, "output");
    senet_json_array_begin(json);
    for (int axis = 0; axis < step->output.rank; axis++)
        senet_json_int(json, step->output.dim[axis]);
    senet_json_array_end(json);
}

void steps_write_json(struct senet_json *json, const struct step_times *times)
{
    double run = run_seconds(times);
    write_double(json, "peak_gflops", times->peak, 1);
    senet_json_key(json, "steps");
    senet_json_array_begin(json);
    for (size_t i = 0; i < times->info->step_count; i++) {
        const struct senet_step *step = &times->info->steps[i];
        senet_json_object_begin(json);
        write_string(json, "layer", step->layer);
        write_string(json, "type", step->type);
        write_description(json, step);
        write_double(json, "ms", 1e3 * seconds_of(times, i), 6);
        write_double(json, "share", run > 0 ? seconds_of(times, i) / run : 0, 6);
        write_double(json, "gflops", gflops_of(times, i), 3);
        write_double(json, "peak_share", times->peak > 0 ? gflops_of(times, i) / times->peak : 0, 6);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

/* ------------------------------------------------------------------- trace */

/* A complete event ("X"): times in microseconds. */
static void write_event(struct senet_json *json, const struct step_times *times, size_t index)
{
    const struct senet_step *step = &times->info->steps[index];
    senet_json_object_begin(json);
    write_string(json, "name", step->layer);
    write_string(json, "cat", step->type);
    write_string(json, "ph", "X");
    senet_json_key(json, "pid");
    senet_json_int(json, 1);
    senet_json_key(json, "tid");
    senet_json_int(json, 1);
    write_double(json, "ts", 1e6 * times->spans[index].begin, 3);
    write_double(json, "dur", 1e6 * seconds_of(times, index), 3);
    senet_json_key(json, "args");
    senet_json_object_begin(json);
    write_string(json, "type", step->type);
    write_description(json, step);
    write_double(json, "gflops", gflops_of(times, index), 3);
    senet_json_object_end(json);
    senet_json_object_end(json);
}

static void write_events(struct senet_buffer *buffer, const struct step_times *times)
{
    struct senet_json json = {.buffer = buffer};
    senet_json_object_begin(&json);
    write_string(&json, "displayTimeUnit", "ms");
    senet_json_key(&json, "traceEvents");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < times->info->step_count; i++)
        write_event(&json, times, i);
    senet_json_array_end(&json);
    senet_json_object_end(&json);
    senet_buffer_append(buffer, "\n", 1);
}

int steps_write_trace(const char *path, const struct step_times *times)
{
    struct senet_buffer buffer = {0};
    write_events(&buffer, times);
    return output_file_write(path, &buffer);
}
