/*
 * DESIGN
 * Two tables, one per JSON object, say which members are known and what reads each. JSON null counts as absent,
 * since timm writes it for what a network does not have. The text is parsed by cJSON, whose own limit on nesting
 * (1000) holds; its size is limited here, because an array of small numbers takes thirty times its text.
 */
#include "model/config.h"

#include <cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAX_SIDE 16384
#define MAX_CLASSES 10000000

struct reader {
    struct arena *arena;
    struct model_config *config;
    struct senet_error *error;
};

struct member {
    const char *key;
    enum senet_code (*read)(struct reader *reader, const cJSON *item);
};

static enum senet_code invalid(struct reader *reader, const char *key, const char *expected)
{
    return senet_error_set(reader->error, SENET_CONFIG_INVALID, "config.json: %s must be %s", key, expected);
}

/* *found is NULL when `object` does not have the member. */
static enum senet_code find_member(struct reader *reader, const cJSON *object, const char *key, const cJSON **found)
{
    const cJSON *item;
    *found = NULL;
    cJSON_ArrayForEach(item, object)
    {
        if (strcmp(item->string, key))
            continue;
        if (*found)
            return senet_error_set(reader->error, SENET_CONFIG_INVALID, "config.json: %s appears twice", key);
        *found = item;
    }
    return SENET_OK;
}

/* Members that the table does not name are ignored. */
static enum senet_code read_members(struct reader *reader, const cJSON *object, const struct member *members,
                                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const cJSON *item;
        enum senet_code code = find_member(reader, object, members[i].key, &item);
        if (code == SENET_OK && item && !cJSON_IsNull(item))
            code = members[i].read(reader, item);
        if (code != SENET_OK)
            return code;
    }
    return SENET_OK;
}

static bool read_integer(const cJSON *item, int64_t low, int64_t high, int64_t *number)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= (double)low && item->valuedouble <= (double)high) ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *number = (int64_t)item->valuedouble;
    return true;
}

/* NULL when memory is short. */
static const char *copy_text(struct reader *reader, const char *text)
{
    char *copy = arena_strdup(reader->arena, text);
    if (copy)
        text_make_printable(copy);
    return copy;
}

/* ------------------------------------------------------------------ labels */

/* The place of a label in {"0": "cat", "1": "dog"}: decimal digits, nothing else. */
static bool read_index(const char *key, size_t count, size_t *index)
{
    size_t length = strlen(key);
    if (length < 1 || length > 9 || strspn(key, "0123456789") != length || (length > 1 && key[0] == '0'))
        return false;
    *index = (size_t)strtoul(key, NULL, 10);
    return *index < count;
}

static enum senet_code read_label_names(struct reader *reader, const cJSON *item)
{
    static const char key[] = "label_names";
    bool keyed = cJSON_IsObject(item);
    if (!keyed && !cJSON_IsArray(item))
        return invalid(reader, key, "a list, or an object whose keys are class numbers");
    size_t count = 0, position = 0;
    const cJSON *label;
    cJSON_ArrayForEach(label, item) count++;
    const char **labels = arena_alloc(reader->arena, count, sizeof *labels);
    if (!labels)
        return error_out_of_memory(reader->error);
    cJSON_ArrayForEach(label, item)
    {
        size_t index = position++;
        if (keyed && !read_index(label->string, count, &index))
            return invalid(reader, key, "keyed by class numbers from 0 without gaps");
        if (labels[index])
            return invalid(reader, key, "without a class number that appears twice");
        if (!cJSON_IsString(label))
            return invalid(reader, key, "made of strings");
        labels[index] = copy_text(reader, label->valuestring);
        if (!labels[index])
            return error_out_of_memory(reader->error);
    }
    reader->config->labels = labels;
    reader->config->label_count = count;
    return SENET_OK;
}

static size_t count_line_ends(const char *text, size_t size)
{
    size_t ends = 0;
    for (size_t i = 0; i < size; i++)
        ends += text[i] == '\n';
    return ends;
}

/* One label a line; the last line may lack its end, and lines may end as Windows ends them. */
static enum senet_code read_labels_text(struct reader *reader, const char *text, size_t size)
{
    if (size > CONFIG_MAX_BYTES || memchr(text, '\0', size))
        return senet_error_set(reader->error, SENET_CONFIG_INVALID, "labels.txt %s",
                               size > CONFIG_MAX_BYTES ? "is larger than 8 MiB" : "contains a zero byte");
    static const char mark[] = "\xef\xbb\xbf"; /* with which some editors begin UTF-8 */
    if (size >= strlen(mark) && !memcmp(text, mark, strlen(mark))) {
        text += strlen(mark);
        size -= strlen(mark);
    }
    if (size == 0)
        return senet_error_set(reader->error, SENET_CONFIG_INVALID, "labels.txt is empty");
    size_t count = count_line_ends(text, size) + (text[size - 1] != '\n');
    const char **labels = arena_alloc(reader->arena, count, sizeof *labels);
    char *copy = arena_alloc(reader->arena, size + 1, 1);
    if (!labels || !copy)
        return error_out_of_memory(reader->error);
    memcpy(copy, text, size);
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(copy, "\n");
        char *next = copy + length + 1;
        copy[length] = '\0';
        if (length > 0 && copy[length - 1] == '\r')
            copy[length - 1] = '\0';
        text_make_printable(copy);
        if (!*copy)
            return senet_error_set(reader->error, SENET_CONFIG_INVALID, "labels.txt: line %zu is empty", i + 1);
        labels[i] = copy;
        copy = next;
    }
    reader->config->labels = labels;
    reader->config->label_count = count;
    return SENET_OK;
}

/* ---------------------------------------------------------- pretrained_cfg */

static enum senet_code read_input_size(struct reader *reader, const cJSON *item)
{
    struct senet_preprocess *preprocess = &reader->config->preprocess;
    int64_t *const sides[] = {&preprocess->channels, &preprocess->height, &preprocess->width};
    bool valid = cJSON_IsArray(item) && cJSON_GetArraySize(item) == 3;
    for (int i = 0; valid && i < 3; i++)
        valid = read_integer(cJSON_GetArrayItem(item, i), 1, MAX_SIDE, sides[i]);
    if (!valid)
        return invalid(reader, "input_size", "[channels, height, width], each from 1 to 16384");
    reader->config->has_input_size = true;
    return SENET_OK;
}

static enum senet_code read_interpolation(struct reader *reader, const cJSON *item)
{
    for (int i = 0; i < SENET_INTERPOLATION_COUNT; i++) {
        if (cJSON_IsString(item) && !strcmp(item->valuestring, senet_interpolation_text((enum senet_interpolation)i))) {
            reader->config->preprocess.interpolation = (enum senet_interpolation)i;
            return SENET_OK;
        }
    }
    return invalid(reader, "interpolation",
                   "\"nearest\", \"bilinear\", \"bicubic\", \"lanczos\", \"box\" or \"hamming\"");
}

static enum senet_code read_crop_mode(struct reader *reader, const cJSON *item)
{
    for (int i = SENET_CROP_CENTER; i <= SENET_CROP_BORDER; i++) {
        if (cJSON_IsString(item) && !strcmp(item->valuestring, senet_crop_mode_text((enum senet_crop_mode)i))) {
            reader->config->preprocess.crop_mode = (enum senet_crop_mode)i;
            return SENET_OK;
        }
    }
    return invalid(reader, "crop_mode", "\"center\", \"squash\" or \"border\"");
}

static enum senet_code read_crop_pct(struct reader *reader, const cJSON *item)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble <= 1))
        return invalid(reader, "crop_pct", "a number above 0 and at most 1");
    reader->config->preprocess.crop_pct = item->valuedouble;
    return SENET_OK;
}

/* Three numbers, or one that serves all channels. Bounded so that a float can hold what comes out. */
static bool read_per_channel(const cJSON *item, double low, double numbers[3])
{
    int count = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 0;
    if (count != 1 && count != 3)
        return false;
    for (int i = 0; i < 3; i++) {
        const cJSON *number = cJSON_GetArrayItem(item, count == 1 ? 0 : i);
        if (!cJSON_IsNumber(number) || !(number->valuedouble >= low && number->valuedouble <= 1e6))
            return false;
        numbers[i] = number->valuedouble;
    }
    return true;
}

static enum senet_code read_mean(struct reader *reader, const cJSON *item)
{
    if (!read_per_channel(item, -1e6, reader->config->preprocess.mean))
        return invalid(reader, "mean", "a list of three numbers from -1e6 to 1e6");
    return SENET_OK;
}

static enum senet_code read_std(struct reader *reader, const cJSON *item)
{
    if (!read_per_channel(item, 1e-6, reader->config->preprocess.std))
        return invalid(reader, "std", "a list of three numbers from 1e-6 to 1e6");
    return SENET_OK;
}

static enum senet_code read_pretrained_cfg(struct reader *reader, const cJSON *item)
{
    static const struct member members[] = {
        {"input_size", read_input_size},
        {"interpolation", read_interpolation},
        {"crop_mode", read_crop_mode},
        {"crop_pct", read_crop_pct},
        {"mean", read_mean},
        {"std", read_std},
    };
    if (!cJSON_IsObject(item))
        return invalid(reader, "pretrained_cfg", "an object");
    return read_members(reader, item, members, sizeof members / sizeof members[0]);
}

/* -------------------------------------------------------------------- root */

static enum senet_code read_architecture(struct reader *reader, const cJSON *item)
{
    if (!cJSON_IsString(item))
        return invalid(reader, "architecture", "a string");
    reader->config->architecture = copy_text(reader, item->valuestring);
    return reader->config->architecture ? SENET_OK : error_out_of_memory(reader->error);
}

static enum senet_code read_num_classes(struct reader *reader, const cJSON *item)
{
    if (!read_integer(item, 0, MAX_CLASSES, &reader->config->num_classes))
        return invalid(reader, "num_classes", "a whole number from 0 to 10000000");
    return SENET_OK;
}

static enum senet_code read_root(struct reader *reader, const cJSON *root)
{
    static const struct member members[] = {
        {"architecture", read_architecture},
        {"num_classes", read_num_classes},
        {"label_names", read_label_names},
        {"pretrained_cfg", read_pretrained_cfg},
    };
    if (!cJSON_IsObject(root))
        return senet_error_set(reader->error, SENET_CONFIG_INVALID, "config.json must hold one JSON object");
    return read_members(reader, root, members, sizeof members / sizeof members[0]);
}

static enum senet_code read_json(struct reader *reader, const char *json, size_t size)
{
    if (size > CONFIG_MAX_BYTES)
        return senet_error_set(reader->error, SENET_CONFIG_INVALID, "config.json is larger than 8 MiB");
    const char *end = json;
    cJSON *root = cJSON_ParseWithLengthOpts(json, size, &end, false);
    size_t parsed = (size_t)(end - json);
    while (root && parsed < size && strchr(" \t\r\n", json[parsed]) && json[parsed])
        parsed++;
    enum senet_code code;
    if (!root || parsed != size)
        code = senet_error_set(reader->error, SENET_CONFIG_INVALID, "config.json: line %zu is not valid JSON",
                               1 + count_line_ends(json, parsed));
    else
        code = read_root(reader, root);
    cJSON_Delete(root);
    return code;
}

static const struct model_config defaults = {
    .preprocess = {.channels = 3,
                   .height = 224,
                   .width = 224,
                   .interpolation = SENET_BICUBIC,
                   .crop_mode = SENET_CROP_CENTER,
                   .crop_pct = 0.875,
                   .mean = {0.485, 0.456, 0.406},
                   .std = {0.229, 0.224, 0.225}},
};

enum senet_code config_parse(const char *json, size_t json_size, const char *labels, size_t labels_size,
                             struct arena *arena, struct model_config *config, struct senet_error *error)
{
    struct model_config parsed = defaults;
    struct reader reader = {.arena = arena, .config = &parsed, .error = error};
    enum senet_code code = json ? read_json(&reader, json, json_size) : SENET_OK;
    if (code == SENET_OK && labels)
        code = read_labels_text(&reader, labels, labels_size);
    if (code == SENET_OK)
        *config = parsed;
    return code;
}
