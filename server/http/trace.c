#include "http/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* VERSION-TRACE-SPAN-FLAGS, in lower-case hexadecimal. Later versions than 00 may go on after another dash. */
enum { VERSION = 0, TRACE = 3, SPAN = 36, FLAGS = 53, END = 55 };

static bool is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    return true;
}

static bool is_zero(const char *text, size_t size)
{
    return strspn(text, "0") >= size;
}

static bool is_valid(const char *value)
{
    if (strlen(value) < END || value[TRACE - 1] != '-' || value[SPAN - 1] != '-' || value[FLAGS - 1] != '-')
        return false;
    if (!is_hex(value + VERSION, 2) || !is_hex(value + TRACE, 32) || !is_hex(value + SPAN, 16) ||
        !is_hex(value + FLAGS, 2))
        return false;
    if (is_zero(value + TRACE, 32) || is_zero(value + SPAN, 16) || !strncmp(value, "ff", 2))
        return false;
    return !value[END] || (value[END] == '-' && !is_zero(value + VERSION, 2));
}

void trace_read(struct trace *trace, const char *value)
{
    trace->id[0] = trace->span[0] = '\0';
    if (trace->given++ || !is_valid(value))
        return;
    memcpy(trace->id, value + TRACE, sizeof trace->id - 1);
    memcpy(trace->span, value + SPAN, sizeof trace->span - 1);
}
