#define _GNU_SOURCE /* dup3 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "senet.h"

static enum log_format line_format;
static enum log_level least_important = LOG_LEVEL_INFO;
static atomic_uint_fast64_t lost;
static int access_file = -1;    /* set before there are threads */
static const char *access_path; /* likewise */

static const char *const level_names[] = {"error", "warning", "info"};

void log_setup(enum log_format format, enum log_level level)
{
    line_format = format;
    least_important = level;
}

/* RFC 3339 with milliseconds, UTC. */
static void write_time(char text[32])
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t length = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, 32 - length, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

static void write_json_field(struct senet_json *json, const struct log_field *field)
{
    senet_json_key(json, field->key);
    if (field->type == LOG_TEXT_FIELD)
        senet_json_string(json, field->text);
    else if (field->type == LOG_INT_FIELD)
        senet_json_int(json, field->number);
    else
        senet_json_double(json, field->real, 3);
}

/* What a reader could not mistake for another field stays as it is; the rest is quoted as in JSON. */
static void write_text_value(struct senet_buffer *line, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:[]{}*+%,;@";
    if (*text && !text[strspn(text, plain)]) {
        senet_buffer_append(line, text, strlen(text));
        return;
    }
    struct senet_json quoted = {.buffer = line};
    senet_json_string(&quoted, text);
}

static void write_text_field(struct senet_buffer *line, const struct log_field *field)
{
    senet_buffer_printf(line, " %s=", field->key);
    if (field->type == LOG_TEXT_FIELD)
        write_text_value(line, field->text);
    else if (field->type == LOG_INT_FIELD)
        senet_buffer_printf(line, "%lld", (long long)field->number);
    else
        senet_buffer_printf(line, "%.3f", field->real);
}

static bool is_left_out(const struct log_field *field)
{
    return (field->type == LOG_TEXT_FIELD && !field->text) || (field->type == LOG_REAL_FIELD && isnan(field->real));
}

static void compose(struct senet_buffer *line, enum log_level level, const char *event, const struct log_field *fields,
                    size_t count)
{
    char time_text[32];
    write_time(time_text);
    struct senet_json json = {.buffer = line};
    bool as_json = line_format == LOG_FORMAT_JSON;
    if (as_json) {
        senet_json_object_begin(&json);
        write_json_field(&json, &(struct log_field){.key = "time", .text = time_text});
        write_json_field(&json, &(struct log_field){.key = "level", .text = level_names[level]});
        write_json_field(&json, &(struct log_field){.key = "event", .text = event});
    } else {
        senet_buffer_printf(line, "%s %s %s", time_text, level_names[level], event);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_left_out(&fields[i]))
            continue;
        if (as_json)
            write_json_field(&json, &fields[i]);
        else
            write_text_field(line, &fields[i]);
    }
    if (as_json)
        senet_json_object_end(&json);
    senet_buffer_append(line, "\n", 1);
}

static void write_line(int fd, enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    struct senet_buffer line = {0};
    compose(&line, level, event, fields, count);
    /* A log that cannot be written (full disk, closed pipe) is no reason to stop serving. */
    if (line.failed || write(fd, line.data, line.size) != (ssize_t)line.size)
        atomic_fetch_add(&lost, 1);
    senet_buffer_release(&line);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    if (level <= least_important)
        write_line(STDERR_FILENO, level, event, fields, count);
}

void log_access_event(const struct log_field *fields, size_t count)
{
    if (access_file >= 0)
        write_line(access_file, LOG_LEVEL_INFO, "access", fields, count);
    else
        log_event(LOG_LEVEL_INFO, "access", fields, count);
}

/* Not to wait for the reader of a pipe, now or later. */
static int open_access_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

bool log_access_open(const char *path, char *message, size_t message_size)
{
    access_file = open_access_file(path);
    if (access_file < 0) {
        snprintf(message, message_size, "access_log: %s: %s", path, strerror(errno));
        return false;
    }
    access_path = path;
    return true;
}

void log_access_reopen(void)
{
    if (access_file < 0)
        return;
    int fd = open_access_file(access_path);
    bool good = fd >= 0 && dup3(fd, access_file, O_CLOEXEC) >= 0;
    const char *problem = good ? NULL : strerror(errno);
    if (fd >= 0)
        close(fd);
    log_write(good ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, good ? "access_log_reopened" : "access_log_not_reopened",
              log_text("file", access_path), log_text("problem", problem));
}

void log_access_close(void)
{
    if (access_file >= 0)
        close(access_file);
    access_file = -1;
}

uint64_t log_lines_lost(void)
{
    return atomic_load(&lost);
}
