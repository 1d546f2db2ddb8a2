/* Bytes as the golden file of the built-in model. */
#include <stdlib.h>

#include "fuzz.h"
#include "senet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct senet_session *session;
    struct senet_model *model;
    struct senet_golden golden;
    struct senet_error error;
    if (!session &&
        (senet_model_load_builtin(NULL, &model, &error) || senet_session_create(model, 1, &session, &error)))
        abort();
    senet_golden_check_memory(session, bytes, size, &golden, &error);
    return 0;
}
