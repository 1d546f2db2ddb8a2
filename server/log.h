/*
 * Log lines on standard error, each written at once: `time level event key=value ...`, or the same as one JSON
 * object. Values from outside are escaped. Set up once, before there are threads; then usable from any.
 *
 * DESIGN
 * The access log goes there too, or into a file of its own. To rotate that, rename it and have it opened again: the new
 * file takes the place of the old one under the same descriptor (dup3), so that whoever writes meanwhile needs no lock
 * and no line is lost.
 */
#ifndef SENETD_LOG_H
#define SENETD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/options.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_NONE = -1 };

struct log_field {
    const char *key;
    enum { LOG_TEXT_FIELD, LOG_INT_FIELD, LOG_REAL_FIELD } type;
    const char *text; /* NULL leaves the field out */
    int64_t number;
    double real; /* NAN leaves the field out */
};

static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.key = key, .type = LOG_TEXT_FIELD, .text = text};
}

static inline struct log_field log_int(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .type = LOG_INT_FIELD, .number = number};
}

static inline struct log_field log_real(const char *key, double real)
{
    return (struct log_field){.key = key, .type = LOG_REAL_FIELD, .real = real};
}

void log_setup(enum log_format format, enum log_level level);
void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* From now on access lines go to the end of this file, whatever the level. False fills `message`. */
bool log_access_open(const char *path, char *message, size_t message_size);
/* Opens the file again, which may have been renamed. Without one, it does nothing. When it fails the old one stays. */
void log_access_reopen(void);
void log_access_close(void);

/* A line of the access log. */
void log_access_event(const struct log_field *fields, size_t count);

/* Lines of which not all could be written. */
uint64_t log_lines_lost(void);

/* log_write(LOG_LEVEL_INFO, "start", log_int("port", port), ...) */
#define log_write(level, event, ...)                                                                                   \
    log_event((level), (event), (const struct log_field[]){__VA_ARGS__},                                               \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* log_access(log_int("status", status), ...) */
#define log_access(...)                                                                                                \
    log_access_event((const struct log_field[]){__VA_ARGS__},                                                          \
                     sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
