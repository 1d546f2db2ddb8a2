#include "onnx/external.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/error.h"

/* Where a tensor says its bytes are. */
struct extent {
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

static enum senet_code find_extent(const Onnx__TensorProto *tensor, const char *what, struct extent *extent,
                                   struct senet_error *error)
{
    *extent = (struct extent){NULL, 0, -1};
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const char *key = tensor->external_data[i]->key, *value = tensor->external_data[i]->value;
        bool valid = true;
        if (!key)
            continue;
        if (!strcmp(key, "location"))
            extent->file = value;
        else if (!strcmp(key, "offset"))
            valid = parse_number(value, &extent->offset);
        else if (!strcmp(key, "length"))
            valid = parse_number(value, &extent->length);
        if (!valid)
            return senet_error_set(error, SENET_MODEL_MALFORMED, "%s: the %s of its external data is no number", what,
                                   key);
    }
    if (!is_plain_name(extent->file))
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

static bool read_fully(int file, int64_t offset, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = pread(file, bytes, size, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        offset += got;
        size -= (size_t)got;
    }
    return true;
}

enum senet_code external_read(const Onnx__TensorProto *tensor, const char *what, const char *directory, size_t size,
                              uint8_t **bytes, struct senet_error *error)
{
    struct extent extent;
    int64_t file_size = 0, end;
    if (!directory)
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "%s: external data is not available here", what);
    enum senet_code code = find_extent(tensor, what, &extent, error);
    if (code)
        return code;
    int file = open_regular_file(directory, extent.file, &file_size);
    if (file < 0)
        return senet_error_set(error, SENET_FILE_UNREADABLE,
                               "%s: the external data file '%.80s' cannot be opened as a regular file", what,
                               extent.file);
    uint8_t *read = NULL;
    if (extent.length >= 0 && (uint64_t)extent.length != size)
        code =
            senet_error_set(error, SENET_MODEL_MALFORMED, "%s: its shape needs %zu bytes, its external data has %lld",
                            what, size, (long long)extent.length);
    else if (!checked_add_i64(extent.offset, (int64_t)size, &end) || end > file_size)
        code = senet_error_set(error, SENET_MODEL_MALFORMED, "%s: its external data ends after the file '%.80s' does",
                               what, extent.file);
    else if (!(read = malloc(size > 0 ? size : 1)))
        code = error_out_of_memory(error);
    else if (!read_fully(file, extent.offset, read, size))
        code = senet_error_set(error, SENET_FILE_UNREADABLE, "%s: the external data file '%.80s' cannot be read", what,
                               extent.file);
    close(file);
    if (code)
        free(read);
    else
        *bytes = read;
    return code;
}
