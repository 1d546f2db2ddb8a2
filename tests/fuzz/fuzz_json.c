/* Bytes as a JSON body. */
#include <cjson/cJSON.h>

#include "fuzz.h"
#include "predict/json_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    cJSON *document;
    struct senet_error error;
    if (json_body_parse((const char *)bytes, size, &document, &error) == SENET_OK)
        cJSON_Delete(document);
    return 0;
}
