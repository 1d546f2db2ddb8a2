#include "predict/predict_input.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "predict/base64.h"
#include "predict/json_body.h"
#include "predict/multipart.h"

static enum senet_code add_image(struct predict_input *input, const char *filename, const void *bytes, size_t size,
                                 struct senet_error *error)
{
    if (input->image_count == input->image_limit)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "more than %zu images in one request",
                               input->image_limit);
    input->images[input->image_count++] = (struct image_source){filename, bytes, size};
    return SENET_OK;
}

static enum senet_code read_raw(struct predict_input *input, const struct predict_source *source,
                                struct senet_error *error)
{
    return add_image(input, NULL, source->body, source->body_size, error);
}

static enum senet_code read_multipart(struct predict_input *input, const struct predict_source *source,
                                      struct senet_error *error)
{
    struct multipart reader;
    struct multipart_part part;
    if (multipart_open(&reader, source->content_type, source->body, source->body_size, error))
        return error->code;
    for (;;) {
        if (multipart_next(&reader, &part, error))
            return error->code;
        if (!part.bytes)
            break;
        if (!part.filename && strlen(part.bytes) != part.size)
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "the form field '%.64s' holds a NUL", part.name);
        enum senet_code code = part.filename ? add_image(input, part.filename, part.bytes, part.size, error)
                                             : predict_option_set(input, part.name, part.bytes, error);
        if (code)
            return code;
    }
    input->is_list = input->image_count > 1;
    return SENET_OK;
}

static enum senet_code add_base64(struct predict_input *input, cJSON *item, struct senet_error *error)
{
    size_t number = input->image_count + 1, size = 0;
    const void *bytes;
    if (!cJSON_IsString(item))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "image %zu must be a string of base64", number);
    if (!base64_decode_url(item->valuestring, &bytes, &size))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "image %zu is not valid base64", number);
    return add_image(input, NULL, bytes, size, error);
}

static enum senet_code read_images(struct predict_input *input, cJSON *member, struct senet_error *error)
{
    if (input->image_count || input->is_list)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "give either 'image' or 'images', once");
    if (!strcmp(member->string, "image"))
        return add_base64(input, member, error);
    if (!cJSON_IsArray(member))
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'images' must be an array");
    input->is_list = true;
    cJSON *item;
    cJSON_ArrayForEach(item, member)
    {
        if (add_base64(input, item, error))
            return error->code;
    }
    return SENET_OK;
}

static enum senet_code read_member(struct predict_input *input, cJSON *member, const struct predict_source *source,
                                   struct senet_error *error)
{
    if (!strcmp(member->string, "image") || !strcmp(member->string, "images"))
        return read_images(input, member, error);
    if (strcmp(member->string, "gates") != 0)
        return predict_option_set_json(input, member, error);
    if (input->gates)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'gates' is given twice");
    return predict_gates_read(input, member, source->model, error);
}

static enum senet_code read_json(struct predict_input *input, const struct predict_source *source,
                                 struct senet_error *error)
{
    if (json_body_parse(source->body, source->body_size, &input->document, error))
        return error->code;
    cJSON *member;
    cJSON_ArrayForEach(member, input->document)
    {
        if (read_member(input, member, source, error))
            return error->code;
    }
    return SENET_OK;
}

/* Other content types are the image itself: curl calls --data-binary a form, and nobody corrects it. */
static const struct {
    const char *type;
    enum senet_code (*read)(struct predict_input *input, const struct predict_source *source,
                            struct senet_error *error);
} readers[] = {
    {"multipart/form-data", read_multipart},
    {"application/json", read_json},
};

static bool is_type(const char *content_type, const char *type)
{
    size_t length = strcspn(content_type, "; \t");
    return length == strlen(type) && !strncasecmp(content_type, type, length);
}

static enum senet_code read_body(struct predict_input *input, const struct predict_source *source,
                                 struct senet_error *error)
{
    if (source->body_size == 0)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the body is empty: send an image");
    for (size_t i = 0; source->content_type && i < sizeof readers / sizeof *readers; i++)
        if (is_type(source->content_type, readers[i].type))
            return readers[i].read(input, source, error);
    return read_raw(input, source, error);
}

enum senet_code predict_input_read(struct predict_input *input, const struct predict_source *source,
                                   struct senet_error *error)
{
    *input = (struct predict_input){.answer = {.top_k = 5}, .image_limit = source->max_images};
    error->code = SENET_OK;
    input->images = calloc(source->max_images, sizeof *input->images);
    if (!input->images)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    if (predict_options_read_query(input, source->query, error) || read_body(input, source, error))
        return error->code;
    if (input->image_count == 0)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "the request holds no image");
    return SENET_OK;
}

void predict_input_release(struct predict_input *input)
{
    for (size_t i = 0; i < input->gate_count; i++)
        free(input->gates[i].values);
    free(input->gates);
    free(input->images);
    free(input->layers);
    free(input->layers_text);
    cJSON_Delete(input->document);
    *input = (struct predict_input){0};
}
