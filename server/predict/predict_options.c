/* top_k, attention, layers, exif: one table for the query, form fields and JSON members. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/target.h"
#include "predict/predict_input.h"

#define TOP_K_MAX 1000
#define VALUE_MAX 4096

static enum senet_code out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
}

static enum senet_code set_top_k(struct predict_input *input, const char *value, struct senet_error *error)
{
    size_t digits = strspn(value, "0123456789");
    long number = digits && digits <= 4 && !value[digits] ? strtol(value, NULL, 10) : -1;
    if (number < 0 || number > TOP_K_MAX)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'top_k' must be a whole number from 0 to %d", TOP_K_MAX);
    input->answer.top_k = (size_t)number;
    return SENET_OK;
}

static enum senet_code set_attention(struct predict_input *input, const char *value, struct senet_error *error)
{
    static const struct {
        const char *text;
        enum senet_attention attention;
    } choices[] = {
        {"full", SENET_ATTENTION_FULL},
        {"summary", SENET_ATTENTION_SUMMARY},
        {"none", SENET_ATTENTION_NONE},
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (!strcmp(choices[i].text, value)) {
            input->answer.attention = choices[i].attention;
            return SENET_OK;
        }
    return senet_error_set(error, SENET_INVALID_ARGUMENT, "'attention' must be full, summary or none");
}

static enum senet_code set_exif(struct predict_input *input, const char *value, struct senet_error *error)
{
    bool apply = !strcmp(value, "apply");
    if (!apply && strcmp(value, "ignore") != 0)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'exif' must be apply or ignore");
    input->exif = apply ? SENET_EXIF_APPLY : SENET_EXIF_IGNORE;
    return SENET_OK;
}

static enum senet_code set_layers(struct predict_input *input, const char *value, struct senet_error *error)
{
    size_t count = 1;
    for (const char *c = value; *c; c++)
        count += *c == ',';
    input->layers_text = strdup(value);
    input->layers = calloc(count, sizeof *input->layers);
    if (!input->layers_text || !input->layers)
        return out_of_memory(error);
    char *at = input->layers_text;
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(at, ",");
        if (length == 0)
            return senet_error_set(error, SENET_INVALID_ARGUMENT,
                                   "'layers' must be names or patterns, separated by commas");
        input->layers[i] = at;
        at[length] = '\0';
        at += length + 1;
    }
    input->answer.layers = input->layers;
    input->answer.layer_count = count;
    return SENET_OK;
}

static const struct {
    const char *name;
    enum senet_code (*set)(struct predict_input *input, const char *value, struct senet_error *error);
    bool is_number; /* in JSON */
} options[] = {
    {"top_k", set_top_k, true},
    {"attention", set_attention, false},
    {"layers", set_layers, false},
    {"exif", set_exif, false},
};
#define OPTION_COUNT (sizeof options / sizeof *options)

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < OPTION_COUNT && strcmp(options[i].name, name) != 0)
        i++;
    return i;
}

static enum senet_code unknown(const char *name, struct senet_error *error)
{
    bool body_only = !strcmp(name, "gates") || !strcmp(name, "image") || !strcmp(name, "images");
    return senet_error_set(error, SENET_INVALID_ARGUMENT, "there is no option '%.64s'%s", name,
                           body_only ? " here: it is a member of a JSON body" : "");
}

enum senet_code predict_option_set(struct predict_input *input, const char *name, const char *value,
                                   struct senet_error *error)
{
    size_t i = find(name);
    if (i == OPTION_COUNT)
        return unknown(name, error);
    if (strlen(value) >= VALUE_MAX)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%s' is longer than %d", name, VALUE_MAX - 1);
    if (input->seen & 1u << i)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%s' is given twice", name);
    input->seen |= 1u << i;
    return options[i].set(input, value, error);
}

enum senet_code predict_option_set_json(struct predict_input *input, const cJSON *member, struct senet_error *error)
{
    size_t i = find(member->string);
    char number[32] = "";
    const char *text = cJSON_IsString(member) ? member->valuestring : NULL;
    if (i < OPTION_COUNT && options[i].is_number) {
        /* What is no small whole number is left "", which the setter refuses. */
        if (cJSON_IsNumber(member) && member->valuedouble >= 0 && member->valuedouble <= TOP_K_MAX &&
            member->valuedouble == (double)(int)member->valuedouble)
            snprintf(number, sizeof number, "%d", (int)member->valuedouble);
        text = number;
    }
    if (i < OPTION_COUNT && !text)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%s' must be a string", member->string);
    return predict_option_set(input, member->string, text, error);
}

enum senet_code predict_options_read_query(struct predict_input *input, const char *query, struct senet_error *error)
{
    char name[VALUE_MAX], value[VALUE_MAX];
    bool good;
    while (query_next(&query, name, value, VALUE_MAX, &good)) {
        if (!good)
            return senet_error_set(error, SENET_INVALID_ARGUMENT,
                                   "the query has a broken %%-escape, or a value longer than %d", VALUE_MAX - 1);
        if (predict_option_set(input, name, value, error))
            return error->code;
    }
    return SENET_OK;
}
