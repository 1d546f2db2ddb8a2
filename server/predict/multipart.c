#include "predict/multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum senet_code fail(struct senet_error *error, const char *problem)
{
    return senet_error_set(error, SENET_INVALID_ARGUMENT, "multipart/form-data: %s", problem);
}

/* Undoes \" and \\ up to the closing quote. Other backslashes stay: old browsers send whole Windows paths. */
static char *unquote(char *at)
{
    char *write = at;
    for (; *at && *at != '"'; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        *write++ = *at;
    }
    if (!*at)
        return NULL;
    *write = '\0';
    return at + 1;
}

struct parameter {
    char *name, *value;
};

/* Takes the next `name=value` or `name="value"` off *at, in place. False at the end; *at is NULL if malformed. */
static bool next_parameter(char **at, struct parameter *parameter)
{
    char *c = *at + strspn(*at, " \t");
    if (!*c)
        return false;
    *at = NULL;
    parameter->name = c;
    c += strcspn(c, "=; \t\"");
    if (*c != '=' || c == parameter->name)
        return false;
    *c++ = '\0';
    char *end = NULL; /* of a value without quotes */
    if (*c == '"') {
        parameter->value = c + 1;
        c = unquote(c + 1);
        if (!c)
            return false;
    } else {
        parameter->value = c;
        c += strcspn(c, "; \t\"");
        end = c;
    }
    c += strspn(c, " \t");
    if (*c && *c != ';')
        return false;
    *at = *c ? c + 1 : c;
    if (end)
        *end = '\0';
    return true;
}

/* Where the parameters of a header's value begin. */
static char *parameters_of(char *value)
{
    char *semicolon = value + strcspn(value, ";");
    return *semicolon ? semicolon + 1 : semicolon;
}

static bool valid_boundary(const char *boundary)
{
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
    size_t length = strlen(boundary);
    return length > 0 && length <= BOUNDARY_MAX && strspn(boundary, allowed) == length && boundary[length - 1] != ' ';
}

static enum senet_code read_boundary(struct multipart *reader, const char *content_type, struct senet_error *error)
{
    char copy[512];
    if (strlen(content_type) >= sizeof copy)
        return fail(error, "the Content-Type is too long");
    memcpy(copy, content_type, strlen(content_type) + 1);
    char *at = parameters_of(copy);
    const char *boundary = NULL;
    struct parameter parameter;
    while (next_parameter(&at, &parameter)) {
        if (strcasecmp(parameter.name, "boundary") != 0)
            continue;
        if (boundary)
            return fail(error, "the Content-Type has two boundaries");
        boundary = parameter.value;
    }
    if (!at)
        return fail(error, "the Content-Type is malformed");
    if (!boundary)
        return fail(error, "the Content-Type has no boundary");
    if (!valid_boundary(boundary))
        return fail(error, "the boundary must be 1 to 70 of the characters that RFC 2046 allows");
    reader->delimiter_size = (size_t)snprintf(reader->delimiter, sizeof reader->delimiter, "\r\n--%s", boundary);
    return SENET_OK;
}

/* The first "\r\n--boundary" at or after `at`; NULL when there is none. */
static char *find_delimiter(const struct multipart *reader, char *at)
{
    while ((size_t)(reader->end - at) >= reader->delimiter_size) {
        char *found = memchr(at, '\r', (size_t)(reader->end - at) - reader->delimiter_size + 1);
        if (!found || !memcmp(found, reader->delimiter, reader->delimiter_size))
            return found;
        at = found + 1;
    }
    return NULL;
}

/* After a boundary: "--" ends everything, else a line end begins a part. */
static enum senet_code after_delimiter(struct multipart *reader, struct senet_error *error)
{
    char *at = reader->at;
    if (reader->end - at >= 2 && at[0] == '-' && at[1] == '-') {
        reader->done = true;
        return SENET_OK;
    }
    while (at < reader->end && (*at == ' ' || *at == '\t'))
        at++;
    if (reader->end - at < 2 || at[0] != '\r' || at[1] != '\n')
        return fail(error, "a boundary is not followed by a line end");
    reader->at = at + 2;
    return SENET_OK;
}

enum senet_code multipart_open(struct multipart *reader, const char *content_type, char *body, size_t size,
                               struct senet_error *error)
{
    *reader = (struct multipart){.at = body, .end = body + size};
    if (read_boundary(reader, content_type, error))
        return error->code;
    size_t opening = reader->delimiter_size - 2;
    if (size >= opening && !memcmp(body, reader->delimiter + 2, opening)) {
        reader->at = body + opening;
    } else {
        char *found = find_delimiter(reader, body); /* after a preamble */
        if (!found)
            return fail(error, "the boundary is nowhere in the body");
        reader->at = found + reader->delimiter_size;
    }
    return after_delimiter(reader, error);
}

static enum senet_code read_disposition(char *value, struct multipart_part *part, struct senet_error *error)
{
    size_t type = strcspn(value, "; \t");
    char *at = parameters_of(value);
    if (type != strlen("form-data") || strncasecmp(value, "form-data", type) != 0)
        return fail(error, "a part's Content-Disposition is not form-data");
    struct parameter parameter;
    while (next_parameter(&at, &parameter)) {
        if (!strcasecmp(parameter.name, "name"))
            part->name = parameter.value;
        else if (!strcasecmp(parameter.name, "filename"))
            part->filename = parameter.value;
    }
    return at ? SENET_OK : fail(error, "a part's Content-Disposition is malformed");
}

/* One header line, NUL-terminated. */
static enum senet_code read_header(char *line, struct multipart_part *part, struct senet_error *error)
{
    char *colon = strchr(line, ':');
    if (!colon || colon == line)
        return fail(error, "a part's header is malformed");
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    if (!strcasecmp(line, "Content-Disposition"))
        return read_disposition(value, part, error);
    if (!strcasecmp(line, "Content-Transfer-Encoding") && strcasecmp(value, "binary") != 0 &&
        strcasecmp(value, "8bit") != 0 && strcasecmp(value, "7bit") != 0)
        return fail(error, "a part has a Content-Transfer-Encoding, which RFC 7578 does not allow");
    return SENET_OK;
}

/* Up to and including the empty line. */
static enum senet_code read_headers(struct multipart *reader, char *limit, struct multipart_part *part,
                                    struct senet_error *error)
{
    for (;;) {
        char *line = reader->at, *end = line;
        while (end + 1 < limit && (end[0] != '\r' || end[1] != '\n'))
            end++;
        if (end + 1 >= limit)
            return fail(error, "a part's headers do not end");
        reader->at = end + 2;
        if (end == line)
            return SENET_OK;
        *end = '\0';
        if (strlen(line) != (size_t)(end - line))
            return fail(error, "a part's header holds a NUL");
        if (read_header(line, part, error))
            return error->code;
    }
}

enum senet_code multipart_next(struct multipart *reader, struct multipart_part *part, struct senet_error *error)
{
    *part = (struct multipart_part){0};
    if (reader->done)
        return SENET_OK;
    char *delimiter = find_delimiter(reader, reader->at);
    if (!delimiter)
        return fail(error, "the closing boundary is missing");
    if (read_headers(reader, delimiter, part, error))
        return error->code;
    if (!part->name)
        return fail(error, "a part has no name");
    part->bytes = reader->at;
    part->size = (size_t)(delimiter - reader->at);
    reader->at = delimiter + reader->delimiter_size;
    *delimiter = '\0';
    return after_delimiter(reader, error);
}
