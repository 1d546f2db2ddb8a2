/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef SENET_BASE_UTF8_H
#define SENET_BASE_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Bytes of the character that `text` (NUL-terminated, not empty) begins with: 1 to 4, or 0 if it is none. */
size_t utf8_length(const char *text);

#endif
