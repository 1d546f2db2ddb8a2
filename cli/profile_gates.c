#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "profile.h"
#include "terminal.h"

int profile_init(struct profile *profile, const struct senet_model_info *info, const struct globs *layers)
{
    if (info->se_block_count == 0)
        return complain("the model has no SE block, so there is no gate to profile");
    profile->info = info;
    profile->blocks = calloc(info->se_block_count, sizeof *profile->blocks);
    if (!profile->blocks)
        return complain("out of memory");
    for (size_t i = 0; i < info->se_block_count; i++) {
        const struct senet_se_block *block = &info->se_blocks[i];
        if (!globs_take(layers, block->layer))
            continue;
        profile->blocks[profile->block_count++] =
            (struct profile_block){.block = block, .index = i, .first = profile->channels};
        profile->channels += (size_t)block->channels; /* of tensors that the session has: no overflow */
    }
    if (profile->block_count == 0)
        return complain("--layers takes no SE block of the model; senet summary lists them");
    profile->sample = calloc(profile->channels, sizeof *profile->sample);
    return profile->sample ? STATUS_DONE : complain("out of memory");
}

void profile_release(struct profile *profile)
{
    for (size_t i = 0; i < profile->class_count; i++) {
        moments_release(&profile->classes[i].moments);
        free(profile->classes[i].name);
    }
    moments_release(&profile->all);
    free(profile->classes);
    free(profile->blocks);
    free(profile->sample);
    *profile = (struct profile){0};
}

static int add_class(struct profile *profile, int64_t id, const char *name)
{
    if (profile->class_count == profile->class_capacity) {
        size_t capacity = profile->class_capacity ? profile->class_capacity * 2 : 16;
        struct profile_class *classes = realloc(profile->classes, capacity * sizeof *classes);
        if (!classes)
            return complain("out of memory");
        profile->classes = classes;
        profile->class_capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy)
        return complain("out of memory");
    profile->classes[profile->class_count++] = (struct profile_class){.name = copy, .id = id};
    return STATUS_DONE;
}

int profile_find_class(struct profile *profile, int64_t id, const char *name, size_t *index)
{
    for (*index = 0; *index < profile->class_count; ++*index)
        if (profile->classes[*index].id == id)
            return STATUS_DONE;
    return add_class(profile, id, name);
}

/* Copies the gates of the last run into the sample. */
static int take_sample(struct profile *profile, const struct senet_session *session, const char *path)
{
    for (size_t i = 0; i < profile->block_count; i++) {
        struct profile_block *block = &profile->blocks[i];
        const float *gate = senet_session_gate(session, block->index);
        for (int64_t channel = 0; channel < block->block->channels; channel++) {
            if (!isfinite(gate[channel]))
                return complain("%s: the gate of channel %" PRId64 " of '%s' is not a finite number", path, channel,
                                block->block->layer);
            profile->sample[block->first + (size_t)channel] = gate[channel];
        }
    }
    return STATUS_DONE;
}

int profile_add(struct profile *profile, size_t class_index, const struct senet_session *session, const char *path)
{
    struct moments *moments = &profile->classes[class_index].moments;
    int status = take_sample(profile, session, path);
    if (status != STATUS_DONE)
        return status;
    if (!moments->mean && !moments_init(moments, profile->channels))
        return complain("out of memory");
    moments_add(moments, profile->sample);
    for (size_t i = 0; i < profile->block_count; i++) {
        struct profile_block *block = &profile->blocks[i];
        struct senet_gate_summary summary;
        senet_gate_summarise(profile->sample + block->first, block->block->channels, &summary);
        block->saturated += (double)summary.saturated_ratio;
    }
    return STATUS_DONE;
}

static void drop_empty_classes(struct profile *profile)
{
    size_t kept = 0;
    for (size_t i = 0; i < profile->class_count; i++) {
        if (profile->classes[i].moments.samples > 0)
            profile->classes[kept++] = profile->classes[i];
        else
            free(profile->classes[i].name);
    }
    profile->class_count = kept;
}

static int compare_classes(const void *a, const void *b)
{
    int64_t one = ((const struct profile_class *)a)->id, other = ((const struct profile_class *)b)->id;
    return (one > other) - (one < other);
}

int profile_finish(struct profile *profile)
{
    drop_empty_classes(profile);
    if (profile->class_count == 0)
        return complain("no image could be profiled");
    qsort(profile->classes, profile->class_count, sizeof *profile->classes, compare_classes);
    const struct moments **classes = calloc(profile->class_count, sizeof *classes);
    if (!classes || !moments_init(&profile->all, profile->channels)) {
        free(classes);
        return complain("out of memory");
    }
    for (size_t i = 0; i < profile->class_count; i++) {
        classes[i] = &profile->classes[i].moments;
        moments_merge(&profile->all, classes[i]);
    }
    for (size_t i = 0; i < profile->block_count; i++) {
        struct profile_block *block = &profile->blocks[i];
        block->spread =
            spread_between(classes, profile->class_count, &profile->all, block->first, (size_t)block->block->channels);
        block->saturated /= (double)profile->all.samples;
    }
    free(classes);
    return STATUS_DONE;
}

double profile_share_by_chance(const struct profile *profile)
{
    int64_t images = profile->all.samples;
    return images > 1 ? (double)(profile->class_count - 1) / (double)(images - 1) : 0;
}
