#include "http/inlet.h"

#include <stdio.h>
#include <string.h>

#define KEPT 4096 /* bytes that a buffer may keep while it is empty: most connections are idle */

static const char chunk_head[] = "00000000\r\n"; /* the size is filled in when it is known */
#define CHUNK_HEAD_SIZE (sizeof chunk_head - 1)

void inlet_init(struct inlet *inlet)
{
    *inlet = (struct inlet){0};
    head_init(&inlet->head);
}

void inlet_release(struct inlet *inlet)
{
    senet_buffer_release(&inlet->line);
    senet_buffer_release(&inlet->held);
    senet_buffer_release(&inlet->out);
}

static void empty(struct senet_buffer *buffer)
{
    buffer->size = 0;
    if (buffer->capacity <= KEPT)
        return;
    senet_buffer_release(buffer);
    *buffer = (struct senet_buffer){0};
}

static void end_body(struct inlet *inlet)
{
    static const char last[] = "0\r\n\r\n";
    senet_buffer_append(&inlet->out, last, sizeof last - 1);
}

/* The request line, if there was a sound one, so that the log tells what was refused and HEAD gets no body. */
static void hand_on_refused_head(struct inlet *inlet)
{
    static const char unknown[] = "- * HTTP/1.1\r\n", rest[] = "Host: -\r\n\r\n";
    if (inlet->head.line_read)
        senet_buffer_append(&inlet->out, inlet->held.data, inlet->head.line_size);
    else
        senet_buffer_append(&inlet->out, unknown, sizeof unknown - 1);
    senet_buffer_append(&inlet->out, rest, sizeof rest - 1);
    inlet->heads++;
}

void inlet_refuse(struct inlet *inlet, const struct refusal *refusal)
{
    if (inlet->state == INLET_ENDED || inlet_failed(inlet))
        return;
    inlet->refusal = refusal;
    if (inlet->state == INLET_HEAD)
        hand_on_refused_head(inlet);
    else
        end_body(inlet);
    inlet->state = INLET_ENDED;
    empty(&inlet->line);
    empty(&inlet->held);
}

static void begin_chunk(struct inlet *inlet)
{
    inlet->chunk = inlet->out.size;
    senet_buffer_append(&inlet->out, chunk_head, CHUNK_HEAD_SIZE);
}

static void end_chunk(struct inlet *inlet)
{
    struct senet_buffer *out = &inlet->out;
    if (out->failed)
        return;
    size_t size = out->size - inlet->chunk - CHUNK_HEAD_SIZE;
    if (size == 0) {
        out->size = inlet->chunk;
        return;
    }
    char digits[CHUNK_HEAD_SIZE + 1];
    snprintf(digits, sizeof digits, "%08x\r\n", (unsigned)size); /* what one call feeds is far below 4 GiB */
    memcpy(out->data + inlet->chunk, digits, CHUNK_HEAD_SIZE);
    senet_buffer_append(out, "\r\n", 2);
}

static size_t feed_sized(struct inlet *inlet, const char *bytes, size_t size)
{
    size_t part = inlet->left < size ? (size_t)inlet->left : size;
    begin_chunk(inlet);
    senet_buffer_append(&inlet->out, bytes, part);
    end_chunk(inlet);
    inlet->left -= part;
    if (!inlet->left) {
        end_body(inlet);
        inlet->state = INLET_HEAD;
    }
    return part;
}

/* However small the client's chunks are, ours is one. */
static size_t feed_chunked(struct inlet *inlet, const char *bytes, size_t size)
{
    size_t taken = 0;
    const struct refusal *refusal = NULL;
    begin_chunk(inlet);
    while (taken < size && !refusal && inlet->chunks.state != CHUNKS_DONE) {
        const char *data;
        size_t data_size;
        taken += chunks_take(&inlet->chunks, bytes + taken, size - taken, &data, &data_size, &refusal);
        if (data_size)
            senet_buffer_append(&inlet->out, data, data_size);
    }
    end_chunk(inlet);
    if (refusal)
        inlet_refuse(inlet, refusal);
    if (inlet->chunks.state == CHUNKS_DONE) {
        end_body(inlet);
        inlet->state = INLET_HEAD;
    }
    return taken;
}

static void hand_on_head(struct inlet *inlet)
{
    const struct head *head = &inlet->head;
    senet_buffer_append(&inlet->out, inlet->held.data, inlet->held.size);
    inlet->heads++;
    inlet->left = 0;
    inlet->chunks = (struct chunks){0};
    if (head_is_chunked(head))
        inlet->state = INLET_CHUNKED;
    else if (head->framing.content_length > 0) {
        inlet->state = INLET_SIZED;
        inlet->left = (uint64_t)head->framing.content_length;
    }
    head_init(&inlet->head);
    empty(&inlet->held);
}

/* `line` holds one line with its LF. */
static const struct refusal *end_line(struct inlet *inlet)
{
    static const struct refusal bare = {400, "malformed_request", "a line ends without CR LF"};
    struct senet_buffer *line = &inlet->line;
    if (line->size < 2 || line->data[line->size - 2] != '\r')
        return &bare;
    line->size -= 2;
    line->data[line->size] = '\0';
    const struct refusal *refusal = head_line(&inlet->head, line->data, line->size, &inlet->held);
    empty(line);
    return refusal;
}

bool inlet_failed(const struct inlet *inlet)
{
    return inlet->line.failed || inlet->held.failed || inlet->out.failed;
}

static size_t feed_head(struct inlet *inlet, const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    size_t part = end ? (size_t)(end - bytes) + 1 : size;
    senet_buffer_append(&inlet->line, bytes, part);
    if (inlet_failed(inlet))
        return size;
    const struct refusal *refusal =
        end ? end_line(inlet) : head_partial(&inlet->head, inlet->line.data, inlet->line.size);
    if (refusal)
        inlet_refuse(inlet, refusal);
    else if (inlet->head.done)
        hand_on_head(inlet);
    return part;
}

void inlet_feed(struct inlet *inlet, const char *bytes, size_t size)
{
    static size_t (*const feed[])(struct inlet *, const char *, size_t) = {
        [INLET_HEAD] = feed_head, [INLET_SIZED] = feed_sized, [INLET_CHUNKED] = feed_chunked};
    while (size && inlet->state != INLET_ENDED && !inlet_failed(inlet)) {
        size_t part = feed[inlet->state](inlet, bytes, size);
        bytes += part;
        size -= part;
    }
}

size_t inlet_take(struct inlet *inlet, char *bytes, size_t size)
{
    size_t left = inlet->out.size - inlet->taken;
    if (left < size)
        size = left;
    if (size)
        memcpy(bytes, inlet->out.data + inlet->taken, size);
    inlet->taken += size;
    if (size == left && left) {
        inlet->taken = 0;
        empty(&inlet->out);
    }
    return size;
}

bool inlet_in_head(const struct inlet *inlet)
{
    return inlet->state == INLET_HEAD && (inlet->line.size || inlet->head.line_read || inlet->head.blank);
}

bool inlet_in_body(const struct inlet *inlet, uint64_t number)
{
    return number == inlet->heads && (inlet->state == INLET_SIZED || inlet->state == INLET_CHUNKED);
}

bool inlet_in_request(const struct inlet *inlet)
{
    return inlet_in_body(inlet, inlet->heads) || inlet_in_head(inlet);
}
