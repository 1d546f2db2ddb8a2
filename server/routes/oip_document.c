#include "routes/oip_document.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "predict/json_body.h"

#define DEPTH_MAX 32 /* of nested arrays; shapes have at most SENET_MAX_RANK dimensions */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* From a '[', the length of an array of what numbers, true and false are written with; 0 when it is none. */
static size_t numbers_length(const char *text, size_t size)
{
    bool any = false;
    size_t depth = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '[')
            depth++;
        else if (c == ']' && --depth == 0)
            return any ? i + 1 : 0;
        else if (c && strchr("0123456789+-.eEtrufals", c))
            any = true;
        else if (c != ',' && c != ']' && !is_space(c))
            return 0;
    }
    return 0;
}

/* From a '"', the index of the one that ends the string, or `size`. */
static size_t string_end(const char *text, size_t size, size_t at)
{
    for (at++; at < size && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < size ? at : size;
}

static enum senet_code cut(struct oip_document *document, const char *text, char *copy, size_t length,
                           struct senet_error *error)
{
    if (document->numbers_count == OIP_NUMBERS_MAX)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "more than %d tensors in one request", OIP_NUMBERS_MAX);
    document->numbers[document->numbers_count++] = (struct oip_numbers){text, length};
    memset(copy + 1, ' ', length - 2);
    copy[1] = '0';
    return SENET_OK;
}

/* Every array of numbers that follows "data" and a colon. */
static enum senet_code cut_all(struct oip_document *document, const char *text, char *copy, size_t size,
                               struct senet_error *error)
{
    enum { ELSEWHERE, KEY, COLON } where = ELSEWHERE;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (is_space(c))
            continue;
        if (c == '"') {
            size_t end = string_end(text, size, i);
            where = end - i == 5 && !memcmp(text + i + 1, "data", 4) ? KEY : ELSEWHERE;
            i = end;
            continue;
        }
        size_t length = where == COLON && c == '[' ? numbers_length(text + i, size - i) : 0;
        where = where == KEY && c == ':' ? COLON : ELSEWHERE;
        if (!length)
            continue;
        if (cut(document, text + i, copy + i, length, error))
            return error->code;
        i += length - 1;
    }
    return SENET_OK;
}

enum senet_code oip_document_read(struct oip_document *document, const char *text, size_t size,
                                  struct senet_error *error)
{
    *document = (struct oip_document){0};
    char *copy = malloc(size + 1);
    if (!copy)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "no memory for the request");
    memcpy(copy, text, size);
    enum senet_code code = cut_all(document, text, copy, size, error);
    if (!code)
        code = json_body_parse(copy, size, &document->tree, error);
    free(copy);
    return code;
}

void oip_document_release(struct oip_document *document)
{
    cJSON_Delete(document->tree);
    document->tree = NULL;
}

const struct oip_numbers *oip_document_numbers(struct oip_document *document, const cJSON *data)
{
    if (!cJSON_IsArray(data) || !cJSON_IsNumber(data->child) || data->child->next ||
        document->numbers_used == document->numbers_count)
        return NULL;
    return &document->numbers[document->numbers_used++];
}

bool oip_document_all_used(const struct oip_document *document)
{
    return document->numbers_used == document->numbers_count;
}

static size_t skip_digits(const char *text, size_t at)
{
    while (text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* The length of a number as JSON writes them; 0 when it is none. Something else follows it: the bracket at the end. */
static size_t number_length(const char *text)
{
    size_t at = text[0] == '-', begin = at;
    at = skip_digits(text, at);
    if (at == begin || (text[begin] == '0' && at > begin + 1))
        return 0;
    if (text[at] == '.') {
        begin = ++at;
        at = skip_digits(text, at);
        if (at == begin)
            return 0;
    }
    if (text[at] == 'e' || text[at] == 'E') {
        at++;
        at += text[at] == '+' || text[at] == '-';
        begin = at;
        at = skip_digits(text, at);
        if (at == begin)
            return 0;
    }
    return at;
}

/* The length of a number, true or false at `text`, of which `left` bytes remain; 0 when it is none. */
static size_t read_value(const char *text, size_t left, double *number)
{
    if (left > 4 && !memcmp(text, "true", 4)) {
        *number = 1;
        return 4;
    }
    if (left > 5 && !memcmp(text, "false", 5)) {
        *number = 0;
        return 5;
    }
    size_t length = number_length(text);
    if (length)
        *number = strtod(text, NULL);
    return length;
}

struct reader {
    const char *text;
    size_t length, at, depth, count;
    bool wants_value; /* a bracket was opened, or a comma came */
};

/* The next number into *number. False at the end, and, with `broken` set, where the array is none of numbers. */
static bool next_number(struct reader *reader, double *number, bool *broken)
{
    for (; reader->at < reader->length; reader->at++) {
        char c = reader->text[reader->at];
        if (is_space(c))
            continue;
        if (reader->wants_value && c == '[') {
            if (++reader->depth > DEPTH_MAX)
                break;
        } else if (reader->wants_value) {
            size_t length = read_value(reader->text + reader->at, reader->length - reader->at, number);
            reader->wants_value = false;
            reader->at += length;
            reader->count += length > 0;
            *broken = length == 0;
            return length > 0;
        } else if (c == ',' && reader->depth > 0) {
            reader->wants_value = true;
        } else if (c != ']' || reader->depth-- == 0) {
            break;
        }
    }
    *broken = reader->at < reader->length || reader->depth > 0;
    return false;
}

enum senet_code oip_numbers_read(const struct oip_numbers *numbers, const struct oip_datatype *datatype, size_t count,
                                 const char *what, float *values, struct senet_error *error)
{
    struct reader reader = {.text = numbers->text, .length = numbers->length, .wants_value = true};
    double number;
    bool broken = false;
    while (next_number(&reader, &number, &broken)) {
        if (reader.count > count)
            break;
        if (!isfinite(number) || !oip_datatype_convert(datatype, number, &values[reader.count - 1]))
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': element %zu does not fit %s", what,
                                   reader.count - 1, strcmp(datatype->name, "FP64") ? datatype->name : "FP32");
    }
    if (broken)
        return senet_error_set(error, SENET_INVALID_ARGUMENT, "'%.64s': 'data' is malformed at its byte %zu", what,
                               reader.at);
    if (reader.count != count)
        return senet_error_set(
            error, SENET_INVALID_ARGUMENT, "'%.64s': 'data' holds %s%zu numbers, its shape is of %zu", what,
            reader.count > count ? "more than " : "", reader.count > count ? count : reader.count, count);
    return SENET_OK;
}
