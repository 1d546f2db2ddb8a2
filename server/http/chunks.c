#include "http/chunks.h"

#include "http/head.h"

#define SIZE_LIMIT (UINT64_C(1) << 59) /* one more digit fits; far above any body that is served */

static const struct refusal malformed = {400, "malformed_request", "the chunked body is malformed"},
                            large_extras = {400, "malformed_request",
                                            "the chunk extensions or trailers are larger than 32768 bytes"};
_Static_assert(CHUNK_EXTRAS_MAX == 32768, "as the message says");

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_text_byte(char c)
{
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

/* Each function below takes one byte in its state. False when it may not stand there. */

static bool take_size_first(struct chunks *chunks, char c)
{
    int digit = hex_digit(c);
    chunks->left = digit < 0 ? 0 : (uint64_t)digit;
    chunks->state = CHUNKS_SIZE;
    return digit >= 0;
}

static bool take_size(struct chunks *chunks, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        chunks->left = chunks->left * 16 + (uint64_t)digit;
        return chunks->left < SIZE_LIMIT;
    }
    chunks->state = c == ';' ? CHUNKS_EXTENSION : CHUNKS_SIZE_LF;
    return c == ';' || c == '\r';
}

static bool take_extension(struct chunks *chunks, char c)
{
    chunks->extras++;
    if (c == '\r')
        chunks->state = CHUNKS_SIZE_LF;
    return c == '\r' || is_text_byte(c);
}

static bool take_size_lf(struct chunks *chunks, char c)
{
    chunks->state = chunks->left ? CHUNKS_DATA : CHUNKS_TRAILER_FIRST;
    return c == '\n';
}

static bool take_data_cr(struct chunks *chunks, char c)
{
    chunks->state = CHUNKS_DATA_LF;
    return c == '\r';
}

static bool take_data_lf(struct chunks *chunks, char c)
{
    chunks->state = CHUNKS_SIZE_FIRST;
    return c == '\n';
}

static bool take_trailer_first(struct chunks *chunks, char c)
{
    chunks->extras++;
    chunks->state = c == '\r' ? CHUNKS_LAST_LF : CHUNKS_TRAILER_NAME;
    return c == '\r' || is_token_byte(c);
}

static bool take_trailer_name(struct chunks *chunks, char c)
{
    chunks->extras++;
    if (c == ':')
        chunks->state = CHUNKS_TRAILER_VALUE;
    return c == ':' || is_token_byte(c);
}

static bool take_trailer_value(struct chunks *chunks, char c)
{
    chunks->extras++;
    if (c == '\r')
        chunks->state = CHUNKS_TRAILER_LF;
    return c == '\r' || is_text_byte(c);
}

static bool take_trailer_lf(struct chunks *chunks, char c)
{
    chunks->state = CHUNKS_TRAILER_FIRST;
    return c == '\n';
}

static bool take_last_lf(struct chunks *chunks, char c)
{
    chunks->state = CHUNKS_DONE;
    return c == '\n';
}

static bool (*const take_byte[CHUNKS_STATE_COUNT])(struct chunks *chunks, char c) = {
    [CHUNKS_SIZE_FIRST] = take_size_first,
    [CHUNKS_SIZE] = take_size,
    [CHUNKS_EXTENSION] = take_extension,
    [CHUNKS_SIZE_LF] = take_size_lf,
    [CHUNKS_DATA_CR] = take_data_cr,
    [CHUNKS_DATA_LF] = take_data_lf,
    [CHUNKS_TRAILER_FIRST] = take_trailer_first,
    [CHUNKS_TRAILER_NAME] = take_trailer_name,
    [CHUNKS_TRAILER_VALUE] = take_trailer_value,
    [CHUNKS_TRAILER_LF] = take_trailer_lf,
    [CHUNKS_LAST_LF] = take_last_lf,
};

static void take_data(struct chunks *chunks, size_t size, size_t *data_size)
{
    *data_size = chunks->left < size ? (size_t)chunks->left : size;
    chunks->left -= *data_size;
    if (!chunks->left)
        chunks->state = CHUNKS_DATA_CR;
}

size_t chunks_take(struct chunks *chunks, const char *bytes, size_t size, const char **data, size_t *data_size,
                   const struct refusal **refusal)
{
    size_t taken = 0;
    *data_size = 0;
    while (taken < size && chunks->state != CHUNKS_DONE) {
        if (chunks->state == CHUNKS_DATA) {
            *data = bytes + taken;
            take_data(chunks, size - taken, data_size);
            return taken + *data_size;
        }
        if (!take_byte[chunks->state](chunks, bytes[taken]))
            *refusal = &malformed;
        else if (chunks->extras > CHUNK_EXTRAS_MAX)
            *refusal = &large_extras;
        if (*refusal)
            return taken;
        taken++;
    }
    return taken;
}
