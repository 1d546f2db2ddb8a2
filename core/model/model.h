/* What a model is made of. Only model/ and session.c look inside. */
#ifndef SENET_MODEL_MODEL_H
#define SENET_MODEL_MODEL_H

#include "base/arena.h"
#include "base/source.h"
#include "graph/graph.h"
#include "plan/plan.h"
#include "senet.h"

struct senet_model {
    struct arena arena;     /* owns all of the below but: */
    struct arena constants; /* contents of the graph's constants, of which those stay that the plan reads */
    struct graph graph;
    struct plan *plan;
    struct senet_model_info info; /* layers has one row per entry of graph.nodes, in that order */
};

/* The files of a model, the small ones read. Only `onnx` is not optional. */
struct model_source {
    struct source onnx;
    const char *config, *labels;
    size_t config_size, labels_size;
    const char *directory; /* where external tensor data may lie; NULL allows none */
};

/* As senet_model_load_memory. */
enum senet_code model_create(const struct model_source *source, const struct senet_load_options *options,
                             struct senet_model **model, struct senet_error *error);

/* The golden file of the built-in model; lives for ever. */
const void *model_builtin_golden(size_t *size);

#endif
