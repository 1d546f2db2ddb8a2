/*
 * PNG through libpng. What becomes RGB: grey is repeated; alpha is dropped, whatever colour lies under it; of 16 bits
 * the high byte stays; palettes and 1, 2 and 4 bits are expanded to the full range.
 *
 * DESIGN
 * Only chunks that make pixels reach the library: header, palette, data, and what calls itself critical and is none of
 * these, which it refuses. Text, profiles and transparency cost nothing, however much they would inflate to. The data
 * are pushed, a piece at a time: that ends with the last row that is wanted, and libpng stops by itself at the first
 * byte behind the last row, where its other reader would inflate the rest, gigabytes perhaps, only to count it.
 * Checksums were checked by the probe, so neither they nor the sum that zlib keeps are computed here.
 * A failure jumps back to decode_png, which destroys everything in one place. Every allocation, zlib's among them, is
 * counted against the budget.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>

#include <png.h>

#include "base/checked.h"
#include "image/format.h"
#include "image/png_chunks.h"

#define PIECE ((size_t)4096)

struct png {
    png_structp reader;
    png_infop info;
    jmp_buf failed;
    enum senet_code code; /* of what went wrong with memory */
    const struct decode_job *job;
    size_t used;
    uint8_t *pixels;
    size_t pitch;
    int passes;
    bool complete; /* the last row that is wanted has come */
};

/* ------------------------------------------------------------------ memory */

/* In front of each block; libpng does not say how large what it frees was. */
union block {
    size_t size;
    max_align_t alignment;
};

static bool spend(struct png *png, size_t size)
{
    if (size > png->job->budget - png->used) {
        png->code = SENET_IMAGE_TOO_LARGE;
        return false;
    }
    png->used += size;
    return true;
}

static png_voidp on_malloc(png_structp reader, png_alloc_size_t size)
{
    struct png *png = png_get_mem_ptr(reader);
    size_t whole;
    if (!checked_add_size(size, sizeof(union block), &whole) || !spend(png, whole))
        return NULL;
    union block *block = malloc(whole);
    if (!block) {
        png->code = SENET_OUT_OF_MEMORY;
        return NULL;
    }
    block->size = whole;
    return block + 1;
}

static void on_free(png_structp reader, png_voidp memory)
{
    struct png *png = png_get_mem_ptr(reader);
    union block *block = (union block *)memory - 1;
    png->used -= block->size;
    free(block);
}

/* ------------------------------------------------------------------ pixels */

static void on_error(png_structp reader, png_const_charp message)
{
    struct png *png = png_get_error_ptr(reader);
    (void)message;
    longjmp(png->failed, 1);
}

static void on_warning(png_structp reader, png_const_charp message)
{
    (void)reader;
    (void)message;
}

/* The header and the palette are known. */
static void on_info(png_structp reader, png_infop info)
{
    struct png *png = png_get_progressive_ptr(reader);
    size_t bytes;
    png_set_expand(reader);
    png_set_strip_16(reader);
    png_set_strip_alpha(reader);
    png_set_gray_to_rgb(reader);
    png->passes = png_set_interlace_handling(reader);
    png_read_update_info(reader, info);
    png->pitch = png_get_rowbytes(reader, info);
    if (png->pitch != (size_t)png_get_image_width(reader, info) * 3)
        png_error(reader, "not RGB");
    if (!checked_mul_size(png->pitch, (size_t)(png->job->bottom - png->job->top), &bytes) || !spend(png, bytes))
        png_error(reader, "over budget");
    png->pixels = malloc(bytes);
    if (!png->pixels) {
        png->code = SENET_OUT_OF_MEMORY;
        png_error(reader, "out of memory");
    }
}

/* `row` is NULL where a pass has no pixels. */
static void on_row(png_structp reader, png_bytep row, png_uint_32 y, int pass)
{
    struct png *png = png_get_progressive_ptr(reader);
    const struct decode_job *job = png->job;
    if (y < job->top || y >= job->bottom)
        return;
    png_progressive_combine_row(reader, png->pixels + (y - (size_t)job->top) * png->pitch, row);
    if (pass == png->passes - 1 && y == job->bottom - 1)
        png->complete = true;
}

/* ------------------------------------------------------------------ chunks */

/* libpng does not write to it. */
static void push(struct png *png, const uint8_t *bytes, size_t size)
{
    png_process_data(png->reader, png->info, (png_bytep)(uintptr_t)bytes, size);
}

/* All but data are whole, or libpng would gather them in a memory of its own. */
static void push_chunk(struct png *png, const struct png_chunk *chunk)
{
    size_t most = png_chunk_is(chunk, "IDAT") ? PIECE : chunk->size;
    for (size_t at = 0; at < chunk->size && !png->complete; at += most)
        push(png, chunk->at + at, chunk->size - at < most ? chunk->size - at : most);
}

static void begin(struct png *png)
{
    png->reader = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, png, on_error, on_warning, png, on_malloc, on_free);
    png->info = png->reader ? png_create_info_struct(png->reader) : NULL;
    if (!png->info)
        longjmp(png->failed, 1);
    png_set_user_limits(png->reader, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* which have been checked against ours */
    png_set_crc_action(png->reader, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    png_set_option(png->reader, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_set_option(png->reader, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON); /* some files name one too small */
    png_set_progressive_read_fn(png->reader, png, on_info, on_row, NULL);
}

static struct png_chunks chunks_of(const struct decode_job *job)
{
    return (struct png_chunks){job->bytes + PNG_SIGNATURE_SIZE, job->size - PNG_SIGNATURE_SIZE};
}

/* Not in decode_png: after a jump, what a function that called setjmp had changed of its own is lost. */
static void run(struct png *png)
{
    if (setjmp(png->failed))
        return;
    begin(png);
    push(png, png->job->bytes, PNG_SIGNATURE_SIZE);
    struct png_chunks chunks = chunks_of(png->job);
    for (struct png_chunk chunk; !png->complete && png_chunks_next(&chunks, &chunk);)
        if (!png_chunk_is_ancillary(&chunk))
            push_chunk(png, &chunk);
}

/*
 * More data than the pixels can take, of at most 8 bytes each and compressed ever so badly, with rows that are flushed
 * one by one: no encoder writes that.
 */
static bool is_overfull(const struct decode_job *job, const struct probe *probe)
{
    uint64_t honest = ((uint64_t)probe->width + 8) * (uint64_t)probe->height * 16 + (64 << 10), data = 0;
    struct png_chunks chunks = chunks_of(job);
    for (struct png_chunk chunk; png_chunks_next(&chunks, &chunk);)
        if (png_chunk_is(&chunk, "IDAT"))
            data += chunk.contents;
    return data > honest;
}

enum senet_code decode_png(const struct decode_job *job, struct probe *probe, struct senet_image *image)
{
    struct png png = {.code = SENET_IMAGE_UNDECODABLE, .job = job};
    if (is_overfull(job, probe))
        return SENET_IMAGE_TOO_LARGE;
    run(&png);
    png_destroy_read_struct(&png.reader, &png.info, NULL);
    if (!png.complete) {
        free(png.pixels);
        return png.code;
    }
    *image = (struct senet_image){.width = probe->width,
                                  .height = job->bottom - job->top,
                                  .exif_orientation = 1,
                                  .pixels = png.pixels,
                                  .top = job->top};
    return SENET_OK;
}
