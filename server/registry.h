/* The models being served. Loaded at the start, unchanged after; shared by all workers. */
#ifndef SENETD_REGISTRY_H
#define SENETD_REGISTRY_H

#include <pthread.h>

#include "options.h"
#include "senet.h"

#define MODEL_NAME_MAX 128
#define MODEL_VERSION "1" /* the only one: a folder is one version of one model */

/* Exponential moving averages over roughly the last hundred images. */
struct gate_average {
    double mean, saturated;
};

struct served {
    char name[MODEL_NAME_MAX + 1];
    struct senet_model *model;
    const struct senet_model_info *info;
    bool takes_images;          /* one input of 1 x channels x height x width */
    pthread_mutex_t lock;       /* guards the two below */
    struct gate_average *gates; /* by SE block */
    uint64_t gate_images;       /* how many images went into them */
};

struct registry {
    struct served *models; /* the first is the default */
    size_t count;
};

/*
 * Loads every "[NAME=]DIR" of `list`, or the built-in model when it is empty. False fills `message`, one line that
 * names the model. Either way the caller releases, after the last session is gone.
 */
bool registry_open(struct registry *registry, const struct text_list *list, char *message, size_t message_size);
void registry_release(struct registry *registry);

/* NULL when there is none. */
struct served *registry_find(const struct registry *registry, const char *name);

/* `gates` points to one summary per SE block of an image whose gates were the network's own. */
void served_observe_gates(struct served *served, const struct senet_gate_summary *gates);
/* Copies the averages (info->se_block_count of them); false before the first image. */
bool served_gate_averages(struct served *served, struct gate_average *averages);

#endif
