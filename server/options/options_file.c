/*
 * The configuration file: a flat JSON object with // comments. The braces and keys are read here, so that every
 * message can name the line; each key and each value is read by cJSON.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "options/options_table.h"

#define FILE_MAX ((size_t)1 << 20)

struct reader {
    struct settings *settings;
    const char *name;
    char *text; /* ends with a NUL */
    size_t size;
    const char *at;
    uint64_t seen; /* bit per row of the table: a key may come once */
};
_Static_assert(OPTIONS_MAX <= 64, "struct reader has a bit for each option");

static int line_of(const struct reader *reader, const char *place)
{
    int line = 1;
    for (const char *c = reader->text; c < place; c++)
        line += *c == '\n';
    return line;
}

static bool fail(struct reader *reader, const char *place, const char *problem)
{
    return settings_fail(reader->settings, "%s:%d: %s", reader->name, line_of(reader, place), problem);
}

static char *read_whole(FILE *stream, size_t *size)
{
    char *text = malloc(FILE_MAX + 1);
    if (!text)
        return NULL;
    *size = fread(text, 1, FILE_MAX, stream);
    text[*size] = '\0';
    if (ferror(stream) || !feof(stream)) {
        free(text);
        return NULL;
    }
    return text;
}

/* Comments become spaces: lines keep their numbers. "//" inside a string is no comment. */
static void blank_comments(char *text)
{
    bool in_string = false;
    for (char *c = text; *c; c++) {
        if (in_string && *c == '\\' && c[1]) {
            c++;
        } else if (*c == '"') {
            in_string = !in_string;
        } else if (*c == '\n') {
            in_string = false;
        } else if (!in_string && c[0] == '/' && c[1] == '/') {
            while (*c && *c != '\n')
                *c++ = ' ';
            if (!*c)
                return;
        }
    }
}

static char peek(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
    return *reader->at;
}

static bool expect(struct reader *reader, char character, const char *problem)
{
    if (peek(reader) != character)
        return fail(reader, reader->at, problem);
    reader->at++;
    return true;
}

/* The caller deletes *item. */
static bool read_value(struct reader *reader, cJSON **item)
{
    const char *end = NULL, *begin = reader->at;
    *item = cJSON_ParseWithLengthOpts(begin, reader->size - (size_t)(begin - reader->text), &end, false);
    if (!*item)
        return fail(reader, end ? end : begin, "not valid JSON");
    reader->at = end;
    return true;
}

static bool is_numeric(enum option_type type)
{
    return type == OPTION_COUNT || type == OPTION_SECONDS || type == OPTION_BYTES;
}

/* The text that a flag would give. NULL when the JSON type is not the option's. */
static const char *value_text(const struct option *option, const cJSON *item, char number[32])
{
    bool text_allowed = !is_numeric(option->type) || option->type == OPTION_BYTES;
    if (cJSON_IsString(item) && text_allowed)
        return item->valuestring;
    bool whole =
        cJSON_IsNumber(item) && fabs(item->valuedouble) < 9e15 && floor(item->valuedouble) == item->valuedouble;
    if (!whole || !is_numeric(option->type))
        return NULL;
    snprintf(number, 32, "%.0f", item->valuedouble);
    return number;
}

static bool assign(struct reader *reader, const struct option *option, const cJSON *item, const char *where)
{
    char number[32];
    const char *text = value_text(option, item, number);
    if (text)
        return option_assign(reader->settings, option, SOURCE_FILE, text, where);
    char expected[128];
    option_describe(option, expected, sizeof expected);
    return settings_fail(reader->settings, "%s: must be %s", where, expected);
}

static bool assign_all(struct reader *reader, const struct option *option, const cJSON *item, const char *where)
{
    if (option->type != OPTION_LIST || !cJSON_IsArray(item))
        return assign(reader, option, item, where);
    const cJSON *element;
    cJSON_ArrayForEach(element, item)
    {
        if (!assign(reader, option, element, where))
            return false;
    }
    return true;
}

static bool read_option(struct reader *reader, const char *key_place, const char *key)
{
    char where[512];
    snprintf(where, sizeof where, "%s:%d: %.64s", reader->name, line_of(reader, key_place), key);
    const struct option *option = option_find(key, strlen(key));
    if (!option || option->use == OPTION_NOT_IN_FILE)
        return settings_fail(reader->settings, "%s: no such option", where);
    uint64_t bit = UINT64_C(1) << (option - options_table);
    if (reader->seen & bit)
        return settings_fail(reader->settings, "%s: given twice", where);
    reader->seen |= bit;
    cJSON *item;
    if (!expect(reader, ':', "expected ':' after the key") || !read_value(reader, &item))
        return false;
    bool good = assign_all(reader, option, item, where);
    cJSON_Delete(item);
    return good;
}

static bool read_member(struct reader *reader)
{
    if (peek(reader) != '"')
        return fail(reader, reader->at, "expected a key in double quotes");
    const char *place = reader->at;
    cJSON *key;
    if (!read_value(reader, &key))
        return false;
    bool good = read_option(reader, place, key->valuestring);
    cJSON_Delete(key);
    return good;
}

static bool read_members(struct reader *reader)
{
    if (memchr(reader->text, '\0', reader->size))
        return fail(reader, reader->text + strlen(reader->text), "a NUL byte is not JSON");
    if (!expect(reader, '{', "expected '{'"))
        return false;
    if (peek(reader) != '}') {
        do {
            if (!read_member(reader))
                return false;
        } while (peek(reader) == ',' && reader->at++);
    }
    if (!expect(reader, '}', "expected ',' or '}'"))
        return false;
    return !peek(reader) || fail(reader, reader->at, "something follows the closing '}'");
}

bool options_read_file(struct settings *settings)
{
    struct reader reader = {.settings = settings, .name = settings->options->config};
    FILE *stream = fopen(reader.name, "r");
    if (!stream)
        return settings_fail(settings, "%s: %s", reader.name, strerror(errno));
    reader.text = read_whole(stream, &reader.size);
    fclose(stream);
    if (!reader.text)
        return settings_fail(settings, "%s: cannot be read, or is larger than 1 MiB", reader.name);
    blank_comments(reader.text);
    reader.at = reader.text;
    bool good = read_members(&reader);
    free(reader.text);
    return good;
}
