#include <stdlib.h>

#include "command.h"
#include "flags.h"
#include "senet.h"
#include "source.h"
#include "tensor_file.h"
#include "terminal.h"

struct options {
    const char *model, *output;
    int exif; /* enum senet_exif */
};

static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
    const struct flag flags[] = {
        {"model", "DIR", "whose preprocessing to apply (default: the built-in model's)", .text = &options->model},
        {"output", "X.npy", "where the tensor is written", .text = &options->output},
        {"exif", "apply|ignore", "turn the image as its EXIF orientation says (apply)", .choice = &options->exif},
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
    if (!options->output)
        *status = complain_usage("preprocess", "--output is missing");
    return *status == STATUS_DONE;
}

static int write_tensor(const char *path, const struct senet_image *image, const struct senet_preprocess *preprocess,
                        const char *output)
{
    const struct senet_shape shape = {4, {1, preprocess->channels, preprocess->height, preprocess->width}};
    struct senet_error error;
    float *tensor = calloc((size_t)senet_shape_elements(&shape), sizeof *tensor);
    int status = tensor ? STATUS_DONE : complain("out of memory");
    if (status == STATUS_DONE && senet_image_preprocess(image, preprocess, tensor, &error) != SENET_OK)
        status = complain("%s: %s", path, error.message);
    if (status == STATUS_DONE)
        status = tensor_file_write(output, &shape, tensor);
    free(tensor);
    return status;
}

int command_preprocess(int argc, char **argv)
{
    struct options options = {.exif = SENET_EXIF_APPLY};
    struct senet_model *model = NULL;
    struct senet_image image = {0};
    int status;
    if (!parse_options(argc, argv, &options, &status))
        return status;
    status = source_model(options.model, NULL, &model);
    if (status == STATUS_DONE)
        status = source_image(argv[0], (enum senet_exif)options.exif, &image);
    if (status == STATUS_DONE)
        status = write_tensor(argv[0], &image, &senet_model_info(model)->preprocess, options.output);
    senet_image_release(&image);
    senet_model_free(model);
    return status;
}
