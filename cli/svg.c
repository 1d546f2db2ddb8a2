#include "svg.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS "\xE2\x80\xA6"

/* How many bytes the UTF-8 character at `text` has by its first one, and the least code point that needs so many. */
struct form {
    size_t length;
    unsigned char mask; /* of the first byte's bits of the code point */
    uint32_t least;
};

static struct form form_of(unsigned char first)
{
    if (first < 0x80)
        return (struct form){1, 0x7f, 0};
    if ((first & 0xe0) == 0xc0)
        return (struct form){2, 0x1f, 0x80};
    if ((first & 0xf0) == 0xe0)
        return (struct form){3, 0x0f, 0x800};
    if ((first & 0xf8) == 0xf0)
        return (struct form){4, 0x07, 0x10000};
    return (struct form){0};
}

/* XML 1.0, production 2. */
static bool is_xml_character(uint32_t code)
{
    if (code < 0x20)
        return code == '\t' || code == '\n' || code == '\r';
    bool surrogate = code >= 0xd800 && code < 0xe000;
    bool control = code >= 0x7f && code < 0xa0; /* allowed, and discouraged */
    return !surrogate && !control && code != 0xfffe && code != 0xffff && code <= 0x10ffff;
}

/* Bytes of the character at `text`, which is not its end; *valid says whether XML may hold it. */
static size_t character_length(const char *text, bool *valid)
{
    struct form form = form_of((unsigned char)*text);
    uint32_t code = (unsigned char)*text & form.mask;
    *valid = false;
    if (form.length == 0)
        return 1;
    for (size_t i = 1; i < form.length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) /* the end, too */
            return i;
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    }
    *valid = code >= form.least && is_xml_character(code);
    return form.length;
}

static void append_character(struct senet_buffer *buffer, const char *text, size_t length)
{
    static const char *const escapes[] = {"<&lt;", ">&gt;", "&&amp;", "\"&quot;", "'&#39;"};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        if (*text == escapes[i][0]) {
            senet_buffer_append(buffer, escapes[i] + 1, strlen(escapes[i] + 1));
            return;
        }
    }
    senet_buffer_append(buffer, text, length);
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    bool valid;
    for (; *text; count++)
        text += character_length(text, &valid);
    return count;
}

size_t svg_text_length(const char *text, size_t limit)
{
    size_t count = count_characters(text);
    return count < limit ? count : limit;
}

void svg_append_text(struct senet_buffer *buffer, const char *text, size_t limit)
{
    bool cut = count_characters(text) > limit;
    for (size_t i = 0; *text && i < limit - cut; i++) {
        bool valid;
        size_t length = character_length(text, &valid);
        if (valid)
            append_character(buffer, text, length);
        else
            senet_buffer_append(buffer, REPLACEMENT, strlen(REPLACEMENT));
        text += length;
    }
    if (cut)
        senet_buffer_append(buffer, ELLIPSIS, strlen(ELLIPSIS));
}
