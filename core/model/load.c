/*
 * DESIGN
 * A directory is a model: model.onnx, and config.json and labels.txt where they exist. An .onnx file is a network
 * alone: the files beside it are not read, since a folder may hold many networks and they would describe only one.
 * External tensor data is looked for beside the file in both cases. Messages name files by their last component.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "model/config.h"
#include "model/model.h"

#define MAX_ONNX_BYTES ((off_t)2 << 30) /* protobuf ends there */

struct file {
    char *bytes; /* NULL when the file does not exist */
    size_t size;
};

static enum senet_code unreadable(struct senet_error *error, const char *name, const char *reason)
{
    return senet_error_set(error, SENET_FILE_UNREADABLE, "'%.120s' %s", name, reason);
}

static enum senet_code fail_from_errno(struct senet_error *error, const char *name, int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return unreadable(error, name, "does not exist");
    case EACCES:
        return unreadable(error, name, "may not be read by this user");
    case ENOMEM:
        return error_out_of_memory(error);
    default:
        return unreadable(error, name, "cannot be read");
    }
}

/* Does not wait for the other end of a pipe. */
static int open_file(int directory, const char *name)
{
    return openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* A file that shrinks after this is an error when it is read; what is appended is not seen. */
static enum senet_code measure(int fd, const char *name, off_t limit, size_t *size, struct senet_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_from_errno(error, name, errno);
    if (!S_ISREG(status.st_mode))
        return unreadable(error, name, "is not a regular file");
    if (status.st_size > limit)
        return unreadable(error, name, "is too large");
    *size = (size_t)status.st_size;
    return SENET_OK;
}

static enum senet_code read_descriptor(int fd, const char *name, off_t limit, struct file *file,
                                       struct senet_error *error)
{
    struct file reading = {0};
    enum senet_code code = measure(fd, name, limit, &reading.size, error);
    if (code != SENET_OK)
        return code;
    reading.bytes = malloc(reading.size + 1); /* never of no bytes, so that an empty file is not an absent one */
    if (!reading.bytes)
        return fail_from_errno(error, name, ENOMEM);
    const struct source source = {.file = fd, .name = name, .size = reading.size};
    code = source_read(&source, 0, reading.bytes, reading.size, error);
    if (code == SENET_OK)
        *file = reading;
    else
        free(reading.bytes);
    return code;
}

/* The network, which is read bit by bit. The caller closes source->file after success. */
static enum senet_code open_network(int directory, const char *name, struct source *source, struct senet_error *error)
{
    int fd = open_file(directory, name);
    if (fd < 0)
        return fail_from_errno(error, name, errno);
    *source = (struct source){.file = fd, .name = name};
    enum senet_code code = measure(fd, name, MAX_ONNX_BYTES, &source->size, error);
    if (code != SENET_OK)
        close(fd);
    return code;
}

/* Of a file that may be absent. The caller owns file->bytes after success. */
static enum senet_code read_file(int directory, const char *name, off_t limit, struct file *file,
                                 struct senet_error *error)
{
    int fd = open_file(directory, name);
    if (fd < 0 && errno == ENOENT)
        return SENET_OK;
    if (fd < 0)
        return fail_from_errno(error, name, errno);
    enum senet_code code = read_descriptor(fd, name, limit, file, error);
    close(fd);
    return code;
}

/* `name` is the network's file in `directory`. */
static enum senet_code load_from(int descriptor, const char *directory, const char *name, bool alone,
                                 const struct senet_load_options *options, struct senet_model **model,
                                 struct senet_error *error)
{
    struct source onnx;
    struct file config = {0}, labels = {0};
    enum senet_code code = open_network(descriptor, name, &onnx, error);
    if (code != SENET_OK)
        return code;
    if (!alone)
        code = read_file(descriptor, "config.json", (off_t)CONFIG_MAX_BYTES, &config, error);
    if (code == SENET_OK && !alone)
        code = read_file(descriptor, "labels.txt", (off_t)CONFIG_MAX_BYTES, &labels, error);
    if (code == SENET_OK) {
        const struct model_source source = {.onnx = onnx,
                                            .config = config.bytes,
                                            .labels = labels.bytes,
                                            .config_size = config.size,
                                            .labels_size = labels.size,
                                            .directory = directory};
        code = model_create(&source, options, model, error);
    }
    close(onnx.file);
    free(config.bytes);
    free(labels.bytes);
    return code;
}

/* The last component of `path`, for messages: slashes at the end do not count. */
static const char *base_name(const char *path, char *text, size_t size)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    if (begin == end)
        begin = 0;
    size_t length = end - begin < size - 1 ? end - begin : size - 1;
    memcpy(text, path + begin, length);
    text[length] = '\0';
    return text;
}

static enum senet_code load_directory(const char *directory, const char *name, bool alone, const char *shown,
                                      const struct senet_load_options *options, struct senet_model **model,
                                      struct senet_error *error)
{
    int descriptor = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor < 0)
        return fail_from_errno(error, shown, errno);
    enum senet_code code = load_from(descriptor, directory, name, alone, options, model, error);
    close(descriptor);
    return code;
}

enum senet_code senet_model_load(const char *path, const struct senet_load_options *options, struct senet_model **model,
                                 struct senet_error *error)
{
    char shown[128];
    struct stat status;
    base_name(path, shown, sizeof shown);
    if (stat(path, &status) != 0)
        return fail_from_errno(error, shown, errno);
    if (S_ISDIR(status.st_mode))
        return load_directory(path, "model.onnx", false, shown, options, model, error);
    const char *slash = strrchr(path, '/');
    if (!slash)
        return load_directory(".", path, true, shown, options, model, error);
    char *directory = strdup(path);
    if (!directory)
        return fail_from_errno(error, shown, ENOMEM);
    directory[slash - path + 1] = '\0'; /* keeps the slash, so that the root stays the root */
    enum senet_code code = load_directory(directory, slash + 1, true, shown, options, model, error);
    free(directory);
    return code;
}
