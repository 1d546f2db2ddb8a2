#include "model/steps.h"

#include "base/error.h"

/* A conversion is made for the layer that comes next; after the last one, for that one. */
static size_t layer_of(const struct plan *plan, size_t step)
{
    for (size_t i = step; i < plan->step_count; i++)
        if (plan->steps[i].node >= 0)
            return (size_t)plan->steps[i].node;
    while (step > 0 && plan->steps[step].node < 0)
        step--;
    return plan->steps[step].node < 0 ? 0 : (size_t)plan->steps[step].node;
}

static struct senet_step public_step(const struct plan *plan, size_t index, const struct senet_layer *layers)
{
    const struct plan_step *step = &plan->steps[index];
    size_t layer_index = layer_of(plan, index);
    const struct senet_layer *layer = &layers[layer_index];
    int64_t absorbed_macs = step->absorbed >= 0 ? layers[step->absorbed].macs : 0;
    if (step->kernel)
        return (struct senet_step){layer_index,        layer->name,   layer->type,
                                   step->kernel->name, layer->output, layer->macs + absorbed_macs};
    const char *conversion = layout_conversion_name(plan->tensors[step->inputs[0]].layout);
    return (struct senet_step){
        layer_index, layer->name, "Layout", conversion, plan->tensors[step->outputs[0]].shape, 0};
}

enum senet_code steps_create(const struct graph *graph, const struct plan *plan, struct senet_model_info *info,
                             struct senet_error *error)
{
    struct senet_step *steps = arena_alloc(graph->arena, plan->step_count, sizeof *steps);
    if (!steps)
        return error_out_of_memory(error);
    for (size_t i = 0; i < plan->step_count; i++)
        steps[i] = public_step(plan, i, info->layers);
    info->steps = steps;
    info->step_count = plan->step_count;
    return SENET_OK;
}
