#include "http/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define WORTH_IT 1400 /* bytes: what is smaller leaves in one packet anyway */
#define LEVEL 1       /* docs/performance.md: nine tenths of what the default saves, for half its time */
#define GZIP_WINDOW (MAX_WBITS + 16)
#define SURE 1001 /* the weight of what is named without one */

/* "0", "1", or up to three decimals of these: RFC 9110, 12.4.2. -1 when it is no weight. */
static int parse_weight(const char *text, size_t size)
{
    if (!size || (*text != '0' && *text != '1') || size > 5 || (size > 1 && text[1] != '.'))
        return -1;
    int weight = *text == '1' ? 1000 : 0, unit = 100;
    for (size_t i = 2; i < size; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        weight += (text[i] - '0') * unit;
    }
    return weight <= 1000 ? weight : -1;
}

static size_t spaces(const char *text)
{
    return strspn(text, " \t");
}

/* After a coding: nothing, or ";q=" and a weight. 0 when it is anything else, the weight plus one otherwise. */
static int read_weight(const char *text, size_t size)
{
    size_t at = spaces(text);
    if (at >= size)
        return SURE;
    if (text[at++] != ';')
        return 0;
    at += spaces(text + at);
    if (at + 2 > size || strncasecmp(text + at, "q=", 2) != 0)
        return 0;
    at += 2;
    while (size > at && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    return parse_weight(text + at, size - at) + 1;
}

void encodings_read(struct encodings *encodings, const char *value)
{
    const struct {
        const char *name;
        int *weight;
    } known[] = {
        {"gzip", &encodings->gzip},
        {"x-gzip", &encodings->gzip},
        {"identity", &encodings->identity},
        {"*", &encodings->any},
    };
    while (*value) {
        value += spaces(value);
        size_t size = strcspn(value, ","), name = strcspn(value, "; \t,");
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strlen(known[i].name) == name && !strncasecmp(value, known[i].name, name))
                *known[i].weight = read_weight(value + name, size - name);
        value += size;
        value += *value == ',';
    }
}

bool encodings_want_gzip(const struct encodings *encodings)
{
    int weight = encodings->gzip ? encodings->gzip : encodings->any;
    return weight > 1 && weight >= encodings->identity;
}

static bool compress_body(const struct senet_buffer *body, struct senet_buffer *compressed)
{
    z_stream stream = {0};
    if (body->size > UINT32_MAX / 2 || deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY))
        return false;
    size_t room = deflateBound(&stream, body->size);
    compressed->data = malloc(room);
    compressed->capacity = room;
    stream.next_in = (Bytef *)body->data;
    stream.avail_in = (uInt)body->size;
    stream.next_out = (Bytef *)compressed->data;
    stream.avail_out = (uInt)room;
    bool good = compressed->data && deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < body->size;
    compressed->size = stream.total_out;
    deflateEnd(&stream);
    return good;
}

void gzip_reply(struct reply *reply, const struct encodings *encodings)
{
    struct senet_buffer compressed = {0};
    if (reply->body.failed || reply->body.size < WORTH_IT || reply->encoded)
        return;
    reply->varies = true;
    if (!encodings_want_gzip(encodings))
        return;
    if (!compress_body(&reply->body, &compressed)) {
        senet_buffer_release(&compressed);
        return;
    }
    senet_buffer_release(&reply->body);
    reply->body = compressed;
    reply->encoded = true;
}
