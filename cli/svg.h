/* What writers of SVG need: text that cannot become markup. */
#ifndef SENET_CLI_SVG_H
#define SENET_CLI_SVG_H

#include <stddef.h>

#include "senet.h"

/*
 * Appends `text` as character data, or as part of a quoted attribute. What XML gives a meaning is escaped; what it
 * cannot hold (control characters, U+FFFE, U+FFFF, bytes that are not UTF-8) becomes U+FFFD. Beyond `limit`
 * characters it is cut, and ends in an ellipsis.
 */
void svg_append_text(struct senet_buffer *buffer, const char *text, size_t limit);

/* Characters that svg_append_text would append. */
size_t svg_text_length(const char *text, size_t limit);

#endif
