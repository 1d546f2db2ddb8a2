/*
 * DESIGN
 * One answer of a large network holds some 15,000 gates, so numbers are printed here with integer arithmetic:
 * that is several times as fast as printf, and no locale can put a comma into them.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "senet.h"

#define FLOAT_DECIMALS 7
#define DECIMALS_MAX 9

static void put(struct senet_json *json, const char *text, size_t size)
{
    senet_buffer_append(json->buffer, text, size);
}

static void begin_value(struct senet_json *json)
{
    if (json->need_comma)
        put(json, ",", 1);
    json->need_comma = true;
}

static void open_scope(struct senet_json *json, const char *bracket)
{
    begin_value(json);
    put(json, bracket, 1);
    json->need_comma = false;
}

static void close_scope(struct senet_json *json, const char *bracket)
{
    put(json, bracket, 1);
    json->need_comma = true;
}

void senet_json_object_begin(struct senet_json *json)
{
    open_scope(json, "{");
}

void senet_json_object_end(struct senet_json *json)
{
    close_scope(json, "}");
}

void senet_json_array_begin(struct senet_json *json)
{
    open_scope(json, "[");
}

void senet_json_array_end(struct senet_json *json)
{
    close_scope(json, "]");
}

/*
 * The code point of a character that must not reach a terminal or a log raw, else 0: controls (C0, DEL, and C1 in
 * two bytes), and the line ends U+2028 and U+2029.
 */
static unsigned unprintable(const char *text, size_t length)
{
    const unsigned char *c = (const unsigned char *)text;
    if (length == 1 && (c[0] < 0x20 || c[0] == 0x7f))
        return c[0];
    if (length == 2 && c[0] == 0xc2 && c[1] < 0xa0)
        return c[1];
    if (length == 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
        return 0x2000U + (c[2] - 0x80U);
    return 0;
}

/* What is to be written for a character, or NULL if it may stand as it is. */
static const char *escape_of(const char *text, size_t length, char room[7])
{
    static const struct {
        char character;
        const char *escape;
    } short_forms[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}};
    if (length == 0)
        return UTF8_REPLACEMENT;
    for (size_t i = 0; length == 1 && i < sizeof short_forms / sizeof short_forms[0]; i++)
        if (*text == short_forms[i].character)
            return short_forms[i].escape;
    unsigned code = unprintable(text, length);
    if (!code)
        return NULL;
    snprintf(room, 7, "\\u%04x", code);
    return room;
}

static void put_quoted(struct senet_json *json, const char *text)
{
    const char *plain = text; /* what need not be changed goes out in one piece */
    char room[7];
    put(json, "\"", 1);
    while (*text) {
        size_t length = utf8_length(text);
        const char *instead = escape_of(text, length, room);
        if (instead) {
            put(json, plain, (size_t)(text - plain));
            put(json, instead, strlen(instead));
        }
        text += length ? length : 1;
        if (instead)
            plain = text;
    }
    put(json, plain, (size_t)(text - plain));
    put(json, "\"", 1);
}

void senet_json_key(struct senet_json *json, const char *key)
{
    begin_value(json);
    put_quoted(json, key);
    put(json, ":", 1);
    json->need_comma = false;
}

void senet_json_string(struct senet_json *json, const char *text)
{
    begin_value(json);
    if (text)
        put_quoted(json, text);
    else
        put(json, "null", 4);
}

void senet_json_bool(struct senet_json *json, bool truth)
{
    begin_value(json);
    put(json, truth ? "true" : "false", truth ? 4 : 5);
}

/* Writes `number` right-aligned before `end`, at least `digits` of it; returns its first character. */
static char *digits_before(char *end, uint64_t number, int digits)
{
    while (number > 0 || digits > 0) {
        *--end = (char)('0' + number % 10);
        number /= 10;
        digits--;
    }
    return end;
}

void senet_json_int(struct senet_json *json, int64_t number)
{
    char text[24], *end = text + sizeof text;
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *start = digits_before(end, magnitude, 1);
    if (number < 0)
        *--start = '-';
    begin_value(json);
    put(json, start, (size_t)(end - start));
}

void senet_json_double(struct senet_json *json, double number, int decimals)
{
    static const double powers[DECIMALS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    char text[40], *end = text + sizeof text;
    int places = decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
    double scaled = fabs(number) * powers[places];
    begin_value(json);
    if (!isfinite(number)) {
        put(json, "null", 4);
        return;
    }
    if (!(scaled < 1e18)) { /* too large for a fraction to matter; "%.0f" prints none */
        senet_buffer_printf(json->buffer, "%.0f", number);
        return;
    }
    uint64_t units = (uint64_t)(scaled + 0.5);
    bool negative = number < 0 && units > 0;
    while (places > 0 && units % 10 == 0) {
        units /= 10;
        places--;
    }
    uint64_t scale = (uint64_t)powers[places];
    char *start = end;
    if (places > 0) {
        start = digits_before(start, units % scale, places);
        *--start = '.';
    }
    start = digits_before(start, units / scale, 1);
    if (negative)
        *--start = '-';
    put(json, start, (size_t)(end - start));
}

void senet_json_float(struct senet_json *json, float number)
{
    senet_json_double(json, (double)number, FLOAT_DECIMALS);
}
