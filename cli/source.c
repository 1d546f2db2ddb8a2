#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "terminal.h"

#define FIRST_READ ((size_t)64 * 1024)
#define LARGEST_FILE ((size_t)2 * 1024 * 1024 * 1024)

/* *bytes is the caller's to free even after a failure. */
static int read_stream(FILE *stream, const char *path, char **bytes, size_t *size)
{
    size_t capacity = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity ? capacity * 2 : FIRST_READ;
            char *larger = capacity > LARGEST_FILE ? NULL : realloc(*bytes, capacity);
            if (!larger)
                return complain("%s: too large to read", path);
            *bytes = larger;
        }
        size_t got = fread(*bytes + *size, 1, capacity - *size, stream);
        *size += got;
        if (ferror(stream))
            return complain("%s: %s", path, strerror(errno));
        if (got == 0)
            return STATUS_DONE;
    }
}

int source_bytes(const char *path, void **bytes, size_t *size)
{
    bool standard = !strcmp(path, "-");
    FILE *stream = standard ? stdin : fopen(path, "rb");
    if (!stream)
        return complain("%s: %s", path, strerror(errno));
    char *data = NULL;
    size_t length = 0;
    int status = read_stream(stream, path, &data, &length);
    if (!standard)
        fclose(stream);
    if (status != STATUS_DONE) {
        free(data);
        return status;
    }
    *bytes = data;
    *size = length;
    return STATUS_DONE;
}

int source_model(const char *path, const struct senet_load_options *options, struct senet_model **model)
{
    struct senet_error error;
    struct senet_load_options with_isa = options ? *options : (struct senet_load_options){0};
    with_isa.isa = getenv("SENET_ISA");
    enum senet_code code =
        path ? senet_model_load(path, &with_isa, model, &error) : senet_model_load_builtin(&with_isa, model, &error);
    if (code != SENET_OK)
        return complain("%s: %s", path ? path : "the built-in model", error.message);
    return STATUS_DONE;
}

int source_takes_images(const struct senet_model_info *info)
{
    const struct senet_preprocess *preprocess = &info->preprocess;
    const int64_t wanted[] = {1, 3, preprocess->height, preprocess->width};
    if (info->input_count != 1)
        return complain("the model has %zu inputs, not one for images", info->input_count);
    const struct senet_shape *shape = &info->inputs[0].shape;
    char text[SHAPE_TEXT_SIZE];
    if (shape->rank != 4 || memcmp(shape->dim, wanted, sizeof wanted) != 0)
        return complain("the model takes %s, not one image of (1, %" PRId64 ", %" PRId64 ", %" PRId64 ")",
                        text_shape(shape, text), wanted[1], wanted[2], wanted[3]);
    return STATUS_DONE;
}

int source_image(const char *path, const struct senet_decode_options *options, struct senet_image *image)
{
    void *bytes = NULL;
    size_t size = 0;
    int status = source_bytes(path, &bytes, &size);
    if (status != STATUS_DONE)
        return status;
    struct senet_error error;
    enum senet_code code = senet_image_decode_for(bytes, size, options, &senet_image_default_limits, image, &error);
    free(bytes);
    return code == SENET_OK ? STATUS_DONE : complain("%s: %s", path, error.message);
}

/* Where the last component of path[0..end) begins. */
static size_t component_begin(const char *path, size_t end)
{
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end;
}

static size_t without_slashes(const char *path, size_t end)
{
    while (end > 0 && path[end - 1] == '/')
        end--;
    return end;
}

void source_identity(const char *path, struct model_identity *identity)
{
    *identity = (struct model_identity){.name = "builtin", .version = "1"};
    if (!path)
        return;
    size_t end = without_slashes(path, strlen(path));
    size_t begin = component_begin(path, end);
    bool digits = end > begin && strspn(path + begin, "0123456789") == end - begin;
    if (digits && begin > 0 && end - begin < sizeof identity->version) {
        snprintf(identity->version, sizeof identity->version, "%.*s", (int)(end - begin), path + begin);
        end = without_slashes(path, begin);
        begin = component_begin(path, end);
    }
    if (end - begin > 5 && !memcmp(path + end - 5, ".onnx", 5))
        end -= 5;
    snprintf(identity->name, sizeof identity->name, "%.*s", (int)(end - begin), path + begin);
}
