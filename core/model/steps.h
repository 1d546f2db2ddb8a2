/* What there is to tell about a plan: its steps, named after the layers that they are done for. */
#ifndef SENET_MODEL_STEPS_H
#define SENET_MODEL_STEPS_H

#include "plan/plan.h"
#include "senet.h"

/* Fills steps of `info`, whose layers are there, allocating in the graph's arena. Errors: OUT_OF_MEMORY. */
enum senet_code steps_create(const struct graph *graph, const struct plan *plan, struct senet_model_info *info,
                             struct senet_error *error);

#endif
