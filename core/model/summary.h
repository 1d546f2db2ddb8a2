/* What there is to tell about an optimised graph: its layers, its SE blocks, its edges. */
#ifndef SENET_MODEL_SUMMARY_H
#define SENET_MODEL_SUMMARY_H

#include "graph/graph.h"
#include "senet.h"

/*
 * Fills inputs, outputs, layers, se_blocks, class_count, outputs_probabilities, parameters and macs of `info`,
 * allocating in the graph's arena. Errors: OUT_OF_MEMORY.
 */
enum senet_code summary_create(const struct graph *graph, struct senet_model_info *info, struct senet_error *error);

#endif
