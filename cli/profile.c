/* `senet profile`: the gates of every SE block, by class. */
#include "profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "flags.h"
#include "output_file.h"
#include "predict_image.h"
#include "profile_classes.h"
#include "terminal.h"

enum { BY_FOLDER, BY_PREDICTION, BY_WHAT_THERE_IS };

struct options {
    const char *model, *layers, *classes, *drawn, *output_folder, *root;
    int64_t max_per_class, threads;
    int by, exif, jpeg_scaling;
};

static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
    const struct flag flags[] = {
        {"model", "DIR", "model folder or .onnx file (default: the built-in model)", .text = &options->model},
        {"output-dir", "DIR", "where profile.json and profile.svg are written (.); made when missing",
         .text = &options->output_folder},
        {"by", "folder|prediction", "what an image's class is (folder, if there are folders in IMAGES)",
         .choice = &options->by},
        {"classes", "GLOB,...", "classes to profile (all)", .text = &options->classes},
        {"draw", "GLOB,...", "of these, the classes to draw, 12 at most (the first)", .text = &options->drawn},
        {"max-per-class", "N", "images of each class; 0 is all (0)", .integer = &options->max_per_class,
         .maximum = INT32_MAX},
        {"layers", "GLOB,...", "SE blocks to profile (all)", .text = &options->layers},
        {"exif", "apply|ignore", "turn images as their EXIF orientation says (apply)", .choice = &options->exif},
        {"jpeg-scaling", "auto|exact|fast", "whether large JPEGs may be decoded at a fraction of their size (auto)",
         .choice = &options->jpeg_scaling},
        {"threads", "N", "threads for each inference (1)", .integer = &options->threads, .minimum = 1, .maximum = 64},
    };
    const struct usage usage = {
        .command = "profile",
        .operands = "IMAGES",
        .about = "Shows how specific to a class the gates of each SE block are, over all images of a folder: a table,\n"
                 "and profile.json and profile.svg with the mean gate of each channel for each class.\n"
                 "An image's class is the folder that it lies in; without folders, what the model predicts.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .minimum_operands = 1,
        .maximum_operands = 1,
    };
    size_t operands;
    if (!flags_parse(&usage, argc, argv, &operands, status))
        return false;
    options->root = argv[0];
    return true;
}

static int gather_images(const char *root, struct paths *paths)
{
    struct stat entry;
    if (stat(root, &entry))
        return complain("%s: %s", root, strerror(errno));
    if (!S_ISDIR(entry.st_mode))
        return complain("%s: a folder of images is needed", root);
    return paths_add(paths, root);
}

/* One image. A bad one is complained about, and the others are profiled all the same. */
static int profile_image(struct profile *profile, const struct senet_decode_options *decoding,
                         const struct profile_choice *choice, struct senet_session *session, const char *path,
                         size_t class_index)
{
    struct predict_image image = {.path = path};
    int status = predict_image_run(session, decoding, &image);
    if (status == STATUS_DONE && profile->predicted)
        status = profile_predicted_class(profile, session, choice, &class_index);
    if (status == STATUS_DONE && class_index != PROFILE_LEFT_OUT)
        status = profile_add(profile, class_index, session, path);
    return status;
}

/* `class_of` is NULL where the model says what the class is. */
static void profile_images(struct profile *profile, const struct options *options, const struct profile_choice *choice,
                           const struct paths *paths, const size_t *class_of, struct senet_session *session)
{
    const struct senet_decode_options decoding = {.exif = (enum senet_exif)options->exif,
                                                  .jpeg_scaling = (enum senet_jpeg_scaling)options->jpeg_scaling,
                                                  .preprocess = &profile->info->preprocess};
    size_t wanted = paths->count;
    for (size_t i = 0; class_of && i < paths->count; i++)
        wanted -= class_of[i] == PROFILE_LEFT_OUT;
    struct progress progress;
    progress_begin(&progress, "images", wanted);
    for (size_t i = 0; i < paths->count; i++) {
        size_t class_index = class_of ? class_of[i] : 0;
        if (class_index == PROFILE_LEFT_OUT)
            continue;
        if (profile_image(profile, &decoding, choice, session, paths->items[i], class_index) != STATUS_DONE)
            profile->failed++;
        progress_step(&progress);
    }
    progress_end(&progress);
}

static int write_results(const struct profile *profile, const char *folder)
{
    static const struct {
        const char *name;
        void (*write)(const struct profile *profile, struct senet_buffer *buffer);
    } files[] = {{"profile.json", profile_write_json}, {"profile.svg", profile_write_svg}};
    int status = STATUS_DONE;
    profile_print(profile);
    putchar('\n');
    for (size_t i = 0; i < sizeof files / sizeof *files && status == STATUS_DONE; i++) {
        struct senet_buffer buffer = {0};
        files[i].write(profile, &buffer);
        status = output_folder_write(folder, files[i].name, &buffer);
        if (status == STATUS_DONE)
            printf("%s/%s\n", folder, files[i].name);
    }
    return status;
}

static int profile_session(struct profile *profile, const struct options *options, const struct profile_choice *choice,
                           const struct paths *paths, struct senet_session *session)
{
    size_t *class_of = NULL;
    int status = STATUS_DONE;
    profile->predicted =
        options->by == BY_PREDICTION || (options->by == BY_WHAT_THERE_IS && !profile_has_folders(paths, options->root));
    if (!profile->predicted) {
        class_of = calloc(paths->count, sizeof *class_of);
        status = class_of ? profile_group_by_folder(profile, paths, options->root, choice, class_of)
                          : complain("out of memory");
        if (status == STATUS_DONE)
            status = profile_check_choice(profile, choice);
    }
    if (status == STATUS_DONE)
        status = output_folder_make(options->output_folder);
    if (status == STATUS_DONE) {
        profile_images(profile, options, choice, paths, class_of, session);
        status = profile_finish(profile);
    }
    free(class_of);
    if (status == STATUS_DONE && profile->predicted)
        status = profile_check_choice(profile, choice);
    if (status != STATUS_DONE)
        return status;
    profile_choose_drawn(profile, choice);
    status = write_results(profile, options->output_folder);
    return status == STATUS_DONE && profile->failed ? STATUS_FAILED : status;
}

static int profile_model(const struct options *options, const struct profile_choice *choice, const struct paths *paths,
                         const struct senet_model *model)
{
    const struct senet_model_info *info = senet_model_info(model);
    struct profile profile = {0};
    struct globs layers = {0};
    struct senet_session *session = NULL;
    struct senet_error error;
    int status = source_takes_images(info);
    if (status == STATUS_DONE)
        status = globs_split(options->layers, &layers);
    if (status == STATUS_DONE)
        status = profile_init(&profile, info, &layers);
    source_identity(options->model, &profile.identity);
    if (status == STATUS_DONE && senet_session_create(model, (int)options->threads, &session, &error) != SENET_OK)
        status = complain("%s", error.message);
    if (status == STATUS_DONE)
        status = profile_session(&profile, options, choice, paths, session);
    senet_session_free(session);
    profile_release(&profile);
    globs_release(&layers);
    return status;
}

int command_profile(int argc, char **argv)
{
    struct options options = {.output_folder = ".", .threads = 1, .by = BY_WHAT_THERE_IS};
    struct profile_choice choice = {0};
    struct paths paths = {0};
    struct senet_model *model = NULL;
    int status;
    if (!parse_options(argc, argv, &options, &status))
        return status;
    choice.max_per_class = options.max_per_class;
    status = gather_images(options.root, &paths);
    if (status == STATUS_DONE)
        status = globs_split(options.classes, &choice.classes);
    if (status == STATUS_DONE)
        status = globs_split(options.drawn, &choice.drawn);
    if (status == STATUS_DONE)
        status = source_model(options.model, NULL, &model);
    if (status == STATUS_DONE)
        status = profile_model(&options, &choice, &paths, model);
    senet_model_free(model);
    globs_release(&choice.classes);
    globs_release(&choice.drawn);
    paths_release(&paths);
    return status;
}
