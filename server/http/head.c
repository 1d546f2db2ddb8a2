#include "http/head.h"

#include <string.h>
#include <strings.h>

#include "http/target.h"

#define METHOD_MAX 32 /* bytes */
#define VERSION_SIZE (sizeof "HTTP/1.1" - 1)
#define LINE_MAX (METHOD_MAX + 1 + TARGET_MAX + 1 + VERSION_SIZE)

static const struct refusal bad_line = {400, "malformed_request", "the request line is malformed"},
                            bad_method = {400, "malformed_request", "the method is malformed"},
                            bad_target = {400, "malformed_request", "the request target is malformed"},
                            bad_version = {400, "malformed_request", "only HTTP/1.1 and HTTP/1.0 are spoken here"},
                            bad_header = {400, "malformed_request", "a header is malformed"},
                            no_host = {400, "malformed_request", "HTTP/1.1 needs a Host header"},
                            many_hosts = {400, "malformed_request", "Host is given more than once"},
                            bad_host = {400, "malformed_request", "the Host header is malformed"},
                            old_chunked = {400, "malformed_request", "HTTP/1.0 knows no Transfer-Encoding"},
                            long_target = {414, "target_too_long", "the path and query are longer than 8192 bytes"},
                            large_headers = {431, "headers_too_large",
                                             "the headers are more than 100, or larger than 32768 bytes"},
                            unknown_expectation = {417, "expectation_failed",
                                                   "the only known expectation is 100-continue"};
_Static_assert(TARGET_MAX == 8192 && HEADER_COUNT_MAX == 100 && HEADER_BYTES_MAX == 32768, "as the messages say");

void head_init(struct head *head)
{
    *head = (struct head){.framing.content_length = -1};
}

bool is_token_byte(char c)
{
    return c &&
           ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("!#$%&'*+-.^_`|~", c));
}

bool is_token(const char *text)
{
    const char *end = text;
    while (is_token_byte(*end))
        end++;
    return end > text && !*end;
}

/* What RFC 3986 excludes and browsers send all the same passes; what splits lines, logs or shells' arguments does not.
 */
static bool is_target(const char *text, const char *method)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '#')
            return false;
    if (!strcmp(text, "*"))
        return !strcmp(method, "OPTIONS");
    if (!strcmp(method, "CONNECT"))
        return length > 0 && *text != '/';
    return *text == '/' || target_is_absolute(text);
}

static bool is_version(const char *text)
{
    return strlen(text) == VERSION_SIZE && !memcmp(text, "HTTP/1.", VERSION_SIZE - 1) &&
           text[VERSION_SIZE - 1] >= '0' && text[VERSION_SIZE - 1] <= '9';
}

/* Cuts the word before the next space off *rest. False when there is no space. */
static bool next_word(char **rest, char **word)
{
    char *space = strchr(*rest, ' ');
    if (!space)
        return false;
    *space = '\0';
    *word = *rest;
    *rest = space + 1;
    return true;
}

static const struct refusal *request_line(struct head *head, char *line, size_t size, struct senet_buffer *text)
{
    char *method, *target, *version = line;
    if (strlen(line) != size || !next_word(&version, &method))
        return &bad_line;
    if (!is_token(method) || strlen(method) > METHOD_MAX)
        return &bad_method;
    if (!next_word(&version, &target))
        return strlen(version) > TARGET_MAX ? &long_target : &bad_line;
    if (strlen(target) > TARGET_MAX)
        return &long_target;
    if (!is_version(version))
        return &bad_version;
    if (!is_target(target, method))
        return &bad_target;
    head->old = !strcmp(version, "HTTP/1.0");
    head->line_read = true;
    senet_buffer_printf(text, "%s %s HTTP/1.%d\r\n", method, target, !head->old);
    head->line_size = text->size;
    return NULL;
}

/*
 * CR and NUL are dangerous (RFC 9110, 5.5), and LF has ended the line. Other control characters may stay: who reads a
 * header takes what it knows of it.
 */
static bool is_value(const char *text, size_t size)
{
    return !memchr(text, '\r', size) && !memchr(text, '\0', size);
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    char *end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    return text;
}

/* A host and perhaps a port: nothing that could be taken for more than that. */
static bool is_host(const char *value)
{
    return !value[strcspn(value, " \t,/?#@\\\"<>")];
}

/* What says how the body is framed and whether it is waited for is said anew at the end. */
static bool is_ours_to_say(const char *name)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Expect", BODY_LENGTH};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(name, names[i]))
            return true;
    return false;
}

static const struct refusal *look_at(struct head *head, const char *name, const char *value)
{
    framing_header(&head->framing, name, value);
    if (!strcasecmp(name, "Host")) {
        if (head->hosts++)
            return &many_hosts;
        if (!is_host(value))
            return &bad_host;
    }
    if (!strcasecmp(name, "Expect") && !head->old) { /* HTTP/1.0 knows none: it is ignored */
        if (strcasecmp(value, "100-continue") != 0)
            return &unknown_expectation;
        head->expects = true;
    }
    return NULL;
}

static void append_header(struct senet_buffer *text, const char *name, const char *value)
{
    senet_buffer_append(text, name, strlen(name));
    senet_buffer_append(text, ": ", 2);
    senet_buffer_append(text, value, strlen(value));
    senet_buffer_append(text, "\r\n", 2);
}

static const struct refusal *header_line(struct head *head, char *line, size_t size, struct senet_buffer *text)
{
    if (++head->header_count > HEADER_COUNT_MAX || size + 2 > HEADER_BYTES_MAX - head->header_bytes)
        return &large_headers;
    head->header_bytes += size + 2;
    char *colon = memchr(line, ':', size);
    if (!colon || !is_value(line, size))
        return &bad_header;
    *colon = '\0';
    if (!is_token(line))
        return &bad_header; /* a folded line is one of these: it begins with a space */
    const char *value = trim(colon + 1);
    const struct refusal *refusal = look_at(head, line, value);
    if (!refusal && !is_ours_to_say(line))
        append_header(text, line, value);
    return refusal;
}

static const struct refusal *end_of_head(struct head *head, struct senet_buffer *text)
{
    const struct framing *framing = &head->framing;
    const struct refusal *refusal = framing_problem(framing);
    if (refusal)
        return refusal;
    if (!head->hosts && !head->old)
        return &no_host;
    if (head->old && framing->transfer_encodings)
        return &old_chunked;
    bool body = framing->transfer_encodings || framing->content_length > 0;
    if (framing->content_length >= 0)
        senet_buffer_printf(text, BODY_LENGTH ": %lld\r\n", (long long)framing->content_length);
    if (body)
        append_header(text, "Transfer-Encoding", "chunked");
    if (body && head->expects)
        append_header(text, "Expect", "100-continue");
    senet_buffer_append(text, "\r\n", 2);
    head->done = true;
    return NULL;
}

const struct refusal *head_line(struct head *head, char *line, size_t size, struct senet_buffer *text)
{
    if (head->line_read)
        return size ? header_line(head, line, size, text) : end_of_head(head, text);
    if (size)
        return request_line(head, line, size, text);
    if (head->blank)
        return &bad_line;
    head->blank = true; /* RFC 9112, 2.2: some clients end a body with one too many */
    return NULL;
}

const struct refusal *head_partial(const struct head *head, const char *line, size_t size)
{
    if (head->line_read)
        return size > HEADER_BYTES_MAX - head->header_bytes ? &large_headers : NULL;
    /* Whoever speaks TLS to us should hear at once that it is in vain. */
    if (size && *line != '\r' && !is_token_byte(*line))
        return &bad_line;
    if (size <= LINE_MAX + 1 /* the CR */)
        return NULL;
    return memchr(line, ' ', METHOD_MAX + 1) ? &long_target : &bad_line;
}

bool head_is_chunked(const struct head *head)
{
    return head->framing.transfer_encodings > 0;
}
