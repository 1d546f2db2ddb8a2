/* What a model is known to compute, in golden.npz beside it: senetd serves no model that computes anything else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "flags.h"
#include "output_file.h"
#include "senet.h"
#include "source.h"
#include "terminal.h"

struct options {
    const char *model, *output;
    bool write;
};

static bool parse_options(int argc, char **argv, struct options *options, size_t *images, int *status)
{
    const struct flag flags[] = {
        {"model", "DIR", "model folder (default: the built-in model)", .text = &options->model},
        {"write", NULL, "write the file, from what the model computes now", .truth = &options->write},
        {"output", "X.npz", "with --write: where to (" SENET_GOLDEN_FILE " in the folder)", .text = &options->output},
    };
    const struct usage usage = {
        .command = "golden",
        .operands = "[IMAGE]",
        .about = "Checks that a model computes the outputs and gates that are stored beside it, in " SENET_GOLDEN_FILE
                 ", as\n"
                 "senetd does before it serves the model. --write stores those of IMAGE, or of random numbers.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .maximum_operands = 1,
    };
    if (!flags_parse(&usage, argc, argv, images, status))
        return false;
    if (!options->write && (options->output || *images))
        *status = complain_usage("golden", "%s goes with --write", options->output ? "--output" : "an image");
    else if (options->write && !options->output && !options->model)
        *status = complain_usage("golden", "--write needs --model or --output: the built-in model has no folder");
    return *status == STATUS_DONE;
}

static int check(struct senet_session *session, const char *path)
{
    struct senet_golden golden;
    struct senet_error error;
    const char *name = path ? path : "the built-in model";
    if (senet_golden_check(session, path, &golden, &error))
        return complain("%s: %s", name, error.message);
    if (!golden.outputs)
        return complain("%s: it has no " SENET_GOLDEN_FILE "; senet golden --write makes one", name);
    printf("%zu output%s and %zu gate%s are as stored; the largest difference is %.2g of the largest number "
           "(%.2g is allowed)\n",
           golden.outputs, golden.outputs == 1 ? "" : "s", golden.gates, golden.gates == 1 ? "" : "s",
           golden.difference, SENET_GOLDEN_TOLERANCE);
    return STATUS_DONE;
}

/* xorshift32, in -2..2, which is about where normalised pixels lie. */
static void fill_random(struct senet_session *session)
{
    const struct senet_model_info *info = senet_model_info(senet_session_model(session));
    uint32_t state = 20170905;
    for (size_t i = 0; i < info->input_count; i++)
        for (int64_t e = 0; e < senet_shape_elements(&info->inputs[i].shape); e++) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            senet_session_input(session, i)[e] = (float)(state >> 8) / 4194304.0f - 2;
        }
}

static int fill_image(struct senet_session *session, const char *path)
{
    const struct senet_model_info *info = senet_model_info(senet_session_model(session));
    const struct senet_decode_options decoding = {.exif = SENET_EXIF_APPLY, .preprocess = &info->preprocess};
    struct senet_image image;
    struct senet_error error;
    int status = source_takes_images(info);
    if (status == STATUS_DONE)
        status = source_image(path, &decoding, &image);
    if (status != STATUS_DONE)
        return status;
    if (senet_image_preprocess(&image, &info->preprocess, senet_session_input(session, 0), &error))
        status = complain("%s: %s", path, error.message);
    senet_image_release(&image);
    return status;
}

/* DIR/golden.npz. The caller frees *path. */
static int place_beside(const char *model, char **path)
{
    struct stat status;
    if (stat(model, &status))
        return complain("%s: %s", model, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return complain("%s: golden numbers lie in a model's folder; --output writes them elsewhere", model);
    size_t size = strlen(model) + sizeof "/" SENET_GOLDEN_FILE;
    *path = malloc(size);
    if (!*path)
        return complain("out of memory");
    snprintf(*path, size, "%s/" SENET_GOLDEN_FILE, model);
    return STATUS_DONE;
}

static int write_golden(struct senet_session *session, const struct options *options, const char *image)
{
    struct senet_buffer file = {0};
    struct senet_error error;
    char *beside = NULL;
    int status = options->output ? STATUS_DONE : place_beside(options->model, &beside);
    if (status == STATUS_DONE && image)
        status = fill_image(session, image);
    else if (status == STATUS_DONE)
        fill_random(session);
    if (status == STATUS_DONE && senet_golden_write(session, &file, &error))
        status = complain("%s", error.message);
    if (status == STATUS_DONE)
        status = output_file_write(options->output ? options->output : beside, &file);
    senet_buffer_release(&file);
    free(beside);
    return status;
}

int command_golden(int argc, char **argv)
{
    struct options options = {0};
    struct senet_model *model = NULL;
    struct senet_session *session = NULL;
    struct senet_error error;
    size_t images;
    int status;
    if (!parse_options(argc, argv, &options, &images, &status))
        return status;
    status = source_model(options.model, NULL, &model);
    if (status == STATUS_DONE && senet_session_create(model, 1, &session, &error))
        status = complain("%s", error.message);
    if (status == STATUS_DONE && options.write)
        status = write_golden(session, &options, images ? argv[0] : NULL);
    else if (status == STATUS_DONE)
        status = check(session, options.model);
    senet_session_free(session);
    senet_model_free(model);
    return status;
}
