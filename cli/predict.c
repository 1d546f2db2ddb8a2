#include "predict.h"

#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "globs.h"
#include "override.h"
#include "paths.h"
#include "terminal.h"

#define NOT_GIVEN (-1)

struct options {
    const char *model, *files_from, *layers;
    int64_t top_k, threads;
    int attention;          /* enum senet_attention or NOT_GIVEN */
    int exif, jpeg_scaling; /* enum senet_exif, enum senet_jpeg_scaling */
    bool json, tsv;
    struct text_list gates;
};

static bool parse_options(int argc, char **argv, struct options *options, size_t *operands, int *status)
{
    const struct flag flags[] = {
        {"model", "DIR", "model folder or .onnx file (default: the built-in model)", .text = &options->model},
        {"top-k", "K", "classes for each image (5)", .integer = &options->top_k, .minimum = 0, .maximum = 1000},
        {"attention", "full|summary|none", "channel gates of the SE blocks (text: summary, JSON: full)",
         .choice = &options->attention},
        {"layers", "GLOB,...", "SE blocks to show (all)", .text = &options->layers},
        {"gate", OVERRIDE_VALUE, OVERRIDE_HELP, .list = &options->gates},
        {"exif", "apply|ignore", "turn images as their EXIF orientation says (apply)", .choice = &options->exif},
        {"jpeg-scaling", "auto|exact|fast", "whether large JPEGs may be decoded at a fraction of their size (auto)",
         .choice = &options->jpeg_scaling},
        {"files-from", "FILE", "also the images named in FILE, one a line; - is stdin", .text = &options->files_from},
        {"threads", "N", "threads for each inference (1)", .integer = &options->threads, .minimum = 1, .maximum = 64},
        {"json", NULL, "the answer that senetd would give", .truth = &options->json},
        {"tsv", NULL, "one line a class: file, rank, class id, score, label", .truth = &options->tsv},
    };
    const struct usage usage = {
        .command = "predict",
        .operands = "IMAGE...",
        .about = "Classifies JPEG, PNG, WebP, GIF and BMP images, and shows what each SE block attends to.\n"
                 "A folder stands for all images below it.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .maximum_operands = SIZE_MAX,
    };
    if (!flags_parse(&usage, argc, argv, operands, status))
        return false;
    if (!*operands && !options->files_from)
        *status = complain_usage("predict", "IMAGE... is missing");
    else if (options->json && options->tsv)
        *status = complain_usage("predict", "--json and --tsv exclude each other");
    return *status == STATUS_DONE;
}

static int gather_paths(const struct options *options, char **operands, size_t count, struct paths *paths)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++)
        status = paths_add(paths, operands[i]);
    if (status == STATUS_DONE && options->files_from)
        status = paths_add_listed(paths, options->files_from);
    paths->plural = paths->plural || paths->count > 1;
    return status;
}

/*
 * A bad image among several is complained about, and the others are answered all the same. Once nothing can be
 * written it stops; main says so.
 */
static int predict_all(const struct options *options, const struct paths *paths, struct senet_session *session,
                       struct predict_report *report)
{
    const struct predict_format *format = options->json ? &predict_json : options->tsv ? &predict_tsv : &predict_text;
    const struct senet_decode_options decoding = {.exif = (enum senet_exif)options->exif,
                                                  .jpeg_scaling = (enum senet_jpeg_scaling)options->jpeg_scaling,
                                                  .preprocess = &report->info->preprocess};
    size_t answered = 0, failed = 0;
    struct progress progress;
    progress_begin(&progress, "images", paths->count);
    format->begin(report);
    for (size_t i = 0; i < paths->count && !ferror(stdout); i++) {
        struct predict_image image = {.path = paths->items[i]};
        if (predict_image_run(session, &decoding, &image) == STATUS_DONE) {
            report->timing.decode += image.timing.decode;
            report->timing.preprocess += image.timing.preprocess;
            report->timing.inference += image.timing.inference;
            format->image(report, &image);
            answered++;
        } else {
            failed++;
        }
        progress_step(&progress);
    }
    if (answered > 0)
        format->end(report);
    progress_end(&progress);
    int status = failed == 0 ? STATUS_DONE : STATUS_FAILED;
    if (report->buffer.failed)
        status = complain("out of memory");
    return status;
}

static int predict_with_model(const struct options *options, const struct paths *paths, const struct senet_model *model)
{
    const struct senet_model_info *info = senet_model_info(model);
    int status = source_takes_images(info);
    if (status != STATUS_DONE)
        return status;
    int attention = options->attention;
    if (attention == NOT_GIVEN)
        attention = options->json ? SENET_ATTENTION_FULL : SENET_ATTENTION_SUMMARY;
    struct predict_report report = {
        .info = info,
        .answer = {.top_k = (size_t)options->top_k, .attention = (enum senet_attention)attention},
        .gates = &options->gates,
        .plural = paths->plural,
    };
    struct senet_session *session = NULL;
    struct senet_error error;
    struct globs layers = {0};
    source_identity(options->model, &report.identity);
    report.predictions = calloc(report.answer.top_k + 1, sizeof *report.predictions);
    status = report.predictions ? globs_split(options->layers, &layers) : complain("out of memory");
    report.answer.layers = layers.items;
    report.answer.layer_count = layers.count;
    if (status == STATUS_DONE && senet_session_create(model, (int)options->threads, &session, &error) != SENET_OK)
        status = complain("%s", error.message);
    report.session = session;
    if (status == STATUS_DONE)
        status = override_gates("predict", &options->gates, model, session);
    if (status == STATUS_DONE)
        status = predict_all(options, paths, session, &report);
    senet_session_free(session);
    senet_buffer_release(&report.buffer);
    free(report.predictions);
    globs_release(&layers);
    return status;
}

int command_predict(int argc, char **argv)
{
    struct options options = {.top_k = 5, .threads = 1, .attention = NOT_GIVEN, .exif = SENET_EXIF_APPLY};
    struct paths paths = {0};
    struct senet_model *model = NULL;
    size_t operands;
    int status;
    if (!parse_options(argc, argv, &options, &operands, &status))
        goto out;
    status = gather_paths(&options, argv, operands, &paths);
    if (status != STATUS_DONE)
        goto out;
    status = source_model(options.model, NULL, &model);
    if (status == STATUS_DONE)
        status = predict_with_model(&options, &paths, model);
out:
    senet_model_free(model);
    paths_release(&paths);
    text_list_release(&options.gates);
    return status;
}
