#include "steps.h"

#include <stdio.h>

#include "terminal.h"

static double sum_of_seconds(const struct step_times *times)
{
    double sum = 0;
    for (size_t i = 0; i < times->info->step_count; i++)
        sum += times->seconds[i];
    return sum;
}

static double share_of(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static double step_gflops(const struct senet_step *step, double seconds)
{
    return seconds > 0 ? 2e-9 * (double)step->macs / seconds : 0;
}

/* ------------------------------------------------------------------- table */

enum { COLUMN_STEP, COLUMN_KERNEL, COLUMNS };

static void texts_of(const struct senet_step *step, char texts[COLUMNS][512])
{
    snprintf(texts[COLUMN_STEP], sizeof texts[0], "%s (%s)", step->layer, step->type);
    snprintf(texts[COLUMN_KERNEL], sizeof texts[0], "%s", step->kernel);
}

static void print_numbers(const struct step_times *times, size_t index, double sum)
{
    double seconds = times->seconds[index], gflops = step_gflops(&times->info->steps[index], seconds);
    printf("  %9.4f  %5.1f %%", 1e3 * seconds, 100 * share_of(seconds, sum));
    if (gflops > 0)
        printf("  %8.1f  %5.1f %%", gflops, 100 * share_of(gflops, times->peak));
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
    double sum = sum_of_seconds(times);
    printf("\nsteps %.3f ms, each at its fastest; peak %.1f GFLOP/s\n%s", 1e3 * sum, times->peak, style.bold);
    text_pad("Step (type)", width[COLUMN_STEP] + 2);
    text_pad("kernel", width[COLUMN_KERNEL]);
    printf("  %9s  %7s  %8s  %7s%s\n", "ms", "share", "GFLOP/s", "of peak", style.plain);
    for (size_t i = 0; i < info->step_count; i++) {
        texts_of(&info->steps[i], texts);
        for (int column = 0; column < COLUMNS; column++)
            text_pad(texts[column], width[column] + 2 * (column + 1 < COLUMNS));
        print_numbers(times, i, sum);
    }
}

/* -------------------------------------------------------------------- JSON */

void step_write_json(struct senet_json *json, const struct senet_step *step, double seconds)
{
    senet_json_member_string(json, "kernel", step->kernel);
    senet_json_member_int(json, "macs", step->macs);
    senet_json_key(json, "output");
    senet_json_shape(json, &step->output);
    senet_json_member_double(json, "gflops", step_gflops(step, seconds), 3);
}

void steps_write_json(struct senet_json *json, const struct step_times *times)
{
    double sum = sum_of_seconds(times);
    senet_json_member_double(json, "peak_gflops", times->peak, 1);
    senet_json_key(json, "steps");
    senet_json_array_begin(json);
    for (size_t i = 0; i < times->info->step_count; i++) {
        const struct senet_step *step = &times->info->steps[i];
        double seconds = times->seconds[i];
        senet_json_object_begin(json);
        senet_json_member_string(json, "layer", step->layer);
        senet_json_member_string(json, "type", step->type);
        senet_json_member_double(json, "ms", 1e3 * seconds, 6);
        senet_json_member_double(json, "share", share_of(seconds, sum), 6);
        step_write_json(json, step, seconds);
        senet_json_member_double(json, "peak_share", share_of(step_gflops(step, seconds), times->peak), 6);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}
