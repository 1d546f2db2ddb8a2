#include "options/options_table.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "http/listener.h"

#define KIB ((int64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const char *const isolations[] = {"process", "thread", NULL};
static const char *const log_formats[] = {"text", "json", NULL};
static const char *const jpeg_scalings[] = {"auto", "exact", "fast", NULL}; /* enum senet_jpeg_scaling */
static const char *const log_levels[] = {"error", "warning", "info", NULL};

#define MODEL_VERSIONS_MAX 16

#define AT(member) offsetof(struct options, member)

const struct option options_table[] = {
    {"config", OPTION_TEXT, AT(config), 0, 0, "", NULL, "FILE",
     "configuration file: a JSON object of these options, // comments allowed", OPTION_NOT_IN_FILE},
    {"model", OPTION_LIST, AT(models), 0, 0, NULL, NULL, "[NAME=]DIR",
     "model to serve, under the folder's name unless NAME is given; may be repeated, the first is the default "
     "model; without any, the built-in one",
     OPTION_REREAD},
    {"model_repository", OPTION_TEXT, AT(model_repository), 0, 0, "", NULL, "DIR",
     "folder of model folders to serve, each under its name", OPTION_REREAD},
    {"default_model", OPTION_TEXT, AT(default_model), 0, 0, "", NULL, "NAME",
     "model that /v1/predict uses; else the first", OPTION_REREAD},
    {"model_versions", OPTION_COUNT, AT(model_versions), 1, MODEL_VERSIONS_MAX, "1", NULL, "N",
     "how many versions of a model to serve, the highest ones; the highest is the default", OPTION_REREAD},
    {"model_memory", OPTION_BYTES, AT(model_memory), 0, 1024 * GIB, "0", NULL, "BYTES",
     "memory that the weights and sessions of all models may take; what does not fit is not loaded; 0 is no limit",
     OPTION_REREAD},
    {"repository_poll_seconds", OPTION_SECONDS, AT(repository_poll_seconds), 0, 86400, "0", NULL, "SECONDS",
     "how often to look for changed models; 0 is never, SIGHUP looks at once", OPTION_REREAD},
    {"listen", OPTION_ADDRESS, AT(listen), 0, 0, "127.0.0.1:8080", NULL, "ADDR:PORT",
     "where to listen; [::1]:8080 for IPv6, port 0 picks a free one", OPTION_AT_START},
    {"port_file", OPTION_TEXT, AT(port_file), 0, 0, "", NULL, "FILE",
     "file that the port is written to once connections are accepted, and that is removed at the end", OPTION_AT_START},
    {"auth_token_file", OPTION_TEXT, AT(auth_token_file), 0, 0, "", NULL, "FILE",
     "file of bearer tokens, one a line, of which predictions and all about models need one; read again at SIGHUP",
     OPTION_AT_START},
    {"admin_token_file", OPTION_TEXT, AT(admin_token_file), 0, 0, "", NULL, "FILE",
     "the same for what changes models: loading, unloading and their index; without it these are closed where "
     "auth_token_file is given",
     OPTION_AT_START},
    {"tls_certificate", OPTION_TEXT, AT(tls_certificate), 0, 0, "", NULL, "FILE",
     "PEM file of a certificate, and of those that vouch for it: clients must speak TLS then; read again at SIGHUP",
     OPTION_AT_START},
    {"tls_key", OPTION_TEXT, AT(tls_key), 0, 0, "", NULL, "FILE",
     "PEM file of the certificate's private key; read again at SIGHUP", OPTION_AT_START},
    {"cors_origins", OPTION_LIST, AT(cors_origins), 0, 0, NULL, NULL, "ORIGIN",
     "origin whose pages' scripts may ask, such as https://shop.example, or * for all; may be repeated; without any, "
     "browsers let none",
     OPTION_AT_START},
    {"workers", OPTION_COUNT, AT(workers), 0, 256, "0", NULL, "N",
     "inferences at the same time; 0 is one for each usable core", OPTION_AT_START},
    {"threads", OPTION_COUNT, AT(threads), 0, 64, "0", NULL, "N",
     "threads that share one inference; 0 is all usable cores for one that is alone, and fewer the more there are at "
     "the same time",
     OPTION_AT_START},
    {"max_batch", OPTION_COUNT, AT(max_batch), 1, 64, "1", NULL, "N",
     "images of one inference, where so many wait for the same model; more than 1 loads each model twice",
     OPTION_AT_START},
    {"max_batch_delay_us", OPTION_COUNT, AT(max_batch_delay_us), 0, 1000000, "0", NULL, "N",
     "microseconds that a request may be held up for others to fill its batch", OPTION_AT_START},
    {"queue_limit", OPTION_COUNT, AT(queue_limit), 1, 65536, "64", NULL, "N",
     "requests that may wait for a worker; further ones are answered 503", OPTION_AT_START},
    {"queue_bytes", OPTION_BYTES, AT(queue_bytes), 1, 1024 * GIB, "256MiB", NULL, "BYTES",
     "size that the bodies of waiting requests may have together; past it requests are answered 503, but one may "
     "always wait",
     OPTION_AT_START},
    {"connection_limit", OPTION_COUNT, AT(connection_limit), 1, 65536, "4096", NULL, "N",
     "open connections; further ones are answered 503 and closed, but for health checks and metrics", OPTION_AT_START},
    {"connections_per_client", OPTION_COUNT, AT(connections_per_client), 0, 65536, "0", NULL, "N",
     "open connections from one address (IPv6: from one /64); further ones are answered 429 and closed, but for "
     "health checks and metrics; 0 for as many as there are. Behind a proxy all come from its address",
     OPTION_AT_START},
    {"answer_timeout", OPTION_SECONDS, AT(answer_timeout), 1, 3600, "30", NULL, "SECONDS",
     "time in which a request that has arrived must be answered, else it is answered 504; clients may ask for less "
     "with X-Request-Timeout-Ms",
     OPTION_AT_START},
    {"max_images", OPTION_COUNT, AT(max_images), 1, 1024, "16", NULL, "N", "images in one request", OPTION_AT_START},
    {"max_body_bytes", OPTION_BYTES, AT(max_body_bytes), KIB, GIB, "32MiB", NULL, "BYTES",
     "size of a request's body; larger ones are answered 413", OPTION_AT_START},
    {"max_buffered_bytes", OPTION_BYTES, AT(max_buffered_bytes), MIB, 1024 * GIB, "512MiB", NULL, "BYTES",
     "memory that the bodies of all requests and answers may take together, at least max_body_bytes; past it requests "
     "are answered 503",
     OPTION_AT_START},
    {"max_pixels", OPTION_COUNT, AT(max_pixels), 1, INT32_MAX, "67108864", NULL, "N",
     "width times height of an image; larger ones are answered 413", OPTION_AT_START},
    {"max_decode_memory", OPTION_BYTES, AT(max_decode_memory), MIB, 1024 * GIB, "512MiB", NULL, "BYTES",
     "memory that decoding one image may take", OPTION_AT_START},
    {"jpeg_scaling", OPTION_CHOICE, AT(jpeg_scaling), 0, 0, "auto", jpeg_scalings, "SCALING",
     "whether a JPEG may be decoded at a half, quarter or eighth of its size where that leaves twice what the model "
     "takes: always (fast), never (exact), or where the image is at least four times that",
     OPTION_AT_START},
    {"decoder_isolation", OPTION_CHOICE, AT(decoder_isolation), 0, 0, "process", isolations, "WHERE",
     "where images are decoded: in processes that can do nothing else, so that a crash costs one request, or in the "
     "worker's own thread",
     OPTION_AT_START},
    {"connection_timeout", OPTION_SECONDS, AT(connection_timeout), 1, 3600, "30", NULL, "SECONDS",
     "silence after which a connection is closed", OPTION_AT_START},
    {"header_timeout", OPTION_SECONDS, AT(header_timeout), 1, 3600, "15", NULL, "SECONDS",
     "time in which all headers of a request must have arrived, else it is answered 408", OPTION_AT_START},
    {"body_timeout", OPTION_SECONDS, AT(body_timeout), 1, 3600, "60", NULL, "SECONDS",
     "time in which the body of a request must have arrived after its headers, else it is answered 408",
     OPTION_AT_START},
    {"response_timeout", OPTION_SECONDS, AT(response_timeout), 1, 3600, "60", NULL, "SECONDS",
     "time in which a client must have read an answer, else its connection is closed", OPTION_AT_START},
    {"drain_delay", OPTION_SECONDS, AT(drain_delay), 0, 3600, "0", NULL, "SECONDS",
     "time after SIGTERM or SIGINT in which connections are still accepted, while /readyz already says 503",
     OPTION_AT_START},
    {"shutdown_timeout", OPTION_SECONDS, AT(shutdown_timeout), 0, 3600, "30", NULL, "SECONDS",
     "time to answer what was accepted, after SIGTERM or SIGINT and drain_delay; a second signal ends it at once",
     OPTION_AT_START},
    {"log_format", OPTION_CHOICE, AT(log_format), 0, 0, "text", log_formats, "FORMAT",
     "form of the log lines on standard error", OPTION_AT_START},
    {"log_level", OPTION_CHOICE, AT(log_level), 0, 0, "info", log_levels, "LEVEL",
     "least important lines to log; the access log is info", OPTION_AT_START},
    {"access_log", OPTION_TEXT, AT(access_log), 0, 0, "", NULL, "FILE",
     "file for the access log, instead of standard error and whatever log_level is; opened again at SIGUSR1",
     OPTION_AT_START},
};
const size_t options_table_size = sizeof options_table / sizeof *options_table;
_Static_assert(sizeof options_table / sizeof *options_table <= OPTIONS_MAX, "struct settings has a slot for each");

bool settings_fail(struct settings *settings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(settings->message, settings->message_size, format, arguments);
    va_end(arguments);
    for (char *c = settings->message; *c; c++) /* one line, whatever was in the value */
        if (iscntrl((unsigned char)*c))
            *c = ' ';
    return false;
}

const struct option *option_find(const char *name, size_t length)
{
    for (size_t i = 0; i < options_table_size; i++)
        if (strlen(options_table[i].name) == length && !memcmp(options_table[i].name, name, length))
            return &options_table[i];
    return NULL;
}

void option_flag(const struct option *option, char name[OPTION_NAME_MAX])
{
    snprintf(name, OPTION_NAME_MAX, "--%s", option->name);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
}

void option_variable(const struct option *option, char name[OPTION_NAME_MAX])
{
    snprintf(name, OPTION_NAME_MAX, "SENETD_%s", option->name);
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

static void describe_choices(const struct option *option, char *text, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; option->choices[i] && length < size; i++) {
        int written = snprintf(text + length, size - length, "%s%s", i ? " or " : "", option->choices[i]);
        length += (size_t)written;
    }
}

void option_describe(const struct option *option, char *text, size_t size)
{
    switch (option->type) {
    case OPTION_TEXT:
        snprintf(text, size, "text");
        break;
    case OPTION_LIST:
        snprintf(text, size, "text, or a list of them");
        break;
    case OPTION_CHOICE:
        describe_choices(option, text, size);
        break;
    case OPTION_ADDRESS:
        snprintf(text, size, "ADDR:PORT with a port from 0 to 65535 (IPv6 in brackets)");
        break;
    case OPTION_COUNT:
        snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64, option->min, option->max);
        break;
    case OPTION_SECONDS:
        snprintf(text, size, "whole seconds from %" PRId64 " to %" PRId64, option->min, option->max);
        break;
    case OPTION_BYTES:
        snprintf(text, size, "bytes from %" PRId64 " to %" PRId64 " (KiB, MiB and GiB are understood)", option->min,
                 option->max);
        break;
    }
}

/* Digits alone: no sign, space or anything after them. */
static bool parse_number(const struct option *option, const char *text, int64_t *number)
{
    static const struct {
        const char *suffix;
        int64_t factor;
    } units[] = {{"", 1}, {"KiB", KIB}, {"MiB", MIB}, {"GiB", GIB}};
    if (!isdigit((unsigned char)*text))
        return false;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    size_t unit_count = option->type == OPTION_BYTES ? sizeof units / sizeof *units : 1;
    for (size_t i = 0; i < unit_count; i++) {
        int64_t scaled;
        if (errno || strcmp(end, units[i].suffix) != 0 ||
            __builtin_mul_overflow((int64_t)value, units[i].factor, &scaled))
            continue;
        *number = scaled;
        return scaled >= option->min && scaled <= option->max;
    }
    return false;
}

static bool parse_choice(const struct option *option, const char *text, int64_t *number)
{
    for (size_t i = 0; option->choices[i]; i++)
        if (!strcmp(option->choices[i], text)) {
            *number = (int64_t)i;
            return true;
        }
    return false;
}

static void list_clear(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

static bool list_append(struct text_list *list, const char *text)
{
    char **items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return false;
    list->items = items;
    items[list->count] = strdup(text);
    if (!items[list->count])
        return false;
    list->count++;
    return true;
}

static bool store_text(struct settings *settings, const struct option *option, bool again, const char *text)
{
    void *place = (char *)settings->options + option->offset;
    if (option->type == OPTION_LIST) {
        if (!again)
            list_clear(place);
        return list_append(place, text) || settings_fail(settings, "out of memory");
    }
    char **value = place;
    char *copy = strdup(text);
    if (!copy)
        return settings_fail(settings, "out of memory");
    free(*value);
    *value = copy;
    return true;
}

static bool is_text(const struct option *option)
{
    return option->type == OPTION_TEXT || option->type == OPTION_LIST || option->type == OPTION_ADDRESS;
}

/* Numbers and choices come out as *number. */
static bool check_value(const struct option *option, const char *text, int64_t *number)
{
    if (option->type == OPTION_ADDRESS)
        return listener_check(text);
    if (option->type == OPTION_CHOICE)
        return parse_choice(option, text, number);
    return is_text(option) || parse_number(option, text, number);
}

bool option_assign(struct settings *settings, const struct option *option, enum option_source source, const char *text,
                   const char *where)
{
    int64_t number = 0;
    if (!check_value(option, text, &number)) {
        char expected[128];
        option_describe(option, expected, sizeof expected);
        return settings_fail(settings, "%s: must be %s, not '%.64s'", where, expected, text);
    }
    unsigned char *current = &settings->sources[option - options_table];
    if (source < *current)
        return true;
    bool again = source == *current;
    *current = (unsigned char)source;
    if (is_text(option))
        return store_text(settings, option, again, text);
    int64_t *value = (void *)((char *)settings->options + option->offset);
    *value = number;
    return true;
}

static bool lists_differ(const struct text_list *a, const struct text_list *b)
{
    for (size_t i = 0; a->count == b->count && i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return true;
    return a->count != b->count;
}

static bool differs(const struct option *option, const struct options *a, const struct options *b)
{
    const void *left = (const char *)a + option->offset, *right = (const char *)b + option->offset;
    if (option->type == OPTION_LIST)
        return lists_differ(left, right);
    if (is_text(option))
        return strcmp(*(char *const *)left, *(char *const *)right) != 0;
    return *(const int64_t *)left != *(const int64_t *)right;
}

void options_differences(const struct options *a, const struct options *b, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < options_table_size && length < size; i++)
        if (options_table[i].use != OPTION_REREAD && differs(&options_table[i], a, b))
            length += (size_t)snprintf(text + length, size - length, "%s%s", length ? "," : "", options_table[i].name);
}

void options_release(struct options *options)
{
    for (size_t i = 0; i < options_table_size; i++) {
        void *place = (char *)options + options_table[i].offset;
        if (options_table[i].type == OPTION_LIST) {
            list_clear(place);
        } else if (is_text(&options_table[i])) {
            char **text = place;
            free(*text);
            *text = NULL;
        }
    }
}
