#include "http/reply.h"

#include <stdarg.h>
#include <stdio.h>

void reply_begin(struct reply *reply, int status, struct senet_json *json)
{
    senet_buffer_release(&reply->body);
    reply->body = (struct senet_buffer){0};
    reply->status = status;
    reply->content_type = "application/json";
    reply->json_size = 0;
    reply->allow[0] = '\0';
    reply->authenticate = NULL;
    reply->retry_after = 0;
    reply->varies = reply->encoded = false;
    *json = (struct senet_json){.buffer = &reply->body};
}

bool reply_error(struct reply *reply, int status, const char *code, const char *format, ...)
{
    char message[SENET_MESSAGE_SIZE + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct senet_json json;
    reply_begin(reply, status, &json);
    senet_json_object_begin(&json);
    senet_json_key(&json, "error");
    senet_json_string(&json, message);
    senet_json_key(&json, "code");
    senet_json_string(&json, code);
    senet_json_object_end(&json);
    return false;
}

bool reply_failure(struct reply *reply, const struct senet_error *error)
{
    return reply_error(reply, senet_code_http_status(error->code), senet_code_text(error->code), "%s", error->message);
}

void reply_release(struct reply *reply)
{
    senet_buffer_release(&reply->body);
    *reply = (struct reply){0};
}
