/* profile.json: every class's mean and deviation of every channel, and what they come to. */
#include <math.h>

#include "profile.h"

static void write_share(struct senet_json *json, const struct profile *profile, const char *key, double share)
{
    senet_json_key(json, key);
    senet_json_double(json, profile->class_count > 1 ? share : (double)NAN, 6); /* null: nothing to compare */
}

static void write_number(struct senet_json *json, const char *key, double number)
{
    senet_json_key(json, key);
    senet_json_float(json, (float)number);
}

/* The members "mean" and "std" of the open object: one number a channel. */
static void write_channels(struct senet_json *json, const struct moments *moments, const struct profile_block *block)
{
    size_t end = block->first + (size_t)block->block->channels;
    senet_json_key(json, "mean");
    senet_json_array_begin(json);
    for (size_t at = block->first; at < end; at++)
        senet_json_float(json, (float)moments->mean[at]);
    senet_json_array_end(json);
    senet_json_key(json, "std");
    senet_json_array_begin(json);
    for (size_t at = block->first; at < end; at++)
        senet_json_float(json, (float)sqrt(moments_variance(moments, at)));
    senet_json_array_end(json);
}

static void write_block(struct senet_json *json, const struct profile *profile, const struct profile_block *block)
{
    senet_json_object_begin(json);
    senet_json_member_string(json, "layer", block->block->layer);
    senet_json_member_int(json, "channels", block->block->channels);
    senet_json_member_string(json, "gate", block->block->gate);
    senet_json_member_string(json, "squeeze", block->block->squeeze);
    write_number(json, "mean", block->spread.mean);
    write_number(json, "std", block->spread.std);
    write_number(json, "saturated_ratio", block->saturated);
    write_number(json, "class_std", block->spread.class_std);
    write_share(json, profile, "between_classes", block->spread.share);
    senet_json_key(json, "all");
    senet_json_object_begin(json);
    write_channels(json, &profile->all, block);
    senet_json_object_end(json);
    senet_json_key(json, "classes");
    senet_json_array_begin(json);
    for (size_t i = 0; i < profile->class_count; i++) {
        senet_json_object_begin(json);
        senet_json_member_string(json, "name", profile->classes[i].name);
        write_channels(json, &profile->classes[i].moments, block);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
    senet_json_object_end(json);
}

static void write_source(struct senet_json *json, const struct profile *profile)
{
    senet_json_key(json, "model");
    senet_json_object_begin(json);
    senet_json_member_string(json, "name", profile->identity.name);
    senet_json_member_string(json, "version", profile->identity.version);
    senet_json_member_string(json, "architecture", profile->info->architecture);
    senet_json_object_end(json);
    senet_json_key(json, "input");
    senet_json_shape(json, &profile->info->inputs[0].shape);
    senet_json_member_string(json, "classes_by", profile->predicted ? "prediction" : "folder");
    senet_json_member_int(json, "images", profile->all.samples);
    senet_json_member_int(json, "failed", (int64_t)profile->failed);
    senet_json_key(json, "classes");
    senet_json_array_begin(json);
    for (size_t i = 0; i < profile->class_count; i++) {
        senet_json_object_begin(json);
        senet_json_member_string(json, "name", profile->classes[i].name);
        senet_json_member_int(json, "images", profile->classes[i].moments.samples);
        senet_json_object_end(json);
    }
    senet_json_array_end(json);
}

void profile_write_json(const struct profile *profile, struct senet_buffer *buffer)
{
    struct senet_json json = {.buffer = buffer};
    senet_json_object_begin(&json);
    write_source(&json, profile);
    write_share(&json, profile, "between_classes_by_chance", profile_share_by_chance(profile));
    senet_json_key(&json, "se_blocks");
    senet_json_array_begin(&json);
    for (size_t i = 0; i < profile->block_count; i++)
        write_block(&json, profile, &profile->blocks[i]);
    senet_json_array_end(&json);
    senet_json_object_end(&json);
    senet_buffer_append(buffer, "\n", 1);
}
