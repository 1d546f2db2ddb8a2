#include "predict/json_body.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* A value costs cJSON at least 64 bytes, so "[0,0,0," would make thirty times its size. */
#define VALUES_MAX ((size_t)1 << 18)

/* cJSON does not tell a document that is wrong from one that there was no memory for. */
static _Thread_local bool starved;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    starved = starved || !memory;
    return memory;
}

void json_body_init(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

struct census {
    size_t values;
    bool nul;
};

/* Counts what could make a value, and finds NULs, which cJSON would take for the end of a string. */
static struct census take_census(const char *text, size_t size)
{
    struct census census = {0};
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        census.values += c == ',' || c == '[' || c == '{';
        census.nul = census.nul || c == '\0';
        if (c == '\\') {
            census.nul = census.nul || (size - i > 5 && !memcmp(text + i + 1, "u0000", 5));
            i++;
        }
    }
    return census;
}

static enum senet_code check(const cJSON *document, const char *rest, const char *end, struct senet_error *error)
{
    while (rest < end && strchr(" \t\r\n", *rest))
        rest++;
    if (rest < end)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "something follows the JSON document");
    if (!cJSON_IsObject(document))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the JSON body must be an object");
    return SENET_OK;
}

enum senet_code json_body_parse(const char *text, size_t size, cJSON **document, struct senet_error *error)
{
    struct census census = take_census(text, size);
    if (census.nul)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the JSON body holds a NUL character");
    if (census.values > VALUES_MAX)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the JSON body holds more than %zu values", VALUES_MAX);
    const char *end = text;
    starved = false;
    cJSON *parsed = cJSON_ParseWithLengthOpts(text, size, &end, false);
    if (!parsed && starved)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the JSON body");
    if (!parsed)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the body is not valid JSON at byte %zu",
                               (size_t)(end - text));
    if (check(parsed, end, text + size, error)) {
        cJSON_Delete(parsed);
        return error->code;
    }
    *document = parsed;
    return SENET_OK;
}
