#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "flags.h"
#include "senet.h"
#include "source.h"
#include "terminal.h"

static void print_layers(const struct senet_model_info *info, struct style style)
{
    char shape[SHAPE_TEXT_SIZE], parameters[32], macs[32], name[512];
    int width = 20;
    for (size_t i = 0; i < info->layer_count; i++) {
        int layer = text_width(info->layers[i].name) + text_width(info->layers[i].type) + 3;
        width = layer > width ? layer : width;
    }
    fputs(style.bold, stdout);
    text_pad("Layer (type)", width);
    printf("  %-20s %14s %16s%s\n", "Output shape", "Parameters", "MACs", style.plain);
    for (size_t i = 0; i < info->layer_count; i++) {
        const struct senet_layer *layer = &info->layers[i];
        snprintf(name, sizeof name, "%s (%s)", layer->name, layer->type);
        text_pad(name, width);
        printf("  %-20s %14s %16s\n", text_shape(&layer->output, shape), text_grouped(layer->parameters, parameters),
               text_grouped(layer->macs, macs));
    }
}

static void print_totals(const struct senet_model_info *info, const char *name)
{
    char number[32], shape[SHAPE_TEXT_SIZE];
    printf("\nModel         ");
    text_pad(name, 0);
    printf(", ");
    text_pad(info->architecture, 0);
    putchar('\n');
    for (size_t i = 0; i < info->input_count; i++) {
        printf("Input         ");
        text_pad(info->inputs[i].name, 0);
        printf("  %s\n", text_shape(&info->inputs[i].shape, shape));
    }
    for (size_t i = 0; i < info->output_count; i++) {
        printf("Output        ");
        text_pad(info->outputs[i].name, 0);
        printf("  %s\n", text_shape(&info->outputs[i].shape, shape));
    }
    printf("Parameters    %s\n", text_grouped(info->parameters, number));
    printf("MACs          %s\n", text_grouped(info->macs, number));
    printf("Memory        %.1f MiB weights, %.1f MiB for each session\n", (double)info->weight_bytes / 1048576,
           (double)info->arena_bytes / 1048576);
}

static void print_se_blocks(const struct senet_model_info *info, struct style style)
{
    if (info->se_block_count == 0) {
        printf("\nNo SE block was recognised.\n");
        return;
    }
    int width = 20;
    for (size_t i = 0; i < info->se_block_count; i++) {
        int layer = text_width(info->se_blocks[i].layer);
        width = layer > width ? layer : width;
    }
    printf("\n%s", style.bold);
    text_pad("SE block", width);
    printf("  %8s %7s %4s  %-5s  %-7s  %-12s  %-12s  %-9s %11s %11s %11s%s\n", "Channels", "Reduced", "r", "Kind",
           "Squeeze", "Activation", "Gate", "Placement", "fc1 params", "fc2 params", "Parameters", style.plain);
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        char fc1[32], fc2[32], sum[32];
        text_pad(block->layer, width);
        printf("  %8" PRId64 " %7" PRId64 " %4" PRId64 "  %-5s  %-7s  %-12s  %-12s  %-9s %11s %11s %11s\n",
               block->channels, block->reduced_channels, block->reduction, block->kind, block->squeeze,
               block->activation, block->gate, block->placement, text_grouped(block->fc1_parameters, fc1),
               text_grouped(block->fc2_parameters, fc2),
               text_grouped(block->fc1_parameters + block->fc2_parameters, sum));
    }
}

static void write_tensors(struct senet_json *json, const char *key, const struct senet_tensor_info *tensors,
                          size_t count)
{
    senet_json_key(json, key);
    senet_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        senet_json_object_begin(json);
        senet_json_member_string(json, "name", tensors[i].name);
        senet_json_key(json, "shape");
        senet_json_shape(json, &tensors[i].shape);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

static void write_layers(struct senet_json *json, const struct senet_model_info *info)
{
    senet_json_key(json, "layers");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->layer_count; i++) {
        const struct senet_layer *layer = &info->layers[i];
        senet_json_object_begin(json);
        senet_json_member_string(json, "name", layer->name);
        senet_json_member_string(json, "type", layer->type);
        senet_json_key(json, "output");
        senet_json_shape(json, &layer->output);
        senet_json_member_int(json, "parameters", layer->parameters);
        senet_json_member_int(json, "macs", layer->macs);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

static void write_se_blocks(struct senet_json *json, const struct senet_model_info *info)
{
    senet_json_key(json, "se_blocks");
    senet_json_array_begin(json);
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        senet_json_object_begin(json);
        senet_json_se_block(json, block);
        senet_json_member_int(json, "fc1_parameters", block->fc1_parameters);
        senet_json_member_int(json, "fc2_parameters", block->fc2_parameters);
        senet_json_member_int(json, "parameters", block->fc1_parameters + block->fc2_parameters);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

static int print_json(const struct senet_model_info *info, const char *name)
{
    struct senet_buffer buffer = {0};
    struct senet_json json = {.buffer = &buffer};
    senet_json_object_begin(&json);
    senet_json_member_string(&json, "name", name);
    senet_json_member_string(&json, "architecture", info->architecture);
    write_tensors(&json, "inputs", info->inputs, info->input_count);
    write_tensors(&json, "outputs", info->outputs, info->output_count);
    senet_json_member_int(&json, "classes", info->class_count);
    senet_json_member_int(&json, "parameters", info->parameters);
    senet_json_member_int(&json, "macs", info->macs);
    write_layers(&json, info);
    write_se_blocks(&json, info);
    senet_json_object_end(&json);
    senet_buffer_append(&buffer, "\n", 1);
    int status = buffer.failed ? complain("out of memory") : STATUS_DONE;
    if (status == STATUS_DONE)
        fwrite(buffer.data, 1, buffer.size, stdout);
    senet_buffer_release(&buffer);
    return status;
}

static int print_tables(const struct senet_model_info *info, const char *name)
{
    struct style style = terminal_style();
    print_layers(info, style);
    print_totals(info, name);
    print_se_blocks(info, style);
    return STATUS_DONE;
}

int command_summary(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct flag flags[] = {
        {"model", "DIR|FILE.onnx", "model folder or .onnx file (default: the built-in model)", .text = &path},
        {"json", NULL, "for programs", .truth = &json},
    };
    const struct usage usage = {
        .command = "summary",
        .operands = "",
        .about = "Shows a model's layers with their output shapes, parameters and multiply-accumulates (MACs)\n"
                 "for a run of its batch, and its SE blocks.",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
    };
    size_t operands;
    int status;
    if (!flags_parse(&usage, argc, argv, &operands, &status))
        return status;
    struct senet_model *model = NULL;
    status = source_model(path, NULL, &model);
    if (status != STATUS_DONE)
        return status;
    struct model_identity identity;
    source_identity(path, &identity);
    const struct senet_model_info *info = senet_model_info(model);
    status = json ? print_json(info, identity.name) : print_tables(info, identity.name);
    senet_model_free(model);
    return status;
}
