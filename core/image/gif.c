#include <stdbool.h>

#include "image/bytes.h"
#include "image/probe.h"

/* Blocks of length (1) and contents, closed by one of length 0. Moves *at behind it; false if the file ends before. */
static bool gif_skip_blocks(const uint8_t *bytes, size_t size, size_t *at)
{
    while (*at < size && bytes[*at] != 0) {
        if (bytes[*at] >= size - *at)
            return false;
        *at += 1 + (size_t)bytes[*at];
    }
    return (*at)++ < size;
}

static size_t gif_table_size(uint8_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* True if the first frame is there, from its descriptor to the end of its blocks. */
static bool gif_has_whole_frame(const uint8_t *bytes, size_t size, size_t at)
{
    while (at < size && bytes[at] == 0x21) { /* extension: introducer, label, blocks */
        at += 2;
        if (!gif_skip_blocks(bytes, size, &at))
            return false;
    }
    if (at >= size || bytes[at] != 0x2C || size - at < 10)
        return false;
    at += 10 + gif_table_size(bytes[at + 9]) + 1; /* descriptor, colour table, code size */
    return gif_skip_blocks(bytes, size, &at);
}

void probe_gif(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 13) {
        probe->fault = "ends within its header";
        return;
    }
    probe->width = little_endian_16(bytes + 6);
    probe->height = little_endian_16(bytes + 8);
    if (!probe->width || !probe->height)
        probe->fault = "has no size";
    else if (!gif_has_whole_frame(bytes, size, 13 + gif_table_size(bytes[10])))
        probe->fault = "has no whole frame";
}
