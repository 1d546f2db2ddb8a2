#include "answer/glob.h"

#include <stddef.h>

/* After the set that starts at `[`, or NULL if it is not closed; tells whether `c` is in it. */
static const char *match_set(const char *set, char c, bool *matches)
{
    const char *at = set + 1;
    bool inverted = *at == '!' || *at == '^', found = false;
    at += inverted;
    const char *first = at; /* a `]` here is a member */
    while (*at && (*at != ']' || at == first)) {
        char low = at[0], high = low;
        if (at[1] == '-' && at[2] && at[2] != ']') {
            high = at[2];
            at += 2;
        }
        found |= low <= c && c <= high;
        at++;
    }
    *matches = found != inverted;
    return *at ? at + 1 : NULL;
}

/* After the first element of `glob` if that matches `c`, else NULL. */
static const char *match_one(const char *glob, char c)
{
    if (*glob == '?')
        return glob + 1;
    if (*glob == '[') {
        bool matches;
        const char *after = match_set(glob, c, &matches);
        if (after)
            return matches ? after : NULL;
    }
    return *glob == c ? glob + 1 : NULL;
}

bool glob_matches(const char *glob, const char *text)
{
    /* Only the last star needs to be tried again: what an earlier one could give up, it can take. */
    const char *star = NULL, *resume = NULL;
    while (*text) {
        const char *after = *glob == '*' ? NULL : match_one(glob, *text);
        if (*glob == '*') {
            star = ++glob;
            resume = text;
        } else if (after) {
            glob = after;
            text++;
        } else if (star) {
            glob = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return !*glob;
}
