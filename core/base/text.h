/* Text from outside, made fit to be shown. */
#ifndef SENET_BASE_TEXT_H
#define SENET_BASE_TEXT_H

/*
 * Puts a question mark in place of each byte that is a control character, part of one (U+0080 to U+009F), or no
 * UTF-8, so that the text can go into a log or to a terminal.
 */
void text_make_printable(char *text);

/* Takes off a character whose last bytes are missing at the end. */
void text_drop_cut_character(char *text);

#endif
