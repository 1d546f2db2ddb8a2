/* GET /openapi.json: openapi.json of this folder, assembled into the binary. */
#include "http/request.h"
#include "routes/handlers.h"

__asm__(".pushsection .rodata\n"
        "openapi_begin: .incbin \"server/routes/openapi.json\"\n"
        "openapi_end: .byte 0\n"
        ".popsection\n");

extern const char openapi_begin[] __attribute__((visibility("hidden")));
extern const char openapi_end[] __attribute__((visibility("hidden")));

void handle_openapi(struct request *request, struct worker *worker)
{
    (void)worker;
    struct senet_json json;
    reply_begin(&request->reply, 200, &json);
    senet_buffer_append(json.buffer, openapi_begin, (size_t)(openapi_end - openapi_begin));
}
