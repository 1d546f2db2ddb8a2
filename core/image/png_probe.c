#include <zlib.h>

#include "image/png_chunks.h"
#include "image/probe.h"

#define HEADER_SIZE 13

/* Of type and contents. */
static bool has_right_checksum(const struct png_chunk *chunk)
{
    return crc32_z(0, chunk->at + 4, chunk->contents + 4) == big_endian_32(chunk->at + 8 + chunk->contents);
}

static void read_header(const struct png_chunk *header, struct probe *probe)
{
    probe->width = big_endian_32(header->at + 8);
    probe->height = big_endian_32(header->at + 12);
    if (!probe->width || !probe->height)
        probe->fault = "has no size";
}

static void read_chunk(const struct png_chunk *chunk, struct probe *probe)
{
    if (!png_chunk_is_ancillary(chunk) && !has_right_checksum(chunk))
        probe->fault = "has a wrong checksum";
    if (!probe->exif && png_chunk_is(chunk, "eXIf")) {
        probe->exif = chunk->at + 8;
        probe->exif_size = chunk->contents;
    }
}

/* From IHDR to IEND. */
void probe_png(const uint8_t *bytes, size_t size, struct probe *probe)
{
    struct png_chunks chunks = {bytes + PNG_SIGNATURE_SIZE, size - PNG_SIGNATURE_SIZE};
    struct png_chunk chunk;
    if (!png_chunks_next(&chunks, &chunk) || !png_chunk_is(&chunk, "IHDR") || chunk.contents != HEADER_SIZE) {
        probe->fault = "does not begin with its header";
        return;
    }
    read_header(&chunk, probe);
    if (!probe->fault)
        read_chunk(&chunk, probe);
    while (!probe->fault && !png_chunk_is(&chunk, "IEND")) {
        if (png_chunks_next(&chunks, &chunk))
            read_chunk(&chunk, probe);
        else
            probe->fault = "ends before its last chunk";
    }
}
