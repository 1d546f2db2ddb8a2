/*
 * Times every kernel that can compute a layer, over layers of real networks, so that a change of speed can be pinned
 * to one of them: `make bench-kernels`. One thread; the smallest of many runs.
 *
 *   usage: kernels [ISA [NAME]]    all that the machine has; only layers whose name contains NAME
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "graph/ops.h"
#include "kernels/kernel.h"

#define SECONDS 0.25 /* for each figure */
#define RUNS_MIN 5

struct layer {
    const char *name;
    int64_t channels, side, outputs, kernel, stride, groups;
};

static const struct layer layers[] = {
    {"resnet50 stem", 3, 224, 64, 7, 2, 1},           {"mobilenet stem", 3, 224, 16, 3, 2, 1},
    {"resnet50 1 conv1", 256, 56, 64, 1, 1, 1},       {"resnet50 1 conv2", 64, 56, 64, 3, 1, 1},
    {"resnet50 1 conv3", 64, 56, 256, 1, 1, 1},       {"resnet50 2 conv1", 512, 28, 128, 1, 1, 1},
    {"resnet50 2 conv2", 128, 28, 128, 3, 1, 1},      {"resnet50 2 conv3", 128, 28, 512, 1, 1, 1},
    {"resnet50 2 conv2 /2", 128, 56, 128, 3, 2, 1},   {"resnet50 2 down", 256, 56, 512, 1, 2, 1},
    {"resnet50 3 conv1", 1024, 14, 256, 1, 1, 1},     {"resnet50 3 conv2", 256, 14, 256, 3, 1, 1},
    {"resnet50 3 conv3", 256, 14, 1024, 1, 1, 1},     {"resnet50 4 conv1", 2048, 7, 512, 1, 1, 1},
    {"resnet50 4 conv2", 512, 7, 512, 3, 1, 1},       {"resnet50 4 conv3", 512, 7, 2048, 1, 1, 1},
    {"resnext50 1 conv2", 128, 56, 128, 3, 1, 32},    {"resnext50 2 conv2", 256, 28, 256, 3, 1, 32},
    {"resnext50 3 conv2", 512, 14, 512, 3, 1, 32},    {"resnext50 4 conv2", 1024, 7, 1024, 3, 1, 32},
    {"resnext50 2 conv2 /2", 256, 56, 256, 3, 2, 32}, {"regnety 1 conv2 /2", 64, 112, 64, 3, 2, 4},
    {"regnety 4 conv2", 768, 7, 768, 3, 1, 48},       {"regnety 2 conv2", 144, 28, 144, 3, 1, 9},
    {"regnety 3 conv1", 320, 14, 320, 1, 1, 1},       {"regnety 3 conv2", 320, 14, 320, 3, 1, 20},
    {"efficientnet expand", 16, 112, 96, 1, 1, 1},    {"efficientnet expand 2", 24, 56, 144, 1, 1, 1},
    {"efficientnet project", 144, 56, 24, 1, 1, 1},   {"efficientnet dw3 /2", 96, 112, 96, 3, 2, 96},
    {"efficientnet dw3", 144, 56, 144, 3, 1, 144},    {"efficientnet dw5", 672, 14, 672, 5, 1, 672},
    {"efficientnet head", 320, 7, 1280, 1, 1, 1},
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static float *random_floats(struct arena *arena, int64_t count)
{
    static uint32_t state = 1;
    float *floats = arena_alloc(arena, (size_t)count, sizeof *floats);
    for (int64_t i = 0; floats && i < count; i++) {
        state = state * 1664525u + 1013904223u;
        floats[i] = (float)(state >> 8) / 8388608.0f - 1.0f;
    }
    return floats;
}

static void set_ints(struct node *node, struct arena *arena, const char *name, size_t count, int64_t value)
{
    int64_t *ints = arena_alloc(arena, count, sizeof *ints);
    for (size_t i = 0; i < count; i++)
        ints[i] = value;
    node->attributes[node->attribute_count++] =
        (struct attribute){.name = name, .type = ATTRIBUTE_INTS, .ints = ints, .count = count};
}

/* A Conv with bias and ReLU, "same" padding. */
static struct node *make_node(struct graph *graph, const struct layer *layer)
{
    struct arena *arena = graph->arena;
    const struct senet_shape input = {4, {1, layer->channels, layer->side, layer->side}};
    const struct senet_shape weights = {
        4, {layer->outputs, layer->channels / layer->groups, layer->kernel, layer->kernel}};
    const struct senet_shape bias = {1, {layer->outputs}};
    struct node *node = graph_new_node(graph, OP_CONV, layer->name, 3, 1);
    node->inputs[0] = graph_add_value(graph, "input");
    node->inputs[0]->shape = input;
    node->inputs[1] = graph_add_constant(graph, "weights", DTYPE_FLOAT32, &weights,
                                         random_floats(arena, senet_shape_elements(&weights)));
    node->inputs[2] = graph_add_constant(graph, "bias", DTYPE_FLOAT32, &bias, random_floats(arena, layer->outputs));
    node->outputs[0] = graph_add_value(graph, "output");
    node->activation = (struct activation){ACTIVATION_RELU, 0, 0};
    node->attributes = arena_alloc(arena, 8, sizeof *node->attributes);
    set_ints(node, arena, "strides", 2, layer->stride);
    set_ints(node, arena, "pads", 4, layer->kernel / 2);
    node->attributes[node->attribute_count++] =
        (struct attribute){.name = "group", .type = ATTRIBUTE_INT, .i = layer->groups};
    struct senet_error error;
    if (op_table[OP_CONV].infer(graph, node, &error) != SENET_OK) {
        fprintf(stderr, "%s: %s\n", layer->name, error.message);
        exit(1);
    }
    return node;
}

/* Seconds of the fastest run. */
static double time_kernel(const struct kernel *kernel, const struct simd *simd, const struct node *node)
{
    struct arena arena = {0};
    struct kernel_setup setup = {.arena = &arena, .simd = simd};
    struct senet_error error;
    if (kernel->prepare && kernel->prepare(node, &setup, &error) != SENET_OK) {
        fprintf(stderr, "%s: %s\n", kernel->name, error.message);
        exit(1);
    }
    struct tensor inputs[3], output;
    for (int i = 0; i < 3; i++)
        inputs[i] = (struct tensor){(void *)(uintptr_t)node->inputs[i]->data, &node->inputs[i]->shape, DTYPE_FLOAT32};
    inputs[0].data = random_floats(&arena, layout_elements(&node->inputs[0]->shape, kernel->reads));
    const struct senet_shape *shape = &node->outputs[0]->shape;
    output = (struct tensor){arena_alloc(&arena, (size_t)layout_elements(shape, kernel->writes), sizeof(float)), shape,
                             DTYPE_FLOAT32};
    const struct kernel_call call = {.params = setup.params,
                                     .inputs = inputs,
                                     .outputs = &output,
                                     .workspace = arena_alloc(&arena, setup.workspace_bytes, 1),
                                     .member_scratch = arena_alloc(&arena, setup.member_bytes, 1),
                                     .member_bytes = setup.member_bytes};
    double best = 1e9, begun = now();
    for (int run = 0; run < RUNS_MIN || now() - begun < SECONDS; run++) {
        double before = now();
        kernel->run(&call);
        double seconds = now() - before;
        best = seconds < best ? seconds : best;
    }
    arena_release(&arena);
    return best;
}

static void time_layer(const struct layer *layer, const struct simd *simd)
{
    struct arena arena = {0};
    struct graph graph = {.arena = &arena, .name = "bench", .opset = 17};
    struct node *node = make_node(&graph, layer);
    double flops = 2.0 * (double)op_table[OP_CONV].macs(node);
    for (size_t row = 0; row < kernel_table.count; row++) {
        const struct kernel *kernel = &kernel_table.rows[row];
        if (kernel->op != OP_CONV || (kernel->accepts && !kernel->accepts(node)))
            continue;
        double seconds = time_kernel(kernel, simd, node);
        printf("%-24s %-9s %-28s %9.3f ms %7.1f GFLOP/s\n", layer->name, simd->name, kernel->name, seconds * 1e3,
               flops / seconds * 1e-9);
        fflush(stdout);
    }
    arena_release(&arena);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t set = 0; simd_at(set); set++)
            if ((argc < 2 || !strcmp(argv[1], simd_at(set)->name)) && (argc < 3 || strstr(layers[i].name, argv[2])))
                time_layer(&layers[i], simd_at(set));
    return 0;
}
