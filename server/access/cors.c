#include "access/cors.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

void origin_read(struct origin *origin, const struct text_list *allowed, const char *value)
{
    origin->allowed = NULL;
    if (origin->given++)
        return; /* of two neither counts */
    for (size_t i = 0; i < allowed->count; i++)
        if (!strcmp(allowed->items[i], "*") || !strcmp(allowed->items[i], value)) {
            origin->allowed = allowed->items[i];
            return;
        }
}

bool origin_check(const char *text)
{
    if (!strcmp(text, "*"))
        return true;
    size_t scheme = strspn(text, LOWER DIGITS "+-.");
    if (!scheme || !strchr(LOWER, *text) || strncmp(text + scheme, "://", 3) != 0)
        return false;
    const char *host = text + scheme + 3;
    const char *rest = host;
    if (*host == '[') {
        rest += 1 + strspn(host + 1, DIGITS "abcdef:.");
        if (*rest++ != ']')
            return false;
    } else {
        rest += strspn(host, LOWER DIGITS "-._");
    }
    if (rest == host)
        return false;
    if (*rest != ':')
        return !*rest;
    size_t digits = strspn(rest + 1, DIGITS);
    return digits >= 1 && digits <= 5 && !rest[1 + digits];
}
