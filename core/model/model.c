#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/passes.h"
#include "model/config.h"
#include "model/steps.h"
#include "model/summary.h"
#include "onnx/import.h"

#define MAX_BATCH 65536
#define MAX_SIDE 16384

static enum senet_code check_options(const struct senet_load_options *options, struct senet_error *error)
{
    if (options->batch < 0 || options->batch > MAX_BATCH)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the batch must be from 1 to 65536 images");
    if (options->height < 0 || options->height > MAX_SIDE || options->width < 0 || options->width > MAX_SIDE)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the input size must be from 1 to 16384 pixels a side");
    return SENET_OK;
}

/* What the caller asks for goes first, then config.json, whose defaults are 224 x 224. */
static struct input_size choose_size(const struct senet_load_options *options, const struct model_config *config)
{
    return (struct input_size){.batch = options->batch ? options->batch : 1,
                               .height = options->height ? options->height : config->preprocess.height,
                               .width = options->width ? options->width : config->preprocess.width};
}

static const struct senet_shape *image_shape(const struct graph *graph)
{
    return graph->input_count > 0 && graph->inputs[0]->shape.rank == 4 ? &graph->inputs[0]->shape : NULL;
}

/*
 * Sides that the graph fixes are facts: a config.json that says otherwise describes another network. Called
 * before open sides are filled in, which are -1.
 */
static enum senet_code check_input_size(const struct graph *graph, const struct model_config *config,
                                        struct senet_error *error)
{
    const struct senet_shape *shape = image_shape(graph);
    if (!shape || !config->has_input_size)
        return SENET_OK;
    static const char *const sides[] = {"channels", "height", "width"};
    const int64_t claimed[] = {config->preprocess.channels, config->preprocess.height, config->preprocess.width};
    for (int i = 0; i < 3; i++)
        if (shape->dim[i + 1] > 0 && shape->dim[i + 1] != claimed[i])
            return senet_error_set(error, SENET_CONFIG_INVALID,
                                   "config.json: input_size has %s %lld, but the network takes %lld", sides[i],
                                   (long long)claimed[i], (long long)shape->dim[i + 1]);
    return SENET_OK;
}

static enum senet_code check_classes(const struct senet_model_info *info, const struct model_config *config,
                                     struct senet_error *error)
{
    if (info->class_count == 0)
        return SENET_OK;
    if (config->num_classes && config->num_classes != info->class_count)
        return senet_error_set(error, SENET_CONFIG_INVALID,
                               "config.json: num_classes is %lld, but the network has %lld outputs",
                               (long long)config->num_classes, (long long)info->class_count);
    if (config->label_count && (int64_t)config->label_count != info->class_count)
        return senet_error_set(error, SENET_CONFIG_INVALID, "there are %zu labels, but the network has %lld outputs",
                               config->label_count, (long long)info->class_count);
    return SENET_OK;
}

static const char *choose_architecture(const struct model_config *config, const struct graph *graph)
{
    if (config->architecture)
        return config->architecture;
    return graph->name && *graph->name ? graph->name : "unknown";
}

/* What config.json adds to what the graph says. */
static enum senet_code apply_config(struct senet_model *model, const struct model_config *config,
                                    struct senet_error *error)
{
    struct senet_model_info *info = &model->info;
    info->architecture = choose_architecture(config, &model->graph);
    info->preprocess = config->preprocess;
    const struct senet_shape *shape = image_shape(&model->graph);
    if (shape) {
        info->preprocess.channels = shape->dim[1];
        info->preprocess.height = shape->dim[2];
        info->preprocess.width = shape->dim[3];
    }
    if (info->class_count > 0) {
        info->labels = config->labels;
        info->label_count = config->label_count;
    }
    return check_classes(info, config, error);
}

/* Inside a graph integers may flow; the public interface hands floats in and out. */
static enum senet_code require_float32(struct value *const *values, size_t count, const char *what,
                                       struct senet_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (values[i]->dtype != DTYPE_FLOAT32)
            return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s '%.120s' is not float32", what, values[i]->name);
    return SENET_OK;
}

/* The graph as it will run: what the file says, checked against config.json and optimised. */
static enum senet_code build_graph(struct senet_model *model, const struct model_source *source,
                                   const struct model_config *config, const struct senet_load_options *options,
                                   struct senet_error *error)
{
    const struct input_size size = choose_size(options, config);
    enum senet_code code =
        onnx_import(&source->onnx, source->directory, &model->arena, &model->constants, &model->graph, error);
    if (code == SENET_OK && model->graph.input_count == 0)
        code = senet_error_set(error, SENET_MODEL_UNSUPPORTED, "the graph has no inputs");
    if (code == SENET_OK)
        code = require_float32(model->graph.inputs, model->graph.input_count, "input", error);
    if (code == SENET_OK)
        code = check_input_size(&model->graph, config, error);
    if (code == SENET_OK)
        code = graph_optimise(&model->graph, &size, error);
    return code == SENET_OK ? require_float32(model->graph.outputs, model->graph.output_count, "output", error) : code;
}

/* The naive kernels are an instruction set of their own to the outside. */
static enum senet_code make_plan(struct senet_model *model, const char *isa, struct senet_error *error)
{
    bool reference = isa && !strcmp(isa, "reference");
    const struct simd *simd = simd_find(reference ? NULL : isa);
    if (!simd)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "this machine has no instruction set '%.40s'", isa);
    model->info.isa = reference ? "reference" : simd->name;
    return plan_create(&model->graph, reference ? &reference_kernel_table : &kernel_table, simd, &model->plan, error);
}

static enum senet_code build(struct senet_model *model, const struct model_source *source,
                             const struct senet_load_options *options, struct senet_error *error)
{
    struct model_config config;
    enum senet_code code = config_parse(source->config, source->config_size, source->labels, source->labels_size,
                                        &model->arena, &config, error);
    if (code != SENET_OK)
        return code;
    code = build_graph(model, source, &config, options, error);
    if (code == SENET_OK)
        code = make_plan(model, options->isa, error);
    if (code == SENET_OK)
        code = summary_create(&model->graph, &model->info, error);
    if (code == SENET_OK)
        code = steps_create(&model->graph, model->plan, &model->info, error);
    if (code == SENET_OK)
        code = apply_config(model, &config, error);
    if (code != SENET_OK)
        return code;
    model->info.weight_bytes = model->arena.total + model->constants.total;
    model->info.arena_bytes = model->plan->arena_bytes;
    return SENET_OK;
}

enum senet_code model_create(const struct model_source *source, const struct senet_load_options *options,
                             struct senet_model **model, struct senet_error *error)
{
    static const struct senet_load_options no_options = {0};
    if (!options)
        options = &no_options;
    enum senet_code code = check_options(options, error);
    if (code != SENET_OK)
        return code;
    struct senet_model *created = calloc(1, sizeof *created);
    if (!created)
        return error_out_of_memory(error);
    code = build(created, source, options, error);
    if (code == SENET_OK)
        *model = created;
    else
        senet_model_free(created);
    return code;
}

enum senet_code senet_model_load_memory(const void *onnx, size_t onnx_size, const char *config, size_t config_size,
                                        const char *labels, size_t labels_size,
                                        const struct senet_load_options *options, struct senet_model **model,
                                        struct senet_error *error)
{
    const struct model_source source = {.onnx = {.bytes = onnx, .size = onnx_size},
                                        .config = config,
                                        .labels = labels,
                                        .config_size = config_size,
                                        .labels_size = labels_size};
    return model_create(&source, options, model, error);
}

void senet_model_free(struct senet_model *model)
{
    if (!model)
        return;
    arena_release(&model->arena);
    arena_release(&model->constants);
    free(model);
}

void senet_model_settle(struct senet_model *model)
{
    arena_collapse(&model->arena);
    arena_collapse(&model->constants);
}

const struct senet_model_info *senet_model_info(const struct senet_model *model)
{
    return &model->info;
}

int senet_model_find_se_block(const struct senet_model *model, const char *layer)
{
    for (size_t i = 0; i < model->info.se_block_count; i++)
        if (!strcmp(model->info.se_blocks[i].layer, layer))
            return (int)i;
    return -1;
}
