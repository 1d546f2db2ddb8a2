#include "onnx/external.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/error.h"

/* Where a tensor says its bytes are. */
struct place {
    const char *file;
    int64_t offset, length; /* length is -1 when the tensor does not say */
};

/* Decimal digits alone: no sign, no blanks, no overflow. */
static bool parse_number(const char *text, int64_t *number)
{
    int64_t parsed = 0;
    if (!text || !*text)
        return false;
    for (; *text; text++)
        if (*text < '0' || *text > '9' || !checked_mul_i64(parsed, 10, &parsed) ||
            !checked_add_i64(parsed, *text - '0', &parsed))
            return false;
    *number = parsed;
    return true;
}

static bool is_plain_name(const char *name)
{
    return name && *name && strcmp(name, ".") && strcmp(name, "..") && !strpbrk(name, "/\\");
}

static enum senet_code find_place(const Onnx__TensorProto *tensor, const char *what, struct place *place,
                                  struct senet_error *error)
{
    *place = (struct place){NULL, 0, -1};
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const char *key = tensor->external_data[i]->key, *value = tensor->external_data[i]->value;
        bool valid = true;
        if (!key)
            continue;
        if (!strcmp(key, "location"))
            place->file = value;
        else if (!strcmp(key, "offset"))
            valid = parse_number(value, &place->offset);
        else if (!strcmp(key, "length"))
            valid = parse_number(value, &place->length);
        if (!valid)
            return senet_error_set(error, SENET_MODEL_MALFORMED, "%s: the %s of its external data is no number", what,
                                   key);
    }
    if (!is_plain_name(place->file))
        return senet_error_set(error, SENET_MODEL_MALFORMED,
                               "%s: its external data is not in a file of the model's own directory", what);
    return SENET_OK;
}

/* The descriptor, or -1. O_NONBLOCK keeps a FIFO from holding the loader up before it is refused. */
static int open_regular_file(const char *directory, const char *name, int64_t *file_size)
{
    struct stat status;
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    if (file >= 0 && (fstat(file, &status) || !S_ISREG(status.st_mode))) {
        close(file);
        file = -1;
    }
    if (file >= 0)
        *file_size = status.st_size;
    return file;
}

enum senet_code external_open(const Onnx__TensorProto *tensor, const char *what, const char *directory, size_t size,
                              struct source *file, size_t *offset, struct senet_error *error)
{
    struct place place;
    int64_t file_size = 0, end;
    if (!directory)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s: external data is not available here", what);
    enum senet_code code = find_place(tensor, what, &place, error);
    if (code)
        return code;
    int descriptor = open_regular_file(directory, place.file, &file_size);
    if (descriptor < 0)
        return senet_error_set(error, SENET_FILE_UNREADABLE,
                               "%s: the external data file '%.80s' cannot be opened as a regular file", what,
                               place.file);
    if (place.length >= 0 && (uint64_t)place.length != size)
        code =
            senet_error_set(error, SENET_MODEL_MALFORMED, "%s: its shape needs %zu bytes, its external data has %lld",
                            what, size, (long long)place.length);
    else if (!checked_add_i64(place.offset, (int64_t)size, &end) || end > file_size)
        code = senet_error_set(error, SENET_MODEL_MALFORMED, "%s: its external data ends after the file '%.80s' does",
                               what, place.file);
    if (code) {
        close(descriptor);
        return code;
    }
    *file = (struct source){.file = descriptor, .name = place.file, .size = (size_t)file_size};
    *offset = (size_t)place.offset;
    return SENET_OK;
}
