#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *text;
    int http_status;
} codes[] = {
#define CODE_ROW(name, text, http) {text, http},
    SENET_CODES(CODE_ROW)
#undef CODE_ROW
};

/* Names in messages come from files and requests: nothing of them may act on a terminal or break a log. */
enum senet_code senet_error_set(struct senet_error *error, enum senet_code code, const char *format, ...)
{
    char message[sizeof error->message] = ""; /* the old message may be among the arguments */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof message)
        text_drop_cut_character(message);
    text_make_printable(message);
    memcpy(error->message, message, sizeof message);
    error->code = code;
    return code;
}

enum senet_code error_out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory");
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
