#include "base/text.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static bool is_control(const char *character, size_t length)
{
    unsigned char first = (unsigned char)character[0];
    if (length == 1)
        return first < 0x20 || first == 0x7f;
    return length == 2 && first == 0xc2 && (unsigned char)character[1] < 0xa0;
}

void text_make_printable(char *text)
{
    while (*text) {
        size_t length = utf8_length(text), step = length ? length : 1;
        if (!length || is_control(text, length))
            memset(text, '?', step);
        text += step;
    }
}

void text_drop_cut_character(char *text)
{
    size_t size = strlen(text);
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        char *at = text + size - back;
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0xc0 && !utf8_length(at))
            *at = '\0';
        if (byte < 0x80 || byte >= 0xc0)
            return;
    }
}
