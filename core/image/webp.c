/*
 * WebP through libwebp: the first frame, on its canvas.
 *
 * DESIGN
 * The container is walked here, which gives the size, the frame, and the EXIF data that may follow it. Only the chunk
 * with the frame's colours goes to the library: alpha, which would be dropped, is not decoded. As in Pillow, what a
 * frame of an animation leaves of its canvas is black. libwebp allocates by itself: its need for pixels, which follows
 * from the size alone, is checked against the budget before. Beyond that a lossless file may define Huffman codes, a
 * group of them for every 4 x 4 pixels and up to 65536, each of 2.5 bytes of the file and up to 20 KiB of memory. How
 * many there are stands behind data that only a decoder can read, so no budget sees them: they are bounded by what the
 * process may have (a decoder's RLIMIT_DATA), and where that is reached libwebp fails.
 */
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/checked.h"
#include "image/bytes.h"
#include "image/format.h"

#define CHUNK_HEADER 8 /* type (4), size of the contents (4); contents are padded to an even size */
#define FILE_HEADER 12 /* "RIFF", size of what follows (4), "WEBP" */
#define FRAME_HEADER 16
#define ANIMATED 0x02 /* among the flags of VP8X */

/* Bytes for each pixel of the frame beside the canvas: of lossless files, and of others a tenth at most. */
#define LOSSLESS_BYTES_PER_PIXEL 8

struct chunk {
    const uint8_t *contents;
    size_t size;
};

struct walk {
    const uint8_t *at;
    size_t left;
};

struct frame {
    const uint8_t *chunk; /* VP8 or VP8L, with its header */
    size_t size;
    int64_t left, top, width, height;
    bool lossless;
};

static bool is_type(const struct chunk *chunk, const char *type)
{
    return memcmp(chunk->contents - CHUNK_HEADER, type, 4) == 0;
}

/* False at the end, and where a chunk is not whole: then `left` is not 0. */
static bool next_chunk(struct walk *walk, struct chunk *chunk)
{
    if (walk->left < CHUNK_HEADER || little_endian_32(walk->at + 4) > walk->left - CHUNK_HEADER)
        return false;
    *chunk = (struct chunk){walk->at + CHUNK_HEADER, little_endian_32(walk->at + 4)};
    size_t whole = CHUNK_HEADER + chunk->size + chunk->size % 2;
    whole = whole < walk->left ? whole : walk->left;
    walk->at += whole;
    walk->left -= whole;
    return true;
}

static uint32_t little_endian_24(const uint8_t *bytes)
{
    return little_endian_16(bytes) | (uint32_t)bytes[2] << 16;
}

static bool is_picture(const struct chunk *chunk)
{
    return is_type(chunk, "VP8 ") || is_type(chunk, "VP8L");
}

/* The size is in the first bytes of the frame's own data. */
static void read_picture(const struct chunk *chunk, struct frame *frame)
{
    int width = 0, height = 0;
    frame->chunk = chunk->contents - CHUNK_HEADER;
    frame->size = chunk->size + CHUNK_HEADER;
    frame->lossless = is_type(chunk, "VP8L");
    if (WebPGetInfo(frame->chunk, frame->size, &width, &height)) {
        frame->width = width;
        frame->height = height;
    }
}

/* A frame of an animation: place, size, duration and flags, then chunks. */
static void read_animation_frame(const struct chunk *animation, struct frame *frame)
{
    if (animation->size < FRAME_HEADER)
        return;
    struct walk walk = {animation->contents + FRAME_HEADER, animation->size - FRAME_HEADER};
    struct chunk chunk;
    while (!frame->chunk && next_chunk(&walk, &chunk))
        if (is_picture(&chunk))
            read_picture(&chunk, frame);
    frame->left = 2 * (int64_t)little_endian_24(animation->contents);
    frame->top = 2 * (int64_t)little_endian_24(animation->contents + 3);
}

static void read_exif(const struct chunk *chunk, struct probe *probe)
{
    static const uint8_t signature[6] = {'E', 'x', 'i', 'f', 0, 0}; /* which some writers repeat here */
    size_t skipped =
        chunk->size >= sizeof signature && !memcmp(chunk->contents, signature, sizeof signature) ? sizeof signature : 0;
    probe->exif = chunk->contents + skipped;
    probe->exif_size = chunk->size - skipped;
}

static bool lies_within(const struct frame *frame, const struct probe *probe)
{
    return frame->width > 0 && frame->height > 0 && frame->left + frame->width <= probe->width &&
           frame->top + frame->height <= probe->height;
}

static void read_container(const uint8_t *bytes, size_t size, struct probe *probe, struct frame *frame)
{
    size_t claimed = size < FILE_HEADER ? 0 : little_endian_32(bytes + 4);
    if (claimed < 4 || claimed > size - CHUNK_HEADER) {
        probe->fault = claimed < 4 ? "has no contents" : "ends before its last chunk";
        return;
    }
    struct walk walk = {bytes + FILE_HEADER, claimed - 4};
    struct chunk chunk;
    bool animated = false;
    while (next_chunk(&walk, &chunk)) {
        if (is_type(&chunk, "VP8X") && chunk.size >= 10 && !probe->width) {
            animated = chunk.contents[0] & ANIMATED;
            probe->width = 1 + (int64_t)little_endian_24(chunk.contents + 4);
            probe->height = 1 + (int64_t)little_endian_24(chunk.contents + 7);
        } else if (is_type(&chunk, "EXIF") && !probe->exif) {
            read_exif(&chunk, probe);
        } else if (!frame->chunk && animated && is_type(&chunk, "ANMF")) {
            read_animation_frame(&chunk, frame);
        } else if (!frame->chunk && !animated && is_picture(&chunk)) {
            read_picture(&chunk, frame);
        }
    }
    if (!probe->width) { /* without VP8X the picture is the canvas */
        probe->width = frame->width;
        probe->height = frame->height;
    }
    if (walk.left >= CHUNK_HEADER)
        probe->fault = "ends before its last chunk";
    else if (!frame->chunk)
        probe->fault = "has no frame";
    else if (!lies_within(frame, probe))
        probe->fault = "has a frame without size, or outside its canvas";
}

void probe_webp(const uint8_t *bytes, size_t size, struct probe *probe)
{
    struct frame frame = {0};
    read_container(bytes, size, probe, &frame);
}

/* Bytes of the canvas; false when it and the frame go over the budget. */
static bool check_budget(const struct decode_job *job, const struct probe *probe, const struct frame *frame,
                         size_t *canvas)
{
    size_t pixels = (size_t)frame->width * (size_t)frame->height; /* each below 2^14 */
    size_t need = frame->lossless ? pixels * LOSSLESS_BYTES_PER_PIXEL : pixels / 10;
    return checked_mul_size((size_t)probe->width * 3, (size_t)probe->height, canvas) &&
           checked_add_size(need, *canvas, &need) && need <= job->budget;
}

/* `size` bytes from the frame's first pixel on. */
static enum senet_code decode_frame(const struct frame *frame, uint8_t *pixels, size_t size, size_t pitch)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return SENET_IMAGE_UNDECODABLE;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){.rgba = pixels, .stride = (int)pitch, .size = size};
    switch (WebPDecode(frame->chunk, frame->size, &config)) {
    case VP8_STATUS_OK:
        return SENET_OK;
    case VP8_STATUS_OUT_OF_MEMORY:
        return SENET_OUT_OF_MEMORY;
    default:
        return SENET_IMAGE_UNDECODABLE;
    }
}

enum senet_code decode_webp(const struct decode_job *job, struct probe *probe, struct senet_image *image)
{
    struct probe again = {0};
    struct frame frame = {0};
    read_container(job->bytes, job->size, &again, &frame);
    size_t canvas;
    if (!check_budget(job, probe, &frame, &canvas))
        return SENET_IMAGE_TOO_LARGE;
    uint8_t *pixels = calloc(canvas, 1);
    if (!pixels)
        return SENET_OUT_OF_MEMORY;
    size_t pitch = (size_t)probe->width * 3;
    size_t first = (size_t)frame.top * pitch + (size_t)frame.left * 3;
    enum senet_code code = decode_frame(&frame, pixels + first, canvas - first, pitch);
    if (code != SENET_OK) {
        free(pixels);
        return code;
    }
    *image =
        (struct senet_image){.width = probe->width, .height = probe->height, .exif_orientation = 1, .pixels = pixels};
    return SENET_OK;
}
