/*
 * JPEG through libjpeg-turbo, with the settings of Pillow: the accurate DCT, smooth upsampling.
 *
 * DESIGN
 * libjpeg reports a failure by a function that must not return: it jumps back to decode_jpeg, which then destroys
 * everything in one place. What the library allocates is counted before it gets it, by functions put in front of its
 * memory manager's own, so the budget holds for the sum of all; max_memory_to_use, its own limit, only makes it swap.
 * Warnings are left alone, as Pillow leaves them, but for the two that mean that a scan needed bytes beyond the end
 * of the file: that file is cut short, and is refused. Its end marker alone may be missing.
 * Of rows above the window and columns beside it only the entropy coding is undone.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/checked.h"
#include "image/format.h"

/* Beyond what probe_jpeg counted no scan is read, whatever libjpeg takes for one. */
struct jpeg {
    struct jpeg_decompress_struct decoder; /* first: libjpeg's callbacks are given its address */
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    struct jpeg_memory_mgr memory; /* libjpeg's own functions */
    jmp_buf failed;
    enum senet_code code;
    const char *fault;
    size_t used, budget;
    int64_t scans;
    bool has_end;   /* as probe_jpeg found */
    bool exhausted; /* bytes beyond the end were asked for */
    uint8_t *pixels;
};

static struct jpeg *jpeg_of(j_common_ptr common)
{
    return (struct jpeg *)(void *)common;
}

static void fail(j_common_ptr common, enum senet_code code, const char *fault)
{
    struct jpeg *jpeg = jpeg_of(common);
    jpeg->code = code;
    jpeg->fault = fault;
    longjmp(jpeg->failed, 1);
}

/* ------------------------------------------------------------------ errors */

static void on_error(j_common_ptr common)
{
    fail(common, common->err->msg_code == JERR_OUT_OF_MEMORY ? SENET_OUT_OF_MEMORY : SENET_IMAGE_UNDECODABLE, NULL);
}

static void on_message(j_common_ptr common, int level)
{
    int message = common->err->msg_code;
    bool missing = message == JWRN_HIT_MARKER || message == JWRN_MUST_RESYNC;
    if (level < 0 && missing && jpeg_of(common)->exhausted)
        fail(common, SENET_IMAGE_UNDECODABLE, "ends before its last row");
}

static void on_output(j_common_ptr common)
{
    (void)common;
}

static void on_progress(j_common_ptr common)
{
    struct jpeg *jpeg = jpeg_of(common);
    if (jpeg->decoder.input_scan_number > jpeg->scans)
        fail(common, SENET_IMAGE_UNDECODABLE, "has too many scans");
}

/* ------------------------------------------------------------------ source */

static void source_begin(j_decompress_ptr decoder)
{
    (void)decoder;
}

/* Behind the last byte there are end markers without end. */
static boolean source_fill(j_decompress_ptr decoder)
{
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    jpeg_of((j_common_ptr)decoder)->exhausted = true;
    decoder->src->next_input_byte = end;
    decoder->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void source_skip(j_decompress_ptr decoder, long count)
{
    struct jpeg_source_mgr *source = decoder->src;
    if (count <= 0)
        return;
    if ((size_t)count > source->bytes_in_buffer) {
        source_fill(decoder);
        return;
    }
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
}

static void source_end(j_decompress_ptr decoder)
{
    (void)decoder;
}

/* ------------------------------------------------------------------ memory */

static void spend(j_common_ptr common, size_t count, size_t size)
{
    struct jpeg *jpeg = jpeg_of(common);
    size_t bytes;
    if (!checked_mul_size(count, size, &bytes) || bytes > jpeg->budget - jpeg->used)
        fail(common, SENET_IMAGE_TOO_LARGE, NULL);
    jpeg->used += bytes;
}

static void *alloc_small(j_common_ptr common, int pool, size_t size)
{
    spend(common, 1, size);
    return jpeg_of(common)->memory.alloc_small(common, pool, size);
}

static void *alloc_large(j_common_ptr common, int pool, size_t size)
{
    spend(common, 1, size);
    return jpeg_of(common)->memory.alloc_large(common, pool, size);
}

static JSAMPARRAY alloc_sarray(j_common_ptr common, int pool, JDIMENSION width, JDIMENSION rows)
{
    spend(common, rows, (size_t)width + sizeof(JSAMPROW));
    return jpeg_of(common)->memory.alloc_sarray(common, pool, width, rows);
}

static JBLOCKARRAY alloc_barray(j_common_ptr common, int pool, JDIMENSION blocks, JDIMENSION rows)
{
    spend(common, rows, (size_t)blocks * sizeof(JBLOCK) + sizeof(JBLOCKROW));
    return jpeg_of(common)->memory.alloc_barray(common, pool, blocks, rows);
}

static jvirt_sarray_ptr request_sarray(j_common_ptr common, int pool, boolean zero, JDIMENSION width, JDIMENSION rows,
                                       JDIMENSION access)
{
    spend(common, rows, (size_t)width + sizeof(JSAMPROW));
    return jpeg_of(common)->memory.request_virt_sarray(common, pool, zero, width, rows, access);
}

/* The coefficients of the whole image: what progressive files need. */
static jvirt_barray_ptr request_barray(j_common_ptr common, int pool, boolean zero, JDIMENSION blocks, JDIMENSION rows,
                                       JDIMENSION access)
{
    spend(common, rows, (size_t)blocks * sizeof(JBLOCK) + sizeof(JBLOCKROW));
    return jpeg_of(common)->memory.request_virt_barray(common, pool, zero, blocks, rows, access);
}

static void count_memory(struct jpeg *jpeg)
{
    struct jpeg_memory_mgr *memory = jpeg->decoder.mem;
    jpeg->memory = *memory;
    memory->alloc_small = alloc_small;
    memory->alloc_large = alloc_large;
    memory->alloc_sarray = alloc_sarray;
    memory->alloc_barray = alloc_barray;
    memory->request_virt_sarray = request_sarray;
    memory->request_virt_barray = request_barray;
    memory->max_memory_to_use = 0; /* which $JPEGMEM may have set: no swapping */
}

/* ------------------------------------------------------------------ pixels */

static void begin(struct jpeg *jpeg, const struct decode_job *job)
{
    j_decompress_ptr decoder = &jpeg->decoder;
    jpeg_create_decompress(decoder);
    count_memory(jpeg);
    jpeg->source = (struct jpeg_source_mgr){.next_input_byte = job->bytes,
                                            .bytes_in_buffer = job->size,
                                            .init_source = source_begin,
                                            .fill_input_buffer = source_fill,
                                            .skip_input_data = source_skip,
                                            .resync_to_restart = jpeg_resync_to_restart,
                                            .term_source = source_end};
    jpeg->progress.progress_monitor = on_progress;
    decoder->src = &jpeg->source;
    decoder->progress = &jpeg->progress;
    jpeg_read_header(decoder, TRUE);
    decoder->scale_num = 1;
    decoder->scale_denom = (unsigned)job->reduction;
    decoder->out_color_space = decoder->num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(decoder);
}

/*
 * Where the file ended without its end marker, what came has to be everything: a first scan of each component, and
 * of a progressive file the last bit of each coefficient. Arithmetic decoders do not say that they ran out.
 */
static void check_complete(struct jpeg *jpeg)
{
    const struct jpeg_decompress_struct *decoder = &jpeg->decoder;
    bool complete = !decoder->arith_code;
    for (int i = 0; i < decoder->num_components; i++) {
        complete = complete && decoder->comp_info[i].quant_table; /* kept from the component's first scan */
        for (int k = 0; decoder->progressive_mode && k < DCTSIZE2; k++)
            complete = complete && decoder->coef_bits[i][k] == 0;
    }
    if (jpeg->exhausted && !complete)
        fail((j_common_ptr)&jpeg->decoder, SENET_IMAGE_UNDECODABLE, "ends before its last scan");
}

/* Pillow's conversion; a file holds inverted ink, as Adobe writes it. a * b / 255, rounded. */
static uint8_t multiply(int a, int b)
{
    int product = a * b + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

static void convert_cmyk(const uint8_t *cmyk, int64_t count, uint8_t *rgb)
{
    for (int64_t i = 0; i < count; i++, cmyk += 4, rgb += 3)
        for (int channel = 0; channel < 3; channel++)
            rgb[channel] = (uint8_t)(cmyk[3] - multiply(255 - cmyk[channel], cmyk[3]));
}

static void read_cmyk(struct jpeg *jpeg, uint8_t *rgb, JDIMENSION bottom)
{
    j_decompress_ptr decoder = &jpeg->decoder;
    JSAMPARRAY row = decoder->mem->alloc_sarray((j_common_ptr)decoder, JPOOL_IMAGE, decoder->output_width * 4, 1);
    for (; decoder->output_scanline < bottom; rgb += (size_t)decoder->output_width * 3) {
        jpeg_read_scanlines(decoder, row, 1);
        convert_cmyk(row[0], decoder->output_width, rgb);
    }
}

static void read_rgb(struct jpeg *jpeg, uint8_t *rgb, JDIMENSION bottom)
{
    j_decompress_ptr decoder = &jpeg->decoder;
    while (decoder->output_scanline < bottom) {
        JDIMENSION read = jpeg_read_scanlines(decoder, &rgb, 1);
        rgb += (size_t)read * decoder->output_width * 3;
    }
}

/* Smooth upsampling looks at a neighbour, which the edge of a window does not have: that column is not used. */
#define EDGE 2

static void crop_columns(j_decompress_ptr decoder, const struct decode_job *job, JDIMENSION *left)
{
    JDIMENSION first = job->left > EDGE ? (JDIMENSION)job->left - EDGE : 0;
    JDIMENSION end =
        (JDIMENSION)job->right + EDGE < decoder->output_width ? (JDIMENSION)job->right + EDGE : decoder->output_width;
    JDIMENSION width = end - first;
    *left = 0;
    if (width == decoder->output_width)
        return;
    jpeg_crop_scanline(decoder, &first, &width); /* and some more on the left, to a whole block */
    *left = first;
}

/*
 * An end marker says that the rows below the window are there. Without it they are looked for; libjpeg-turbo does not
 * look at the last row when told to skip it, so that one is read.
 */
static void check_below(struct jpeg *jpeg)
{
    j_decompress_ptr decoder = &jpeg->decoder;
    JDIMENSION left = decoder->output_height - decoder->output_scanline;
    if (jpeg->has_end || left == 0)
        return;
    if (left > 1)
        jpeg_skip_scanlines(decoder, left - 1);
    JSAMPARRAY row = decoder->mem->alloc_sarray((j_common_ptr)decoder, JPOOL_IMAGE,
                                                decoder->output_width * (JDIMENSION)decoder->output_components, 1);
    while (decoder->output_scanline < decoder->output_height)
        jpeg_read_scanlines(decoder, row, 1);
}

static void read_pixels(struct jpeg *jpeg, const struct decode_job *job, struct senet_image *image)
{
    j_decompress_ptr decoder = &jpeg->decoder;
    JDIMENSION left, top = (JDIMENSION)job->top, bottom = (JDIMENSION)job->bottom;
    if (bottom > decoder->output_height || (JDIMENSION)job->right > decoder->output_width)
        fail((j_common_ptr)decoder, SENET_IMAGE_UNDECODABLE, NULL);
    crop_columns(decoder, job, &left);
    size_t bytes;
    if (!checked_mul_size((size_t)decoder->output_width * 3, bottom - top, &bytes))
        fail((j_common_ptr)decoder, SENET_IMAGE_TOO_LARGE, NULL);
    spend((j_common_ptr)decoder, 1, bytes);
    jpeg->pixels = malloc(bytes);
    if (!jpeg->pixels)
        fail((j_common_ptr)decoder, SENET_OUT_OF_MEMORY, NULL);
    if (top > 0)
        jpeg_skip_scanlines(decoder, top);
    if (decoder->out_color_space == JCS_CMYK)
        read_cmyk(jpeg, jpeg->pixels, bottom);
    else
        read_rgb(jpeg, jpeg->pixels, bottom);
    check_below(jpeg);
    check_complete(jpeg);
    *image = (struct senet_image){.width = decoder->output_width,
                                  .height = bottom - top,
                                  .exif_orientation = 1,
                                  .pixels = jpeg->pixels,
                                  .left = left,
                                  .top = top};
}

/* Not in decode_jpeg: after a jump, what a function that called setjmp had changed of its own is lost. */
static void run(struct jpeg *jpeg, const struct decode_job *job, struct senet_image *image)
{
    if (setjmp(jpeg->failed))
        return;
    begin(jpeg, job);
    read_pixels(jpeg, job, image);
}

enum senet_code decode_jpeg(const struct decode_job *job, struct probe *probe, struct senet_image *image)
{
    struct jpeg jpeg = {.code = SENET_OK, .budget = job->budget, .scans = probe->scans, .has_end = probe->has_end};
    jpeg.decoder.err = jpeg_std_error(&jpeg.errors);
    jpeg.errors.error_exit = on_error;
    jpeg.errors.emit_message = on_message;
    jpeg.errors.output_message = on_output;
    run(&jpeg, job, image);
    if (jpeg.code != SENET_OK)
        free(jpeg.pixels);
    jpeg_destroy_decompress(&jpeg.decoder);
    probe->fault = jpeg.fault;
    return jpeg.code;
}
