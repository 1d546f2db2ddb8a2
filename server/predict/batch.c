#include "predict/batch.h"

static bool is_multiple(const struct senet_tensor_info *tensor, const struct senet_tensor_info *single, size_t size)
{
    const struct senet_shape *shape = &tensor->shape, *of_one = &single->shape;
    if (shape->rank != of_one->rank || shape->rank < 1 || of_one->dim[0] != 1 || shape->dim[0] != (int64_t)size)
        return false;
    for (int axis = 1; axis < shape->rank; axis++)
        if (shape->dim[axis] != of_one->dim[axis])
            return false;
    return true;
}

/* Gates are per image too: what is read and answered is `index` of each. */
static bool takes_images_together(const struct senet_model_info *info, const struct senet_model_info *single,
                                  size_t size)
{
    bool good = info->input_count == 1 && single->input_count == 1 &&
                is_multiple(&info->inputs[0], &single->inputs[0], size) && info->output_count == single->output_count &&
                info->output_count > 0 && is_multiple(&info->outputs[0], &single->outputs[0], size) &&
                info->se_block_count == single->se_block_count;
    for (size_t i = 0; good && i < info->se_block_count; i++)
        good =
            info->se_blocks[i].batch == (int64_t)size && info->se_blocks[i].channels == single->se_blocks[i].channels;
    return good;
}

bool batch_init(struct batch *batch, struct senet_model *model, const struct senet_model *single, size_t size,
                const struct thread_plan *plan, size_t sessions)
{
    *batch = (struct batch){0};
    if (!takes_images_together(senet_model_info(model), senet_model_info(single), size) ||
        !session_pool_init(&batch->pool, model, plan, sessions)) {
        senet_model_free(model);
        return false;
    }
    batch->model = model;
    batch->size = size;
    return true;
}

void batch_release(struct batch *batch)
{
    if (!batch->size)
        return;
    session_pool_release(&batch->pool);
    senet_model_free(batch->model);
    *batch = (struct batch){0};
}
