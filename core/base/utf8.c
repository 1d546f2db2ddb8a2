#include "base/utf8.h"

#include <stdint.h>

/* Table 3-7 of the Unicode Standard: what may follow a first byte. Further bytes are 80..BF. */
static const struct {
    uint8_t first_low, first_high, second_low, second_high, length;
} forms[] = {
    {0x01, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

size_t utf8_length(const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (bytes[0] < forms[i].first_low || bytes[0] > forms[i].first_high)
            continue;
        size_t length = forms[i].length;
        if (length > 1 && (bytes[1] < forms[i].second_low || bytes[1] > forms[i].second_high))
            return 0;
        for (size_t at = 2; at < length; at++) /* the NUL at the end stops this too */
            if ((bytes[at] & 0xC0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}
