/* Elements of any type are moved in pieces: one element, or all that lie behind each other. */
#ifndef SENET_KERNELS_PIECE_H
#define SENET_KERNELS_PIECE_H

#include <stdint.h>
#include <string.h>

/* memcpy, without its call for the two sizes of an element. */
static inline void piece_copy(char *destination, const char *source, size_t bytes)
{
    if (bytes == sizeof(uint32_t))
        memcpy(destination, source, sizeof(uint32_t));
    else if (bytes == sizeof(uint64_t))
        memcpy(destination, source, sizeof(uint64_t));
    else
        memcpy(destination, source, bytes);
}

/* `count` copies of the element of `size` bytes. */
static inline void piece_fill(char *destination, const void *element, size_t size, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        piece_copy(destination + (size_t)i * size, element, size);
}

#endif
