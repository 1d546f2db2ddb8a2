#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "senet.h"

#define FIRST_CAPACITY 512

/* Room for `size` more bytes, growing by doubling so that appending stays linear. */
static bool reserve(struct senet_buffer *buffer, size_t size)
{
    size_t need, capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    if (buffer->failed || !checked_add_size(buffer->size, size, &need) || need > SIZE_MAX / 2) {
        buffer->failed = true;
        return false;
    }
    if (need <= buffer->capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void senet_buffer_release(struct senet_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct senet_buffer){0};
}

void senet_buffer_append(struct senet_buffer *buffer, const void *bytes, size_t size)
{
    if (size == 0 || !reserve(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

/* Formats once where there is room, as there nearly always is. vsnprintf writes a NUL, which the size leaves out. */
void senet_buffer_printf(struct senet_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    size_t room = buffer->capacity - buffer->size;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(room ? buffer->data + buffer->size : NULL, room, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
    } else if (reserve(buffer, (size_t)length + 1)) {
        if ((size_t)length >= room)
            vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}
