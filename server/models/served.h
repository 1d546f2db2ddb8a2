/*
 * A model being served, with all that belongs to it.
 *
 * DESIGN
 * Counted references: the catalogue holds one while it offers the model, every request holds one from when it was
 * routed until it is freed. So a model that is replaced or unloaded lives until its last request has been answered,
 * and nobody else need know. Freeing takes a while (a hundred megabytes go back to the system), so who gives up the
 * last reference only hands the model to its keeper.
 */
#ifndef SENETD_SERVED_H
#define SENETD_SERVED_H

#include <pthread.h>
#include <stdatomic.h>

#include "metrics.h"
#include "models/repository.h"
#include "models/session_pool.h"
#include "models/statistics.h"
#include "predict/batch.h"

/* Exponential moving averages over roughly the last hundred images. */
struct gate_average {
    double mean, saturated;
};

struct served;

/* Who frees models that nobody refers to any more, from whichever thread it hears of them. */
struct keeper {
    void (*retire)(struct keeper *keeper, struct served *served);
};

struct served {
    atomic_size_t references;
    struct keeper *keeper; /* NULL: the last reference frees it at once */
    struct served *next;   /* the keeper's */
    /* Unchanged once created: */
    char name[MODEL_NAME_MAX + 1];
    char version[MODEL_VERSION_TEXT];
    size_t memory; /* bytes of weights and of as many sessions as there may be */
    struct senet_model *model;
    const struct senet_model_info *info;
    bool takes_images;            /* one input of 1 x channels x height x width */
    struct session_pool pool;     /* locks itself */
    struct statistics statistics; /* locks itself */
    struct model_metrics metrics; /* likewise */
    struct batch batch;           /* set before anybody else has a reference; its pool locks itself */
    pthread_mutex_t lock;         /* guards the two below */
    struct gate_average *gates;   /* by SE block */
    uint64_t gate_images;         /* how many images went into them */
};

/*
 * With one reference, the caller's. Takes over `model`, also when it fails: NULL when memory is short. The pool may
 * hold `sessions`, of threads as planned, and is empty.
 */
struct served *served_create(const char *name, int64_t version, struct senet_model *model,
                             const struct thread_plan *plan, size_t sessions);

/* The caller has a reference already. Returns `served`, for one more to hold it. */
struct served *served_retain(struct served *served);
/* NULL is nothing to release. */
void served_release(struct served *served);
/* For the keeper: nobody refers to it. */
void served_free(struct served *served);

/*
 * `gates` points to one summary per SE block of an image whose gates were the network's own. Ignored where one is not
 * finite, as of a tensor of NaNs: the averages would never recover.
 */
void served_observe_gates(struct served *served, const struct senet_gate_summary *gates);
/* Copies the averages (info->se_block_count of them); false before the first image. */
bool served_gate_averages(struct served *served, struct gate_average *averages);

#endif
