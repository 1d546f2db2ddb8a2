/*
 * What a prediction is asked for: images and options, from the query and from any of the three kinds of body.
 */
#ifndef SENETD_PREDICT_INPUT_H
#define SENETD_PREDICT_INPUT_H

#include "senet.h"

struct cJSON;

struct predict_source {
    const char *query;        /* NULL when there is none */
    const char *content_type; /* likewise */
    char *body;               /* read in place: it is written to, and must outlive the input */
    size_t body_size;
    size_t max_images;
    const struct senet_model *model;
};

struct image_source {
    const char *filename; /* NULL when unknown */
    const void *bytes;
    size_t size;
};

struct gate_override {
    size_t se_block;
    float *values; /* channels; NaN keeps a channel's own */
};

struct predict_input {
    struct senet_answer_options answer;
    enum senet_exif exif;
    struct image_source *images;
    size_t image_count, image_limit;
    bool is_list; /* answer with "results", also when there is one */
    struct gate_override *gates;
    size_t gate_count;
    /* What the above points into: */
    unsigned seen; /* bit per row of the option table */
    char *layers_text;
    const char **layers;
    struct cJSON *document;
};

/* On failure too, the caller releases. Errors: INVALID_ARGUMENT, UNKNOWN_LAYER, IMAGE_*, OUT_OF_MEMORY. */
enum senet_code predict_input_read(struct predict_input *input, const struct predict_source *source,
                                   struct senet_error *error);
void predict_input_release(struct predict_input *input);

/* One option, wherever it came from; each may come once. */
enum senet_code predict_option_set(struct predict_input *input, const char *name, const char *value,
                                   struct senet_error *error);
/* Every pair of a query string. */
enum senet_code predict_options_read_query(struct predict_input *input, const char *query, struct senet_error *error);
/* A JSON member: numbers and strings as the option wants them. */
enum senet_code predict_option_set_json(struct predict_input *input, const struct cJSON *member,
                                        struct senet_error *error);

/* {"layer": "identity" | number | [numbers and nulls]} */
enum senet_code predict_gates_read(struct predict_input *input, const struct cJSON *gates,
                                   const struct senet_model *model, struct senet_error *error);

#endif
