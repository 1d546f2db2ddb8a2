#include "terminal.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

#define SECONDS_BEFORE_PROGRESS 0.5
#define SECONDS_BETWEEN_DRAWS 0.1

/* There is one stderr: a complaint has to know whether a progress line stands there. */
static bool progress_line_drawn;

static void erase_progress_line(void)
{
    if (progress_line_drawn)
        fputs("\r\033[K", stderr);
    progress_line_drawn = false;
}

/* How many bytes at `text` are one control character: C0 and DEL are one, C1 in UTF-8 two; else 0. */
static size_t control_length(const char *text)
{
    unsigned char first = (unsigned char)text[0], second = first ? (unsigned char)text[1] : 0;
    if (first == 0xc2 && second >= 0x80 && second < 0xa0)
        return 2;
    return first && (first < 0x20 || first == 0x7f);
}

/* In place. */
static void replace_controls(char *text)
{
    char *out = text;
    for (size_t length; *text; text += length ? length : 1) {
        length = control_length(text);
        *out++ = length ? '?' : *text;
    }
    *out = '\0';
}

SENET_PRINTF(2, 0) static void print_complaint(const char *command, const char *format, va_list arguments)
{
    char line[1024];
    vsnprintf(line, sizeof line, format, arguments);
    replace_controls(line);
    erase_progress_line();
    /* One write, so that the lines of several processes do not mix. */
    if (command)
        fprintf(stderr, "senet: %s: %s; see senet help %s\n", command, line, command);
    else
        fprintf(stderr, "senet: %s\n", line);
}

int complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_complaint(NULL, format, arguments);
    va_end(arguments);
    return STATUS_FAILED;
}

int complain_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_complaint(command, format, arguments);
    va_end(arguments);
    return STATUS_USAGE;
}

struct style terminal_style(void)
{
    const char *no_color = getenv("NO_COLOR");
    if (!isatty(STDOUT_FILENO) || (no_color && *no_color))
        return (struct style){"", "", ""};
    return (struct style){"\033[1m", "\033[2m", "\033[0m"};
}

double terminal_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_begin(struct progress *progress, const char *unit, size_t total)
{
    *progress = (struct progress){
        .enabled = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO) && total > 1,
        .unit = unit,
        .total = total,
        .started = terminal_seconds(),
    };
}

void progress_step(struct progress *progress)
{
    progress->done++;
    double now = progress->enabled ? terminal_seconds() : 0;
    if (!progress->enabled || now - progress->started < SECONDS_BEFORE_PROGRESS ||
        now - progress->drawn < SECONDS_BETWEEN_DRAWS)
        return;
    double rate = (double)progress->done / (now - progress->started);
    long left = (long)((double)(progress->total - progress->done) / rate);
    fprintf(stderr, "\r\033[K%zu of %zu %s  %.0f %%  %.1f/s  %ld:%02ld left", progress->done, progress->total,
            progress->unit, 100.0 * (double)progress->done / (double)progress->total, rate, left / 60, left % 60);
    fflush(stderr);
    progress->drawn = now;
    progress_line_drawn = true;
}

void progress_end(struct progress *progress)
{
    progress->enabled = false;
    erase_progress_line();
}

int text_width(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

void text_pad(const char *text, int width)
{
    for (size_t length, i = 0; text[i]; i += length ? length : 1) {
        length = control_length(text + i);
        putchar(length ? '?' : text[i]);
    }
    int missing = width - text_width(text);
    if (missing > 0)
        printf("%*s", missing, "");
}

const char *text_grouped(int64_t number, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    char *out = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0 && digits[i - 1] != '-')
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}

const char *text_shape(const struct senet_shape *shape, char text[SHAPE_TEXT_SIZE])
{
    int used = snprintf(text, SHAPE_TEXT_SIZE, "(");
    for (int axis = 0; axis < shape->rank; axis++)
        used += snprintf(text + used, SHAPE_TEXT_SIZE - (size_t)used, "%s%" PRId64, axis ? ", " : "", shape->dim[axis]);
    snprintf(text + used, SHAPE_TEXT_SIZE - (size_t)used, "%s", shape->rank == 1 ? ",)" : ")");
    return text;
}

void text_bar(double share, int width)
{
    bool unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
    int filled = (int)(share * width + 0.5);
    for (int i = 0; i < filled; i++)
        fputs(unicode ? "\u2588" : "#", stdout);
}
