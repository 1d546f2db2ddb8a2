#include "models/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "log.h"

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

static enum senet_code load_model(const struct load_source *source, int64_t batch, struct senet_model **model,
                                  struct senet_error *error)
{
    const struct senet_load_options options = {.batch = batch, .isa = getenv("SENET_ISA")};
    enum senet_code code = source->path ? senet_model_load(source->path, &options, model, error)
                                        : senet_model_load_builtin(&options, model, error);
    if (!code)
        senet_model_settle(*model);
    return code;
}

/* Nobody else has a reference yet. A model that does not do batches (its file may fix one image) is served without. */
static enum senet_code add_batch(struct served *served, const struct load_settings *settings,
                                 const struct load_source *source, struct senet_error *error)
{
    struct senet_model *model;
    enum senet_code code = load_model(source, (int64_t)settings->batch, &model, error);
    if (code == SENET_OUT_OF_MEMORY)
        return code;
    if (code ||
        !batch_init(&served->batch, model, served->model, settings->batch, &settings->plan, settings->sessions)) {
        log_write(LOG_LEVEL_WARNING, "batch", log_text("model", served->name),
                  log_text("problem", code ? error->message : "the model is made for one image at a time"));
        return SENET_OK;
    }
    const struct senet_model_info *info = senet_model_info(model);
    served->memory += info->weight_bytes + settings->sessions * info->arena_bytes;
    return SENET_OK;
}

static enum senet_code fill_pools(struct served *served, struct senet_error *error)
{
    if (session_pool_fill(&served->pool, error))
        return error->code;
    return served->batch.size ? session_pool_fill(&served->batch.pool, error) : SENET_OK;
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
    if (load_model(source, 1, &model, error))
        return error->code;
    struct served *created = served_create(source->name, source->version, model, &settings->plan, settings->sessions);
    if (!created)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    if ((settings->batch > 1 && add_batch(created, settings, source, error)) ||
        check_budget(settings, created->memory, error) || check_golden(created, source->path, golden, error) ||
        fill_pools(created, error)) {
        served_release(created);
        return error->code;
    }
    created->keeper = settings->keeper;
    atomic_fetch_add(settings->memory, created->memory);
    *served = created;
    return SENET_OK;
}
