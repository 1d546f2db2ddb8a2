/* What `senet predict` hands to the writers of its three output formats. */
#ifndef SENET_CLI_PREDICT_H
#define SENET_CLI_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "flags.h"
#include "predict_image.h"
#include "senet.h"
#include "source.h"

/* Lives as long as the command. */
struct predict_report {
    const struct senet_model_info *info;
    const struct senet_session *session; /* holds the answer for the image being written */
    struct model_identity identity;
    struct senet_answer_options answer;
    const struct text_list *gates;        /* LAYER=VALUE */
    bool plural;                          /* the answer is a list */
    struct senet_prediction *predictions; /* room for answer.top_k */
    struct senet_buffer buffer;           /* JSON not yet on stdout */
    struct senet_json json;
    struct predict_timing timing; /* summed over the images so far */
};

/* The report is set up before begin; end is called once all images are written, unless there was none. */
struct predict_format {
    void (*begin)(struct predict_report *report);
    void (*image)(struct predict_report *report, const struct predict_image *image);
    void (*end)(struct predict_report *report);
};

extern const struct predict_format predict_text, predict_json, predict_tsv;

#endif
