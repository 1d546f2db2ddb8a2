#include <stdarg.h>
#include <stdio.h>

#include "senet.h"

static const struct {
    const char *text;
    int http_status;
} codes[] = {
#define CODE_ROW(name, text, http) {text, http},
    SENET_CODES(CODE_ROW)
#undef CODE_ROW
};

enum senet_code senet_error_set(struct senet_error *error, enum senet_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->code = code;
    return code;
}

const char *senet_code_text(enum senet_code code)
{
    return codes[code].text;
}

int senet_code_http_status(enum senet_code code)
{
    return codes[code].http_status;
}

int64_t senet_shape_elements(const struct senet_shape *shape)
{
    int64_t elements = 1;
    for (int axis = 0; axis < shape->rank; axis++)
        elements *= shape->dim[axis];
    return elements;
}
