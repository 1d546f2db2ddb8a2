/* Bytes as a model file; what loads is run once. */
#include "fuzz.h"
#include "senet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct senet_model *model;
    struct senet_session *session;
    struct senet_error error;
    const struct senet_load_options options = {.height = 8, .width = 8};
    if (senet_model_load_memory(bytes, size, NULL, 0, NULL, 0, &options, &model, &error) != SENET_OK)
        return 0;
    const struct senet_model_info *info = senet_model_info(model);
    /* What is merely large would only make the fuzzer slow. */
    if (info->arena_bytes < (size_t)1 << 24 && info->macs < 10000000 &&
        senet_session_create(model, 1, &session, &error) == SENET_OK) {
        senet_session_run(session);
        senet_session_free(session);
    }
    senet_model_free(model);
    return 0;
}
