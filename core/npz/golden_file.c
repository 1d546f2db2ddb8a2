/* Where the golden file of a model is: beside model.onnx, or in the library. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/source.h"
#include "model/model.h"
#include "npz/golden.h"

static enum senet_code unreadable(struct senet_error *error, const char *what)
{
    return senet_error_set(error, SENET_FILE_UNREADABLE, "'" SENET_GOLDEN_FILE "' %s", what);
}

/* The caller frees *bytes. */
static enum senet_code read_golden(int file, const struct senet_model_info *info, char **bytes, size_t *size,
                                   struct senet_error *error)
{
    struct stat status;
    if (fstat(file, &status))
        return unreadable(error, "cannot be read");
    if (!S_ISREG(status.st_mode))
        return unreadable(error, "is not a regular file");
    if ((uint64_t)status.st_size > golden_largest_file(info))
        return unreadable(error, "is larger than one of this model can be");
    *size = (size_t)status.st_size;
    *bytes = malloc(*size + 1);
    if (!*bytes)
        return error_out_of_memory(error);
    const struct source source = {.file = file, .name = SENET_GOLDEN_FILE, .size = *size};
    enum senet_code code = source_read(&source, 0, *bytes, *size, error);
    if (code)
        free(*bytes);
    return code;
}

static enum senet_code check_file(struct senet_session *session, int file, struct senet_golden *golden,
                                  struct senet_error *error)
{
    char *bytes = NULL;
    size_t size = 0;
    if (read_golden(file, senet_model_info(senet_session_model(session)), &bytes, &size, error))
        return error->code;
    enum senet_code code = senet_golden_check_memory(session, bytes, size, golden, error);
    free(bytes);
    return code;
}

/* *file is -1 when the model has no golden file; else the caller closes it. */
static enum senet_code open_golden(const char *path, int *file, struct senet_error *error)
{
    *file = -1;
    int directory = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (directory < 0)
        return errno == ENOTDIR ? SENET_OK : unreadable(error, "cannot be looked for: its folder cannot be opened");
    *file = openat(directory, SENET_GOLDEN_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool absent = *file < 0 && errno == ENOENT;
    close(directory);
    return *file < 0 && !absent ? unreadable(error, "cannot be read") : SENET_OK;
}

enum senet_code senet_golden_check(struct senet_session *session, const char *path, struct senet_golden *golden,
                                   struct senet_error *error)
{
    if (!path) {
        size_t size;
        const void *bytes = model_builtin_golden(&size);
        return senet_golden_check_memory(session, bytes, size, golden, error);
    }
    int file;
    if (open_golden(path, &file, error))
        return error->code;
    if (file < 0) {
        *golden = (struct senet_golden){0};
        return SENET_OK;
    }
    enum senet_code code = check_file(session, file, golden, error);
    close(file);
    return code;
}
