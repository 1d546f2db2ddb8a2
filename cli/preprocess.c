#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "flags.h"
#include "senet.h"
#include "source.h"
#include "tensor_file.h"
#include "terminal.h"
#include "timings.h"

struct options {
    const char *model, *output;
    int64_t repeat;         /* 0: not timed */
    int exif, jpeg_scaling; /* enum senet_exif, enum senet_jpeg_scaling */
    bool json;
};

/* What is done to the image, over and over. */
struct work {
    const char *path;
    const void *bytes;
    size_t size;
    struct senet_decode_options decoding; /* its preprocess is what is done */
    float *tensor;
};

static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
    const struct flag flags[] = {
        {"model", "DIR", "whose preprocessing to apply (default: the built-in model's)", .text = &options->model},
        {"output", "X.npy", "where the tensor is written", .text = &options->output},
        {"exif", "apply|ignore", "turn the image as its EXIF orientation says (apply)", .choice = &options->exif},
        {"jpeg-scaling", "auto|exact|fast", "whether large JPEGs may be decoded at a fraction of their size (auto)",
         .choice = &options->jpeg_scaling},
        {"repeat", "N", "do it so often and say how long it took", .integer = &options->repeat, .minimum = 1,
         .maximum = 1000000},
        {"json", NULL, "say it for programs", .truth = &options->json},
    };
    const struct usage usage = {
        .command = "preprocess",
        .operands = "IMAGE",
        .about = "Writes exactly the tensor that the model would be fed for an image: (1, 3, height, width).",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .minimum_operands = 1,
        .maximum_operands = 1,
    };
    size_t operands;
    if (!flags_parse(&usage, argc, argv, &operands, status))
        return false;
    if (!options->output && !options->repeat)
        *status = complain_usage("preprocess", "--output is missing");
    return *status == STATUS_DONE;
}

static int64_t elements(const struct senet_preprocess *preprocess)
{
    return preprocess->channels * preprocess->height * preprocess->width;
}

/* `times` are the milliseconds of decoding and of all that follows. */
static int work_once(const struct work *work, double times[2])
{
    struct senet_image image;
    struct senet_error error;
    double begun = terminal_seconds();
    if (senet_image_decode_for(work->bytes, work->size, &work->decoding, &senet_image_default_limits, &image, &error) !=
        SENET_OK)
        return complain("%s: %s", work->path, error.message);
    double decoded = terminal_seconds();
    enum senet_code code = senet_image_preprocess(&image, work->decoding.preprocess, work->tensor, &error);
    senet_image_release(&image);
    times[0] = (decoded - begun) * 1e3;
    times[1] = (terminal_seconds() - decoded) * 1e3;
    return code == SENET_OK ? STATUS_DONE : complain("%s: %s", work->path, error.message);
}

static int print_json(const char *const names[2], const struct timings timings[2], int64_t runs)
{
    struct senet_buffer buffer = {0};
    struct senet_json json = {.buffer = &buffer};
    senet_json_object_begin(&json);
    for (int i = 0; i < 2; i++) {
        senet_json_key(&json, names[i]);
        senet_json_object_begin(&json);
        timings_write_json(&json, &timings[i]);
        senet_json_object_end(&json);
    }
    senet_json_key(&json, "runs");
    senet_json_int(&json, runs);
    senet_json_object_end(&json);
    senet_buffer_append(&buffer, "\n", 1);
    int status = buffer.failed ? complain("out of memory") : STATUS_DONE;
    if (status == STATUS_DONE)
        fwrite(buffer.data, 1, buffer.size, stdout);
    senet_buffer_release(&buffer);
    return status;
}

static int print(double *runs[2], const struct options *options)
{
    static const char *const names[] = {"decode", "preprocess"};
    struct timings timings[2];
    for (int i = 0; i < 2; i++)
        timings[i] = timings_of(runs[i], (size_t)options->repeat);
    if (options->json)
        return print_json(names, timings, options->repeat);
    for (int i = 0; i < 2; i++) {
        printf("%-12s", names[i]);
        timings_print(&timings[i]);
    }
    return STATUS_DONE;
}

static int repeat(const struct work *work, const struct options *options)
{
    size_t count = (size_t)options->repeat;
    double *memory = calloc(2 * count, sizeof *memory), times[2];
    if (!memory)
        return complain("out of memory");
    double *runs[] = {memory, memory + count};
    int status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++) {
        status = work_once(work, times);
        runs[0][i] = times[0];
        runs[1][i] = times[1];
    }
    if (status == STATUS_DONE)
        status = print(runs, options);
    free(memory);
    return status;
}

static int do_work(const struct work *work, const struct options *options)
{
    const struct senet_preprocess *preprocess = work->decoding.preprocess;
    const struct senet_shape shape = {4, {1, preprocess->channels, preprocess->height, preprocess->width}};
    double times[2];
    int status = work_once(work, times);
    if (status == STATUS_DONE && options->output)
        status = tensor_file_write(options->output, &shape, work->tensor);
    if (status == STATUS_DONE && options->repeat)
        status = repeat(work, options);
    return status;
}

int command_preprocess(int argc, char **argv)
{
    struct options options = {.exif = SENET_EXIF_APPLY};
    struct senet_model *model = NULL;
    void *bytes = NULL;
    struct work work = {0};
    int status;
    if (!parse_options(argc, argv, &options, &status))
        return status;
    status = source_model(options.model, NULL, &model);
    if (status == STATUS_DONE)
        status = source_bytes(argv[0], &bytes, &work.size);
    if (status == STATUS_DONE) {
        work.path = argv[0];
        work.bytes = bytes;
        work.decoding = (struct senet_decode_options){.exif = (enum senet_exif)options.exif,
                                                      .jpeg_scaling = (enum senet_jpeg_scaling)options.jpeg_scaling,
                                                      .preprocess = &senet_model_info(model)->preprocess};
        work.tensor = calloc((size_t)elements(work.decoding.preprocess), sizeof *work.tensor);
        status = work.tensor ? do_work(&work, &options) : complain("out of memory");
    }
    free(work.tensor);
    free(bytes);
    senet_model_free(model);
    return status;
}
