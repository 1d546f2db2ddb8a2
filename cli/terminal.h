/* What people see: complaints, progress, styles, and columns that line up. */
#ifndef SENET_CLI_TERMINAL_H
#define SENET_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "senet.h"

/* One line on stderr, "senet: " first, control characters replaced. Returns STATUS_FAILED. */
int complain(const char *format, ...) SENET_PRINTF(1, 2);
/* The same about a command line; returns STATUS_USAGE. `command` may be NULL. */
int complain_usage(const char *command, const char *format, ...) SENET_PRINTF(2, 3);

/* Escape sequences for stdout: empty unless it is a terminal and NO_COLOR is unset. */
struct style {
    const char *bold, *dim, *plain;
};
struct style terminal_style(void);

/* Seconds of a clock that is never set back. */
double terminal_seconds(void);

/*
 * A line on stderr that is redrawn as work goes on; silent unless stderr is a terminal, stdout is not the
 * same screen, and the work takes a while.
 */
struct progress {
    bool enabled;
    const char *unit; /* "images" */
    size_t done, total;
    double started, drawn;
};
void progress_begin(struct progress *progress, const char *unit, size_t total);
void progress_step(struct progress *progress);
void progress_end(struct progress *progress);

/* Prints `text` on stdout with control characters replaced, then spaces up to `width` columns. */
void text_pad(const char *text, int width);
/* Columns that text_pad needs: one for each code point. */
int text_width(const char *text);
/* 8464 -> "8,464". `text` is returned. */
const char *text_grouped(int64_t number, char text[32]);
/* "(1, 16, 32, 32)". `text` is returned. */
#define SHAPE_TEXT_SIZE (SENET_MAX_RANK * 22 + 3)
const char *text_shape(const struct senet_shape *shape, char text[SHAPE_TEXT_SIZE]);
/* Up to `width` filled columns, for a share of 0..1. */
void text_bar(double share, int width);

#endif
