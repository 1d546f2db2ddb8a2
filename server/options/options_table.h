/* The rows behind options.h and how a text becomes a value. Only the options_*.c files look here. */
#ifndef SENETD_OPTIONS_TABLE_H
#define SENETD_OPTIONS_TABLE_H

#include "options/options.h"

#define OPTIONS_MAX 48

enum option_type {
    OPTION_TEXT,
    OPTION_LIST,
    OPTION_CHOICE,
    OPTION_ADDRESS,
    OPTION_COUNT,
    OPTION_SECONDS,
    OPTION_BYTES
};

enum option_use {
    OPTION_AT_START,
    OPTION_NOT_IN_FILE,
    OPTION_REREAD, /* SIGHUP brings it into force */
};

/* Ordered: a higher source wins. */
enum option_source { SOURCE_NONE, SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

struct option {
    const char *name; /* as in the file: max_body_bytes; --max-body-bytes; SENETD_MAX_BODY_BYTES */
    enum option_type type;
    size_t offset;              /* in struct options */
    int64_t min, max;           /* of numbers */
    const char *missing;        /* default, in the form a flag would give it; NULL for none */
    const char *const *choices; /* OPTION_CHOICE: the value is the index; ends with NULL */
    const char *value;          /* what --help calls the value */
    const char *help;
    enum option_use use;
};

extern const struct option options_table[];
extern const size_t options_table_size;

struct settings {
    struct options *options;
    unsigned char sources[OPTIONS_MAX]; /* enum option_source, by row */
    char *message;
    size_t message_size;
};

/* Fills settings->message; always false, so that a failing check is one statement. */
bool settings_fail(struct settings *settings, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NULL when there is no such option. `name` is in the file's form. */
const struct option *option_find(const char *name, size_t length);

/*
 * Checks `text` and stores it unless a higher source has spoken. A list is replaced by the first value of a
 * higher source, and grows by further values of the same. `where` begins the message on failure.
 */
bool option_assign(struct settings *settings, const struct option *option, enum option_source source, const char *text,
                   const char *where);

/* Applies the configuration file settings->options->config. */
bool options_read_file(struct settings *settings);

/* "whole number from 0 to 256", for messages and documents. */
void option_describe(const struct option *option, char *text, size_t size);

/* "--max-body-bytes" and "SENETD_MAX_BODY_BYTES". */
#define OPTION_NAME_MAX 64
void option_flag(const struct option *option, char name[OPTION_NAME_MAX]);
void option_variable(const struct option *option, char name[OPTION_NAME_MAX]);

#endif
