#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "senet.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6u
#define ALIGNMENT 64u
/* NumPy refuses headers over 10,000 bytes too; eight dimensions need about 250. */
#define LONGEST_HEADER 10000u

/* The header's text, not NUL-terminated: everything stops at `end`. */
struct cursor {
    const char *at, *end;
};

struct header {
    struct senet_shape shape;
    size_t element_size; /* 4 or 8 */
    bool fortran_order;
};

static enum senet_code malformed(struct senet_error *error, const char *what)
{
    senet_error_set(error, SENET_INVALID_ARGUMENT, "not a usable .npy file: %s", what);
    return SENET_INVALID_ARGUMENT;
}

static void skip_spaces(struct cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\n'))
        cursor->at++;
}

static bool take(struct cursor *cursor, const char *token)
{
    skip_spaces(cursor);
    size_t length = strlen(token);
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, token, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* Both of Python's quotes; no escapes, which none of the three keys nor a type we read would need. */
static bool take_string(struct cursor *cursor, char text[32])
{
    skip_spaces(cursor);
    if (cursor->at == cursor->end || (*cursor->at != '\'' && *cursor->at != '"'))
        return false;
    char quote = *cursor->at++;
    const char *close = memchr(cursor->at, quote, (size_t)(cursor->end - cursor->at));
    size_t length = close ? (size_t)(close - cursor->at) : SIZE_MAX;
    if (length > 31)
        return false;
    memcpy(text, cursor->at, length);
    text[length] = '\0';
    cursor->at = close + 1;
    return true;
}

static bool take_dimension(struct cursor *cursor, int64_t *dimension)
{
    skip_spaces(cursor);
    const char *first = cursor->at;
    *dimension = 0;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++)
        if (__builtin_mul_overflow(*dimension, 10, dimension) ||
            __builtin_add_overflow(*dimension, *cursor->at - '0', dimension))
            return false;
    return cursor->at > first;
}

static enum senet_code parse_descr(struct cursor *cursor, struct header *header, struct senet_error *error)
{
    char type[32];
    if (!take_string(cursor, type))
        return malformed(error, "its 'descr' is not one plain type");
    if (!strcmp(type, "<f4"))
        header->element_size = 4;
    else if (!strcmp(type, "<f8"))
        header->element_size = 8;
    else
        return senet_error_set(error, SENET_INVALID_ARGUMENT,
                               "not a usable .npy file: its numbers are '%s'; '<f4' and '<f8' can be read", type);
    return SENET_OK;
}

static enum senet_code parse_order(struct cursor *cursor, struct header *header, struct senet_error *error)
{
    header->fortran_order = take(cursor, "True");
    if (!header->fortran_order && !take(cursor, "False"))
        return malformed(error, "its 'fortran_order' is neither True nor False");
    return SENET_OK;
}

static enum senet_code parse_shape(struct cursor *cursor, struct header *header, struct senet_error *error)
{
    struct senet_shape *shape = &header->shape;
    if (!take(cursor, "("))
        return malformed(error, "its 'shape' is not a tuple");
    for (bool comma = true; !take(cursor, ")"); comma = take(cursor, ",")) {
        if (!comma || (shape->rank < SENET_MAX_RANK && !take_dimension(cursor, &shape->dim[shape->rank])))
            return malformed(error, "its 'shape' is not a tuple of whole numbers");
        if (shape->rank++ >= SENET_MAX_RANK)
            return malformed(error, "its 'shape' has more than 8 dimensions");
    }
    return SENET_OK;
}

static const struct {
    const char *name;
    enum senet_code (*parse)(struct cursor *cursor, struct header *header, struct senet_error *error);
} keys[] = {{"descr", parse_descr}, {"fortran_order", parse_order}, {"shape", parse_shape}};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static enum senet_code parse_member(struct cursor *cursor, struct header *header, bool seen[KEY_COUNT],
                                    struct senet_error *error)
{
    char name[32];
    if (!take_string(cursor, name) || !take(cursor, ":"))
        return malformed(error, "its header is not a dictionary");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (seen[i])
            return malformed(error, "its header has a key twice");
        seen[i] = true;
        return keys[i].parse(cursor, header, error);
    }
    return malformed(error, "its header has an unknown key");
}

static enum senet_code parse_header(struct cursor cursor, struct header *header, struct senet_error *error)
{
    bool seen[KEY_COUNT] = {false};
    if (!take(&cursor, "{"))
        return malformed(error, "its header is not a dictionary");
    for (bool comma = true; !take(&cursor, "}"); comma = take(&cursor, ",")) {
        if (!comma)
            return malformed(error, "its header is not a dictionary");
        enum senet_code code = parse_member(&cursor, header, seen, error);
        if (code != SENET_OK)
            return code;
    }
    skip_spaces(&cursor);
    if (cursor.at != cursor.end)
        return malformed(error, "its header goes on after the dictionary");
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (!seen[i])
            return senet_error_set(error, SENET_INVALID_ARGUMENT, "not a usable .npy file: its header lacks '%s'",
                                   keys[i].name);
    return SENET_OK;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

/* Finds the header's text and, behind it, the numbers. */
static enum senet_code find_header(const unsigned char *bytes, size_t size, struct cursor *header,
                                   struct senet_error *error)
{
    if (size < MAGIC_SIZE + 2 || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
        return malformed(error, "it does not begin with \\x93NUMPY");
    unsigned major = bytes[MAGIC_SIZE];
    if (major < 1 || major > 3 || bytes[MAGIC_SIZE + 1] != 0)
        return malformed(error, "its version is not 1.0, 2.0 or 3.0");
    size_t length_size = major == 1 ? 2 : 4, begin = MAGIC_SIZE + 2 + length_size;
    if (size < begin)
        return malformed(error, "it ends in its header");
    uint64_t length = little_endian(bytes + MAGIC_SIZE + 2, length_size);
    if (length > LONGEST_HEADER)
        return malformed(error, "its header is longer than 10,000 bytes");
    if (length > size - begin)
        return malformed(error, "it ends in its header");
    header->at = (const char *)bytes + begin;
    header->end = header->at + length;
    return SENET_OK;
}

/* Writes the number of elements once it fills the `available` bytes exactly. */
static enum senet_code count_elements(const struct header *header, size_t available, size_t *count,
                                      struct senet_error *error)
{
    size_t elements = 1, bytes = 0;
    bool fits = true;
    for (int axis = 0; axis < header->shape.rank; axis++) {
        if (header->shape.dim[axis] == 0)
            return malformed(error, "its shape has a dimension of 0");
        fits = fits && !__builtin_mul_overflow(elements, header->shape.dim[axis], &elements);
    }
    fits = fits && !__builtin_mul_overflow(elements, header->element_size, &bytes);
    if (!fits || bytes > available)
        return malformed(error, "it ends before its shape is filled");
    if (bytes < available)
        return malformed(error, "it goes on after its shape is filled");
    if (header->fortran_order && header->shape.rank > 1)
        return malformed(error, "it is in Fortran order; numpy.ascontiguousarray turns it");
    *count = elements;
    return SENET_OK;
}

static float read_float(const unsigned char *bytes, size_t size)
{
    uint64_t bits = little_endian(bytes, size);
    if (size == sizeof(double)) {
        double number;
        memcpy(&number, &bits, sizeof number);
        return (float)number;
    }
    uint32_t low = (uint32_t)bits;
    float number;
    memcpy(&number, &low, sizeof number);
    return number;
}

enum senet_code senet_npy_parse(const void *bytes, size_t size, struct senet_npy *npy, struct senet_error *error)
{
    struct cursor text;
    struct header header = {0};
    enum senet_code code = find_header(bytes, size, &text, error);
    if (code == SENET_OK)
        code = parse_header(text, &header, error);
    if (code != SENET_OK)
        return code;
    const unsigned char *numbers = (const unsigned char *)text.end;
    size_t count;
    code = count_elements(&header, size - (size_t)(numbers - (const unsigned char *)bytes), &count, error);
    if (code != SENET_OK)
        return code;
    float *data = calloc(count, sizeof *data);
    if (!data)
        return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        data[i] = read_float(numbers + i * header.element_size, header.element_size);
    *npy = (struct senet_npy){.shape = header.shape, .data = data};
    return SENET_OK;
}

void senet_npy_release(struct senet_npy *npy)
{
    free(npy->data);
    *npy = (struct senet_npy){0};
}

/* Sizes are the library's own, so nothing here overflows. */
void senet_npy_append(struct senet_buffer *buffer, const struct senet_shape *shape, const float *data)
{
    size_t begin = buffer->size;
    senet_buffer_append(buffer, MAGIC "\x01\x00??", MAGIC_SIZE + 4);
    senet_buffer_printf(buffer, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int axis = 0; axis < shape->rank; axis++)
        senet_buffer_printf(buffer, "%s%" PRId64, axis ? ", " : "", shape->dim[axis]);
    senet_buffer_printf(buffer, "%s), }", shape->rank == 1 ? "," : "");
    size_t used = buffer->size - begin + 1;
    size_t whole = (used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    senet_buffer_printf(buffer, "%*s\n", (int)(whole - used), "");
    if (buffer->failed)
        return;
    size_t length = whole - (MAGIC_SIZE + 4);
    buffer->data[begin + MAGIC_SIZE + 2] = (char)(length & 0xff);
    buffer->data[begin + MAGIC_SIZE + 3] = (char)(length >> 8);
    for (int64_t i = 0; i < senet_shape_elements(shape); i++) {
        uint32_t bits;
        memcpy(&bits, &data[i], sizeof bits);
        const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                        (unsigned char)(bits >> 24)};
        senet_buffer_append(buffer, bytes, sizeof bytes);
    }
}
