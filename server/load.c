#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MIB (1024.0 * 1024.0)

static enum senet_code check_budget(const struct load_settings *settings, size_t needed, struct senet_error *error)
{
    size_t limit = settings->memory_limit, used = atomic_load(settings->memory);
    if (!limit || (used <= limit && needed <= limit - used))
        return SENET_OK;
    return senet_error_set(error, SENET_OUT_OF_MEMORY,
                           "its %.1f MiB do not fit: %.1f MiB of the %.1f MiB of model_memory are taken",
                           (double)needed / MIB, (double)used / MIB, (double)limit / MIB);
}

/* A model is hardly smaller in memory than in its files, so the largest need not be read to be refused. */
static size_t file_bytes(const char *path)
{
    static const char *const names[] = {"model.onnx", "model.onnx.data"};
    struct stat status;
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *file = path_join(path, names[i]);
        if (file && !stat(file, &status) && S_ISREG(status.st_mode))
            bytes += (size_t)status.st_size;
        free(file);
    }
    return bytes;
}

static enum senet_code load_model(const struct load_source *source, struct senet_model **model,
                                  struct senet_error *error)
{
    const struct senet_load_options options = {.isa = getenv("SENET_ISA")};
    return source->path ? senet_model_load(source->path, &options, model, error)
                        : senet_model_load_builtin(&options, model, error);
}

/* The first session computes what is known to be right before there are more. */
static enum senet_code check_golden(struct served *served, const char *path, struct senet_golden *golden,
                                    struct senet_error *error)
{
    struct senet_session *session;
    if (session_pool_take(&served->pool, &session, error))
        return error->code;
    enum senet_code code = senet_golden_check(session, path, golden, error);
    session_pool_give(&served->pool, session);
    return code;
}

enum senet_code load_version(const struct load_settings *settings, const struct load_source *source,
                             struct served **served, struct senet_golden *golden, struct senet_error *error)
{
    struct senet_model *model;
    if (source->path && check_budget(settings, file_bytes(source->path), error))
        return error->code;
    if (load_model(source, &model, error))
        return error->code;
    struct served *created = served_create(source->name, source->version, model, settings->threads, settings->sessions);
    if (!created)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    if (check_budget(settings, created->memory, error) || check_golden(created, source->path, golden, error) ||
        session_pool_fill(&created->pool, error)) {
        served_release(created);
        return error->code;
    }
    created->keeper = settings->keeper;
    atomic_fetch_add(settings->memory, created->memory);
    *served = created;
    return SENET_OK;
}
