/* config.json in timm's Hugging Face form, and labels.txt. */
#ifndef SENET_MODEL_CONFIG_H
#define SENET_MODEL_CONFIG_H

#include "base/arena.h"
#include "senet.h"

#define CONFIG_MAX_BYTES ((size_t)8 << 20) /* of either text */

struct model_config {
    const char *architecture;  /* NULL when absent */
    int64_t num_classes;       /* 0 when absent */
    const char *const *labels; /* from label_names (list or {"0": ...} object), or labels.txt, which wins */
    size_t label_count;
    bool has_input_size;
    struct senet_preprocess
        preprocess; /* defaults where absent: 3x224x224 bicubic center 0.875, ImageNet mean and std */
};

/*
 * Either text may be NULL. Strings are allocated in `arena`; they are printable (base/text.h). Unknown members are
 * ignored (timm writes many); a known one of the wrong type or out of range is an error that names it. Errors:
 * CONFIG_INVALID, OUT_OF_MEMORY.
 */
enum senet_code config_parse(const char *json, size_t json_size, const char *labels, size_t labels_size,
                             struct arena *arena, struct model_config *config, struct senet_error *error);

#endif
