/* Numbers in image files. */
#ifndef SENET_IMAGE_BYTES_H
#define SENET_IMAGE_BYTES_H

#include <stdint.h>

static inline uint32_t big_endian_16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t big_endian_32(const uint8_t *bytes)
{
    return big_endian_16(bytes) << 16 | big_endian_16(bytes + 2);
}

static inline uint32_t little_endian_16(const uint8_t *bytes)
{
    return (uint32_t)bytes[1] << 8 | bytes[0];
}

static inline uint32_t little_endian_32(const uint8_t *bytes)
{
    return little_endian_16(bytes + 2) << 16 | little_endian_16(bytes);
}

#endif
