#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "flags.h"
#include "process.h"
#include "senet.h"
#include "source.h"
#include "steps.h"
#include "terminal.h"
#include "timings.h"
#include "trace.h"

struct options {
    int64_t batch; /* 0: not given */
    int64_t threads, runs, warmup;
    bool per_layer, json;
    const char *trace; /* a file's path; NULL for none */
};

/* What was measured; `runs` is the bench's own. */
struct bench {
    const struct senet_model_info *info;
    const struct options *options;
    struct senet_session *session;
    int64_t batch;  /* the model's, once it is loaded */
    double first;   /* milliseconds from the file to the first answer */
    int64_t memory; /* bytes that were resident then; 0 where nobody tells */
    double *runs;   /* milliseconds, options->runs of them */
    struct timings timings;
    /* Of the run at hand and of the fastest, info->step_count each, as below; NULL unless asked for. */
    struct senet_span *spans, *fastest;
    double *least; /* seconds that each step took in the run in which it took least */
    double peak;   /* GFLOP/s */
};

static bool parse_options(int argc, char **argv, struct options *options, size_t *operands, int *status)
{
    const struct flag flags[] = {
        {"batch", "B", "images in each run (1, or what the model is made for)", .integer = &options->batch,
         .minimum = 1, .maximum = 4096},
        {"threads", "T", "threads for each run (1)", .integer = &options->threads, .minimum = 1, .maximum = 64},
        {"runs", "N", "runs that are timed (50)", .integer = &options->runs, .minimum = 1, .maximum = 1000000},
        {"warmup", "N", "runs before them (5)", .integer = &options->warmup, .minimum = 0, .maximum = 1000000},
        {"per-layer", NULL, "also each layer's time, GFLOP/s and kernel", .truth = &options->per_layer},
        {"trace", "FILE", "write the fastest run there, for chrome://tracing", .text = &options->trace},
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

/* The spans of a run that was the fastest so far are kept, and the next run has the room of those that they replace. */
static void keep_spans(struct bench *bench)
{
    struct senet_span *replaced = bench->fastest;
    bench->fastest = bench->spans;
    bench->spans = replaced;
    senet_session_profile(bench->session, bench->spans);
}

/* Each step by itself: on a machine that does other work no run is fast from end to end. */
static void keep_least(struct bench *bench)
{
    for (size_t i = 0; i < bench->info->step_count; i++)
        bench->least[i] = fmin(bench->least[i], bench->spans[i].end - bench->spans[i].begin);
}

static void measure(struct bench *bench)
{
    size_t runs = (size_t)bench->options->runs, warmup = (size_t)bench->options->warmup;
    struct progress progress;
    progress_begin(&progress, "runs", runs + warmup);
    senet_session_profile(bench->session, bench->spans);
    double least = INFINITY;
    for (size_t i = 0; i < runs + warmup; i++) {
        double milliseconds = run_once(bench);
        progress_step(&progress);
        if (i < warmup)
            continue;
        bench->runs[i - warmup] = milliseconds;
        if (bench->spans)
            keep_least(bench);
        if (milliseconds < least)
            keep_spans(bench);
        least = fmin(least, milliseconds);
    }
    progress_end(&progress);
    bench->timings = timings_of(bench->runs, runs);
}

static int print_text(const struct bench *bench)
{
    timings_print(&bench->timings);
    printf("threads %" PRId64 "  batch %" PRId64 "  isa %s  runs %" PRId64 "\n", bench->options->threads, bench->batch,
           bench->info->isa, bench->options->runs);
    printf("first answer %.1f ms after reading began", bench->first);
    if (bench->memory)
        printf(", %.1f MiB resident then", (double)bench->memory / (1 << 20));
    printf("\n");
    if (bench->options->per_layer)
        steps_print(&(struct step_times){bench->info, bench->least, bench->peak});
    return STATUS_DONE;
}

static int print_json(const struct bench *bench)
{
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
    timings_write_json(&json, &bench->timings);
    senet_json_key(&json, "first_answer_ms");
    senet_json_double(&json, bench->first, 6);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        senet_json_key(&json, counts[i].key);
        senet_json_int(&json, counts[i].number);
    }
    senet_json_key(&json, "isa");
    senet_json_string(&json, bench->info->isa);
    if (bench->options->per_layer)
        steps_write_json(&json, &(struct step_times){bench->info, bench->least, bench->peak});
    senet_json_object_end(&json);
    senet_buffer_append(&buffer, "\n", 1);
    int status = buffer.failed ? complain("out of memory") : STATUS_DONE;
    if (status == STATUS_DONE)
        fwrite(buffer.data, 1, buffer.size, stdout);
    senet_buffer_release(&buffer);
    return status;
}

static int print(const struct bench *bench)
{
    if (bench->options->trace) {
        int status = trace_write(bench->options->trace, bench->info, bench->fastest);
        if (status != STATUS_DONE)
            return status;
    }
    return bench->options->json ? print_json(bench) : print_text(bench);
}

static int measure_and_print(struct bench *bench, const struct senet_model *model, double began)
{
    struct senet_error error;
    if (senet_session_create(model, (int)bench->options->threads, &bench->session, &error) != SENET_OK)
        return complain("%s", error.message);
    answer_first(bench, began);
    measure(bench);
    senet_session_free(bench->session);
    if (bench->options->per_layer)
        bench->peak = senet_peak_measure(bench->info->isa, (int)bench->options->threads);
    return print(bench);
}

/* False when memory is short; what there is then is to be freed all the same. */
static bool allocate(struct bench *bench)
{
    size_t steps = bench->info->step_count;
    bench->runs = calloc((size_t)bench->options->runs, sizeof *bench->runs);
    if (!bench->options->per_layer && !bench->options->trace)
        return bench->runs != NULL;
    bench->spans = calloc(steps + 1, sizeof *bench->spans);
    bench->fastest = calloc(steps + 1, sizeof *bench->fastest);
    bench->least = calloc(steps + 1, sizeof *bench->least);
    for (size_t i = 0; bench->least && i < steps; i++)
        bench->least[i] = INFINITY;
    return bench->runs && bench->spans && bench->fastest && bench->least;
}

static int bench_model(const struct options *options, const struct senet_model *model, double began)
{
    struct bench bench = {.info = senet_model_info(model), .options = options};
    bench.batch =
        bench.info->input_count > 0 && bench.info->inputs[0].shape.rank > 0 ? bench.info->inputs[0].shape.dim[0] : 1;
    if (options->batch && options->batch != bench.batch)
        return complain("the model's batch is %" PRId64 " and cannot be set to %" PRId64, bench.batch, options->batch);
    int status = allocate(&bench) ? measure_and_print(&bench, model, began) : complain("out of memory");
    free(bench.runs);
    free(bench.least);
    free(bench.fastest);
    free(bench.spans);
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
