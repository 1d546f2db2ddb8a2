#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "flags.h"
#include "process.h"
#include "senet.h"
#include "source.h"
#include "terminal.h"

struct options {
    int64_t batch; /* 0: not given */
    int64_t threads, runs, warmup;
    bool per_layer, json;
};

/* Milliseconds. */
struct timings {
    double minimum, median, p90, mean;
};

/* What was measured; the arrays are the bench's own. */
struct bench {
    const struct senet_model_info *info;
    const struct options *options;
    struct senet_session *session;
    int64_t batch;  /* the model's, once it is loaded */
    double first;   /* milliseconds from the file to the first answer */
    int64_t memory; /* bytes that were resident then; 0 where nobody tells */
    double *runs;   /* milliseconds, options->runs of them */
    double *layers; /* milliseconds a run, info->layer_count of them; NULL unless asked for */
    struct timings timings;
};

static bool parse_options(int argc, char **argv, struct options *options, size_t *operands, int *status)
{
    const struct flag flags[] = {
        {"batch", "B", "images in each run (1, or what the model is made for)", .integer = &options->batch,
         .minimum = 1, .maximum = 4096},
        {"threads", "T", "threads for each run (1)", .integer = &options->threads, .minimum = 1, .maximum = 64},
        {"runs", "N", "runs that are timed (50)", .integer = &options->runs, .minimum = 1, .maximum = 1000000},
        {"warmup", "N", "runs before them (5)", .integer = &options->warmup, .minimum = 0, .maximum = 1000000},
        {"per-layer", NULL, "also the time that each layer takes", .truth = &options->per_layer},
        {"json", NULL, "for programs", .truth = &options->json},
    };
    const struct usage usage = {
        .command = "bench",
        .operands = "[FILE.onnx|DIR]",
        .about = "Times inference alone, on the same random input each time. Without a model: the built-in one.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .maximum_operands = 1,
    };
    return flags_parse(&usage, argc, argv, operands, status);
}

/* xorshift32: the same input on every machine, in -1..1. */
static void fill_input(float *values, int64_t count, uint32_t *state)
{
    for (int64_t i = 0; i < count; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        values[i] = (float)(*state >> 8) / 8388608.0f - 1.0f;
    }
}

/* A run may overwrite its inputs, so they are filled before each, outside the time taken. */
static double run_once(struct bench *bench)
{
    uint32_t state = 2463534242u;
    for (size_t i = 0; i < bench->info->input_count; i++)
        fill_input(senet_session_input(bench->session, i), senet_shape_elements(&bench->info->inputs[i].shape), &state);
    double begun = terminal_seconds();
    senet_session_run(bench->session);
    return (terminal_seconds() - begun) * 1e3;
}

/* `began`: when the model's file was about to be read. */
static void answer_first(struct bench *bench, double began)
{
    run_once(bench);
    bench->first = (terminal_seconds() - began) * 1e3;
    bench->memory = process_resident_bytes();
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static struct timings summarise(double *runs, size_t count)
{
    qsort(runs, count, sizeof *runs, compare_doubles);
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += runs[i];
    return (struct timings){
        .minimum = runs[0],
        .median = (runs[(count - 1) / 2] + runs[count / 2]) / 2,
        .p90 = runs[(count * 9 + 9) / 10 - 1],
        .mean = sum / (double)count,
    };
}

/* `profile` has room for the layers of one run; NULL unless layers are wanted. */
static void measure(struct bench *bench, double *profile)
{
    size_t runs = (size_t)bench->options->runs, warmup = (size_t)bench->options->warmup;
    struct progress progress;
    progress_begin(&progress, "runs", runs + warmup);
    senet_session_profile(bench->session, profile);
    for (size_t i = 0; i < runs + warmup; i++) {
        double milliseconds = run_once(bench);
        progress_step(&progress);
        if (i < warmup)
            continue;
        bench->runs[i - warmup] = milliseconds;
        for (size_t layer = 0; profile && layer < bench->info->layer_count; layer++)
            bench->layers[layer] += profile[layer] * 1e3 / (double)runs;
    }
    progress_end(&progress);
    bench->timings = summarise(bench->runs, runs);
}

static void print_layers(const struct bench *bench)
{
    const struct senet_model_info *info = bench->info;
    struct style style = terminal_style();
    char name[512];
    int width = 20;
    for (size_t i = 0; i < info->layer_count; i++) {
        int layer = text_width(info->layers[i].name) + text_width(info->layers[i].type) + 3;
        width = layer > width ? layer : width;
    }
    printf("\n%s", style.bold);
    text_pad("Layer (type)", width);
    printf("  %10s  %7s%s\n", "ms", "share", style.plain);
    for (size_t i = 0; i < info->layer_count; i++) {
        snprintf(name, sizeof name, "%s (%s)", info->layers[i].name, info->layers[i].type);
        text_pad(name, width);
        printf("  %10.4f  %5.1f %%\n", bench->layers[i], 100 * bench->layers[i] / bench->timings.mean);
    }
}

static int print_text(const struct bench *bench)
{
    const struct timings *timings = &bench->timings;
    printf("min %.3f ms  median %.3f ms  p90 %.3f ms  mean %.3f ms\n", timings->minimum, timings->median, timings->p90,
           timings->mean);
    printf("threads %" PRId64 "  batch %" PRId64 "  isa %s  runs %" PRId64 "\n", bench->options->threads, bench->batch,
           bench->info->isa, bench->options->runs);
    printf("first answer %.1f ms after reading began", bench->first);
    if (bench->memory)
        printf(", %.1f MiB resident then", (double)bench->memory / (1 << 20));
    printf("\n");
    if (bench->layers)
        print_layers(bench);
    return STATUS_DONE;
}

static void write_layers(struct senet_json *json, const struct bench *bench)
{
    senet_json_key(json, "layers");
    senet_json_array_begin(json);
    for (size_t i = 0; i < bench->info->layer_count; i++) {
        senet_json_object_begin(json);
        senet_json_key(json, "name");
        senet_json_string(json, bench->info->layers[i].name);
        senet_json_key(json, "type");
        senet_json_string(json, bench->info->layers[i].type);
        senet_json_key(json, "mean_ms");
        senet_json_double(json, bench->layers[i], 6);
        senet_json_key(json, "share");
        senet_json_double(json, bench->layers[i] / bench->timings.mean, 6);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

static int print_json(const struct bench *bench)
{
    const struct {
        const char *key;
        double milliseconds;
    } times[] = {{"min_ms", bench->timings.minimum},
                 {"median_ms", bench->timings.median},
                 {"p90_ms", bench->timings.p90},
                 {"mean_ms", bench->timings.mean},
                 {"first_answer_ms", bench->first}};
    const struct {
        const char *key;
        int64_t number;
    } counts[] = {{"threads", bench->options->threads},
                  {"batch", bench->batch},
                  {"runs", bench->options->runs},
                  {"resident_bytes", bench->memory}};
    struct senet_buffer buffer = {0};
    struct senet_json json = {.buffer = &buffer};
    senet_json_object_begin(&json);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        senet_json_key(&json, times[i].key);
        senet_json_double(&json, times[i].milliseconds, 6);
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        senet_json_key(&json, counts[i].key);
        senet_json_int(&json, counts[i].number);
    }
    senet_json_key(&json, "isa");
    senet_json_string(&json, bench->info->isa);
    if (bench->layers)
        write_layers(&json, bench);
    senet_json_object_end(&json);
    senet_buffer_append(&buffer, "\n", 1);
    int status = buffer.failed ? complain("out of memory") : STATUS_DONE;
    if (status == STATUS_DONE)
        fwrite(buffer.data, 1, buffer.size, stdout);
    senet_buffer_release(&buffer);
    return status;
}

static int measure_and_print(struct bench *bench, const struct senet_model *model, double began, double *profile)
{
    struct senet_error error;
    if (senet_session_create(model, (int)bench->options->threads, &bench->session, &error) != SENET_OK)
        return complain("%s", error.message);
    answer_first(bench, began);
    measure(bench, profile);
    senet_session_free(bench->session);
    return bench->options->json ? print_json(bench) : print_text(bench);
}

static int bench_model(const struct options *options, const struct senet_model *model, double began)
{
    struct bench bench = {.info = senet_model_info(model), .options = options};
    bench.batch =
        bench.info->input_count > 0 && bench.info->inputs[0].shape.rank > 0 ? bench.info->inputs[0].shape.dim[0] : 1;
    if (options->batch && options->batch != bench.batch)
        return complain("the model's batch is %" PRId64 " and cannot be set to %" PRId64, bench.batch, options->batch);
    size_t layers = options->per_layer ? bench.info->layer_count : 0;
    double *profile = calloc(layers + 1, sizeof *profile);
    double *totals = calloc(layers + 1, sizeof *totals);
    bench.runs = calloc((size_t)options->runs, sizeof *bench.runs);
    bench.layers = options->per_layer ? totals : NULL;
    int status = profile && totals && bench.runs
                     ? measure_and_print(&bench, model, began, options->per_layer ? profile : NULL)
                     : complain("out of memory");
    free(bench.runs);
    free(totals);
    free(profile);
    return status;
}

int command_bench(int argc, char **argv)
{
    struct options options = {.threads = 1, .runs = 50, .warmup = 5};
    struct senet_model *model;
    size_t operands;
    int status;
    if (!parse_options(argc, argv, &options, &operands, &status))
        return status;
    const struct senet_load_options size = {.batch = options.batch};
    double began = terminal_seconds();
    status = source_model(operands ? argv[0] : NULL, &size, &model);
    if (status != STATUS_DONE)
        return status;
    status = bench_model(&options, model, began);
    senet_model_free(model);
    return status;
}
