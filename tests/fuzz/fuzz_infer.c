/* Bytes as the body of an inference request: two of the length of its JSON, then the body. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "routes/oip_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct senet_model *model;
    static struct served served = {.name = "m", .version = "1"};
    struct senet_error error;
    if (!model && senet_model_load_builtin(NULL, &model, &error))
        abort();
    if (size < 2)
        return 0;
    served.info = senet_model_info(model);
    size_t body_size = size - 2;
    char *body = malloc(body_size ? body_size : 1); /* exactly, for the address sanitizer */
    if (!body)
        return 0;
    memcpy(body, bytes + 2, body_size);
    int64_t json_size = bytes[0] | bytes[1] << 8;
    const struct oip_source source = {
        .body = body,
        .body_size = body_size,
        .json_size = json_size == 0xffff ? -1 : json_size,
        .max_items = 4,
        .takes_images = true,
        .model = model,
    };
    struct oip_request request;
    struct oip_answer answer = {0};
    struct reply reply = {0};
    if (oip_request_read(&request, &source, &error) == SENET_OK &&
        oip_answer_begin(&answer, &request, &served, &error) == SENET_OK)
        oip_answer_write(&answer, &reply);
    oip_answer_release(&answer);
    oip_request_release(&request);
    reply_release(&reply);
    free(body);
    return 0;
}
