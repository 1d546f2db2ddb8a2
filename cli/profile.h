/*
 * What `senet profile` measures, and hands to the writers of its three outputs.
 *
 * DESIGN
 * Every image is one sample of all gates of the chosen blocks, laid one behind another; a class keeps their moments and
 * forgets the sample. So memory is classes x channels, however many images there are.
 */
#ifndef SENET_CLI_PROFILE_H
#define SENET_CLI_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "globs.h"
#include "moments.h"
#include "senet.h"
#include "source.h"

#define PROFILE_DRAWN_MAX 12 /* classes that can be told apart by colour and dashes */

struct profile_block {
    const struct senet_se_block *block;
    size_t index;     /* of info->se_blocks */
    size_t first;     /* of its channels among all */
    double saturated; /* summed over images: the share of its channels that are */
    struct spread spread;
};

struct profile_class {
    char *name;
    int64_t id;             /* classes are in the order of their ids */
    struct moments moments; /* of all channels; without any memory before the first image */
    bool drawn;
};

struct profile {
    const struct senet_model_info *info;
    struct model_identity identity;
    struct profile_block *blocks;
    size_t block_count, channels;
    struct profile_class *classes;
    size_t class_count, class_capacity;
    struct moments all;
    float *sample;  /* `channels` gates of one image */
    bool predicted; /* classes are what the model says, not folders */
    size_t failed;  /* images that could not be read */
};

/* The int functions return STATUS_DONE, or STATUS_FAILED after complaining. */

/* For the blocks that `layers` takes. Zero-initialise; release it in any case. */
int profile_init(struct profile *profile, const struct senet_model_info *info, const struct globs *layers);
void profile_release(struct profile *profile);

/* Index of the class with this id, which is added if it is new; `name` is copied. */
int profile_find_class(struct profile *profile, int64_t id, const char *name, size_t *index);

/* Adds the gates of the session's last run, on the image `path`. */
int profile_add(struct profile *profile, size_t class_index, const struct senet_session *session, const char *path);

/* Once all images are added: what they say together. Classes without images are dropped. */
int profile_finish(struct profile *profile);

/* The share of the variance that would lie between classes if images had been given their classes at random. */
double profile_share_by_chance(const struct profile *profile);

void profile_print(const struct profile *profile);
/* Both append a whole file. */
void profile_write_json(const struct profile *profile, struct senet_buffer *buffer);
void profile_write_svg(const struct profile *profile, struct senet_buffer *buffer);

#endif
