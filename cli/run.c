#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "flags.h"
#include "output_file.h"
#include "override.h"
#include "senet.h"
#include "source.h"
#include "tensor_file.h"
#include "terminal.h"

struct options {
    const char *output_folder;
    int64_t threads;
    struct text_list inputs, gates;
};

/* One --input. */
struct input {
    const char *name;   /* not NUL-terminated */
    size_t name_length; /* 0: the model's inputs are taken in order */
    struct senet_npy npy;
};

static bool parse_options(int argc, char **argv, struct options *options, int *status)
{
    const struct flag flags[] = {
        {"input", "[NAME=]X.npy", "an input, by name or in the model's order; repeatable", .list = &options->inputs},
        {"output-dir", "DIR", "where outputs and gates are written (.); made when missing",
         .text = &options->output_folder},
        {"gate", OVERRIDE_VALUE, OVERRIDE_HELP, .list = &options->gates},
        {"threads", "N", "threads for the inference (1)", .integer = &options->threads, .minimum = 1, .maximum = 64},
    };
    const struct usage usage = {
        .command = "run",
        .operands = "FILE.onnx|DIR",
        .about = "Runs a model once on raw float tensors. Each output becomes NAME.npy, the gate of each SE block\n"
                 "gate.LAYER.npy; characters other than letters, digits, '.', '_' and '-' become '_' in file names.\n"
                 "Batch, height and width that the model leaves open are taken from the first input.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .minimum_operands = 1,
        .maximum_operands = 1,
    };
    size_t operands;
    if (!flags_parse(&usage, argc, argv, &operands, status))
        return false;
    if (options->inputs.count == 0)
        *status = complain_usage("run", "--input is missing");
    return *status == STATUS_DONE;
}

static int read_inputs(const struct text_list *texts, struct input *inputs)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < texts->count && status == STATUS_DONE; i++) {
        const char *text = texts->items[i], *equals = strchr(text, '=');
        inputs[i].name = text;
        inputs[i].name_length = equals ? (size_t)(equals - text) : 0;
        status = tensor_file_read(equals ? equals + 1 : text, &inputs[i].npy);
    }
    return status;
}

static struct senet_load_options size_of_first(const struct senet_npy *npy)
{
    struct senet_load_options size = {0};
    if (npy->shape.rank >= 1)
        size.batch = npy->shape.dim[0];
    if (npy->shape.rank == 4) {
        size.height = npy->shape.dim[2];
        size.width = npy->shape.dim[3];
    }
    return size;
}

static bool same_shape(const struct senet_shape *a, const struct senet_shape *b)
{
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

/* The index of the model's input that `input`, the `position`-th given, stands for; input_count when there is none. */
static size_t find_input(const struct senet_model_info *info, const struct input *input, size_t position)
{
    if (input->name_length == 0)
        return position < info->input_count ? position : info->input_count;
    size_t index = 0;
    for (; index < info->input_count; index++)
        if (strlen(info->inputs[index].name) == input->name_length &&
            !memcmp(info->inputs[index].name, input->name, input->name_length))
            break;
    return index;
}

static int set_inputs(struct senet_session *session, const struct senet_model_info *info, const struct input *inputs,
                      size_t count)
{
    bool *given = calloc(info->input_count + 1, sizeof *given);
    if (!given)
        return complain("out of memory");
    int status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++) {
        char wanted[SHAPE_TEXT_SIZE], got[SHAPE_TEXT_SIZE];
        const struct senet_npy *npy = &inputs[i].npy;
        size_t at = find_input(info, &inputs[i], i);
        if (at == info->input_count)
            status = complain("the model has no input '%.*s' (number %zu given, %zu wanted)",
                              (int)inputs[i].name_length, inputs[i].name, i + 1, info->input_count);
        else if (given[at])
            status = complain("input '%s' is given twice", info->inputs[at].name);
        else if (!same_shape(&npy->shape, &info->inputs[at].shape))
            status = complain("input '%s' takes %s, not %s", info->inputs[at].name,
                              text_shape(&info->inputs[at].shape, wanted), text_shape(&npy->shape, got));
        else
            memcpy(senet_session_input(session, at), npy->data,
                   (size_t)senet_shape_elements(&npy->shape) * sizeof *npy->data);
        if (status == STATUS_DONE)
            given[at] = true;
    }
    for (size_t i = 0; i < info->input_count && status == STATUS_DONE; i++)
        if (!given[i])
            status = complain("input '%s' is not given", info->inputs[i].name);
    free(given);
    return status;
}

/* Keeps file names within their folder, and plain. */
static void sanitise(char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (*name == '.')
        *name = '_';
    for (; *name; name++)
        if (!strchr(plain, *name))
            *name = '_';
}

struct result {
    const char *name;
    struct senet_shape shape;
    const float *data;
    char *path;
};

static int name_result(const char *folder, const char *prefix, struct result *results, size_t index)
{
    struct result *result = &results[index];
    size_t size = strlen(folder) + strlen(prefix) + strlen(result->name) + sizeof "/output.npy";
    result->path = malloc(size);
    if (!result->path)
        return complain("out of memory");
    int begin = snprintf(result->path, size, "%s/", folder);
    snprintf(result->path + begin, size - (size_t)begin, "%s%s.npy", prefix, *result->name ? result->name : "output");
    sanitise(result->path + begin);
    for (size_t i = 0; i < index; i++)
        if (!strcmp(results[i].path, result->path))
            return complain("'%s' and '%s' would both be written to %s", results[i].name, result->name, result->path);
    return STATUS_DONE;
}

static int write_results(const char *folder, const struct senet_model_info *info, const struct senet_session *session)
{
    char shape[SHAPE_TEXT_SIZE];
    size_t count = info->output_count + info->se_block_count;
    struct result *results = calloc(count, sizeof *results);
    if (!results)
        return complain("out of memory");
    int status = STATUS_DONE;
    for (size_t i = 0; i < count && status == STATUS_DONE; i++) {
        bool is_output = i < info->output_count;
        size_t block = i - info->output_count;
        if (is_output)
            results[i] = (struct result){.name = info->outputs[i].name,
                                         .shape = info->outputs[i].shape,
                                         .data = senet_session_output(session, i)};
        else
            results[i] = (struct result){
                .name = info->se_blocks[block].layer,
                .shape = {.rank = 2, .dim = {info->se_blocks[block].batch, info->se_blocks[block].channels}},
                .data = senet_session_gate(session, block)};
        status = name_result(folder, is_output ? "" : "gate.", results, i);
    }
    for (size_t i = 0; i < count && status == STATUS_DONE; i++) {
        status = tensor_file_write(results[i].path, &results[i].shape, results[i].data);
        if (status == STATUS_DONE)
            printf("%s  %s\n", results[i].path, text_shape(&results[i].shape, shape));
    }
    for (size_t i = 0; i < count; i++)
        free(results[i].path);
    free(results);
    return status;
}

static int run_model(const struct options *options, const struct input *inputs, const struct senet_model *model)
{
    const struct senet_model_info *info = senet_model_info(model);
    struct senet_session *session = NULL;
    struct senet_error error;
    if (senet_session_create(model, (int)options->threads, &session, &error) != SENET_OK)
        return complain("%s", error.message);
    int status = override_gates("run", &options->gates, model, session);
    if (status == STATUS_DONE)
        status = set_inputs(session, info, inputs, options->inputs.count);
    if (status == STATUS_DONE)
        status = output_folder_make(options->output_folder);
    if (status == STATUS_DONE) {
        senet_session_run(session);
        status = write_results(options->output_folder, info, session);
    }
    senet_session_free(session);
    return status;
}

int command_run(int argc, char **argv)
{
    struct options options = {.output_folder = ".", .threads = 1};
    struct input *inputs = NULL;
    struct senet_model *model = NULL;
    int status;
    if (!parse_options(argc, argv, &options, &status))
        goto out;
    inputs = calloc(options.inputs.count, sizeof *inputs);
    if (!inputs) {
        status = complain("out of memory");
        goto out;
    }
    status = read_inputs(&options.inputs, inputs);
    if (status != STATUS_DONE)
        goto out;
    struct senet_load_options size = size_of_first(&inputs[0].npy);
    status = source_model(argv[0], &size, &model);
    if (status == STATUS_DONE)
        status = run_model(&options, inputs, model);
out:
    senet_model_free(model);
    for (size_t i = 0; inputs && i < options.inputs.count; i++)
        senet_npy_release(&inputs[i].npy);
    free(inputs);
    text_list_release(&options.inputs);
    text_list_release(&options.gates);
    return status;
}
