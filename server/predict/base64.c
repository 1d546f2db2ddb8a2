#include "predict/base64.h"

#include <stdint.h>
#include <string.h>

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, of which `padding` at the end were '=', to 3 - padding bytes. */
static bool decode_group(const char *group, int padding, char *bytes)
{
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(group[i]) : 0;
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    for (int i = 0; i < 3 - padding; i++)
        bytes[i] = (char)(uint8_t)(bits >> (16 - 8 * i));
    return !(bits & ((1u << (8 * padding)) - 1));
}

bool base64_decode(char *text, size_t length, size_t *size)
{
    if (length % 4)
        return false;
    int padding = 0;
    while (padding < 2 && length && text[length - 1 - (size_t)padding] == '=')
        padding++;
    size_t groups = length / 4;
    for (size_t i = 0; i < groups; i++)
        if (!decode_group(text + 4 * i, i + 1 == groups ? padding : 0, text + 3 * i))
            return false;
    *size = 3 * groups - (size_t)padding;
    return true;
}

bool base64_decode_url(char *text, const void **bytes, size_t *size)
{
    static const char marker[] = ";base64,";
    if (!strncmp(text, "data:", 5)) {
        char *comma = strstr(text, marker);
        if (!comma)
            return false;
        text = comma + strlen(marker);
    }
    *bytes = text;
    return base64_decode(text, strlen(text), size);
}
