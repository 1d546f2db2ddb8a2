/*
 * A request to infer, as the Open Inference Protocol has it: JSON, and tensors in it or behind it.
 *
 * DESIGN
 * Everything that can be wrong with a request is found here, before a session is taken, except for images that cannot
 * be decoded. Numbers are converted here too, for an integer may be one that float32 does not hold; float32 that came
 * as bytes is left where it is.
 *
 * Models are loaded for one image at a time. A request of shape [n, ...] is one for n items, which run one after
 * another, where every input and output of the model begins with 1.
 */
#ifndef SENETD_OIP_REQUEST_H
#define SENETD_OIP_REQUEST_H

#include "predict/predict_input.h"
#include "routes/oip_document.h"

struct oip_source {
    const char *body;
    size_t body_size;
    int64_t json_size; /* Inference-Header-Content-Length; -1 when not given, -2 when it is no whole number */
    size_t max_items;
    bool takes_images;
    const struct senet_model *model;
};

struct oip_input {
    bool given;
    const unsigned char *bytes; /* float32, little-endian; NULL where `values` has them */
    float *values;              /* owned */
};

/* A prefix of the names of outputs and of parameters. */
#define OIP_GATE_PREFIX "gate."

struct oip_output {
    const char *name; /* as it was asked for, or the model's */
    bool is_gate;     /* `index` counts SE blocks, else outputs */
    size_t index;
    struct senet_shape shape; /* of one item, as the model has it */
    size_t elements;          /* of one item */
    size_t classes;           /* 0: the tensor itself */
    bool binary;
};

struct oip_request {
    const char *id; /* NULL when not given */
    size_t items;
    struct oip_input *inputs;    /* one for each of the model's */
    struct image_source *images; /* `items` of them, for input 0; NULL where it is a tensor */
    struct oip_output *outputs;
    size_t output_count;
    struct predict_input options; /* gates and exif */
    /* What the above points into: */
    const struct senet_model_info *info;
    struct oip_document document;
};

/* On failure too, the caller releases. The body must outlive the request. Errors: INVALID_ARGUMENT, UNKNOWN_LAYER,
 * OUT_OF_MEMORY. */
enum senet_code oip_request_read(struct oip_request *request, const struct oip_source *source,
                                 struct senet_error *error);
void oip_request_release(struct oip_request *request);

/* True when requests may be for several items: every input and output begins with a dimension of 1. */
bool oip_has_items(const struct senet_model_info *info);

/* The tensors that the document names, in it or after `json_size` bytes of the body: oip_inputs.c. */
enum senet_code oip_inputs_read(struct oip_request *request, const struct oip_source *source, size_t json_size,
                                struct senet_error *error);
/* Those that are asked for, or all but the gates when `outputs` is NULL or empty: oip_outputs.c. */
enum senet_code oip_outputs_read(struct oip_request *request, const struct cJSON *outputs, bool binary,
                                 const struct senet_model *model, struct senet_error *error);
/* NULL when there is none. */
const struct cJSON *oip_parameter(const struct cJSON *of, const char *name);
/* Scalar parameters; false for one of another type. `value` keeps what it had when there is none. */
bool oip_parameter_bool(const struct cJSON *of, const char *name, bool *value);
bool oip_parameter_size(const struct cJSON *of, const char *name, size_t *value, bool *given);

#endif
