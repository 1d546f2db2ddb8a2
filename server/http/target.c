#include "http/target.h"

#include <string.h>
#include <strings.h>

/* The bytes of "http://" or "https://" at the beginning; 0 without. */
static size_t scheme_size(const char *text)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (!strncasecmp(text, schemes[i], strlen(schemes[i])))
            return strlen(schemes[i]);
    return 0;
}

bool target_is_absolute(const char *text)
{
    size_t scheme = scheme_size(text);
    return scheme && text[scheme] && !strchr("/?", text[scheme]);
}

void target_split(const char *text, struct target *target)
{
    size_t scheme = scheme_size(text);
    if (scheme) {
        text += scheme;
        text += strcspn(text, "/?");
    }
    bool root = scheme && *text != '/'; /* http://host and http://host?query */
    target->path = root ? "/" : text;
    target->path_length = root ? 1 : strcspn(text, "?");
    text += strcspn(text, "?");
    target->query = *text ? text + 1 : NULL;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool percent_decode(const char *text, size_t length, bool plus, char *decoded, size_t size)
{
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            if (length - i < 3)
                return false;
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (written + 1 >= size)
            return false;
        decoded[written++] = c;
    }
    if (size == 0)
        return false;
    decoded[written] = '\0';
    return true;
}

bool query_next(const char **query, char *name, char *value, size_t size, bool *good)
{
    while (*query && **query == '&')
        ++*query;
    if (!*query || !**query)
        return false;
    const char *pair = *query;
    size_t length = strcspn(pair, "&"), name_length = strcspn(pair, "=&");
    size_t value_begin = name_length < length ? name_length + 1 : length;
    *good = percent_decode(pair, name_length, true, name, size) &&
            percent_decode(pair + value_begin, length - value_begin, true, value, size);
    *query = pair + length;
    return true;
}
