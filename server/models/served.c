#include "models/served.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AVERAGED_IMAGES 100.0

static bool has_image_input(const struct senet_model_info *info)
{
    const struct senet_shape *shape = &info->inputs[0].shape;
    return info->input_count == 1 && shape->rank == 4 && shape->dim[0] == 1 &&
           shape->dim[1] == info->preprocess.channels && shape->dim[2] == info->preprocess.height &&
           shape->dim[3] == info->preprocess.width;
}

static bool init_parts(struct served *served, const struct thread_plan *plan, size_t sessions)
{
    served->gates = calloc(served->info->se_block_count + 1, sizeof *served->gates);
    if (!served->gates || !session_pool_init(&served->pool, served->model, plan, sessions))
        return false;
    if (statistics_init(&served->statistics)) {
        if (model_metrics_init(&served->metrics)) {
            if (!pthread_mutex_init(&served->lock, NULL))
                return true;
            model_metrics_release(&served->metrics);
        }
        statistics_release(&served->statistics);
    }
    session_pool_release(&served->pool);
    return false;
}

struct served *served_create(const char *name, int64_t version, struct senet_model *model,
                             const struct thread_plan *plan, size_t sessions)
{
    struct served *served = calloc(1, sizeof *served);
    if (!served) {
        senet_model_free(model);
        return NULL;
    }
    atomic_init(&served->references, 1);
    snprintf(served->name, sizeof served->name, "%s", name);
    model_version_text(version, served->version);
    served->model = model;
    served->info = senet_model_info(model);
    served->memory = served->info->weight_bytes + sessions * served->info->arena_bytes;
    served->takes_images = has_image_input(served->info);
    if (init_parts(served, plan, sessions))
        return served;
    free(served->gates);
    senet_model_free(model);
    free(served);
    return NULL;
}

struct served *served_retain(struct served *served)
{
    atomic_fetch_add(&served->references, 1);
    return served;
}

void served_release(struct served *served)
{
    if (!served || atomic_fetch_sub(&served->references, 1) != 1)
        return;
    if (served->keeper)
        served->keeper->retire(served->keeper, served);
    else
        served_free(served);
}

void served_free(struct served *served)
{
    batch_release(&served->batch);
    session_pool_release(&served->pool);
    pthread_mutex_destroy(&served->lock);
    model_metrics_release(&served->metrics);
    statistics_release(&served->statistics);
    free(served->gates);
    senet_model_free(served->model);
    free(served);
}

void served_observe_gates(struct served *served, const struct senet_gate_summary *gates)
{
    for (size_t i = 0; i < served->info->se_block_count; i++)
        if (!isfinite(gates[i].mean))
            return;
    pthread_mutex_lock(&served->lock);
    served->gate_images++;
    /* The first images count in full: without it, the averages would start from nothing. */
    double images = (double)served->gate_images;
    double weight = images < AVERAGED_IMAGES ? 1 / images : 1 / AVERAGED_IMAGES;
    for (size_t i = 0; i < served->info->se_block_count; i++) {
        struct gate_average *average = &served->gates[i];
        average->mean += weight * ((double)gates[i].mean - average->mean);
        average->saturated += weight * ((double)gates[i].saturated_ratio - average->saturated);
    }
    pthread_mutex_unlock(&served->lock);
}

bool served_gate_averages(struct served *served, struct gate_average *averages)
{
    pthread_mutex_lock(&served->lock);
    bool any = served->gate_images > 0;
    memcpy(averages, served->gates, served->info->se_block_count * sizeof *averages);
    pthread_mutex_unlock(&served->lock);
    return any;
}
