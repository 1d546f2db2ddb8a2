/* senet_image_decode: what it makes of good files, by Pillow's measure, and what hostile files cost. */
#include <pthread.h>

#include "image_builder.h"
#include "senet.h"

#define SECONDS_MAX 120 /* for a sanitizer on a busy machine */

static const struct {
    const char *name, *extension;
    int width, height;
} fixtures[] = {
    {"grey", "png", 19, 13},
    {"grey_alpha", "png", 19, 13},
    {"grey_transparent", "png", 19, 13},
    {"rgb", "png", 19, 13},
    {"rgb_transparent", "png", 19, 13},
    {"rgba", "png", 19, 13},
    {"palette", "png", 19, 13},
    {"palette_16_colours", "png", 19, 13},
    {"palette_2_bit", "png", 19, 13},
    {"palette_4_bit", "png", 19, 13},
    {"palette_transparent", "png", 19, 13},
    {"one_bit", "png", 19, 13},
    {"grey_16_bit", "png", 19, 13},
    {"rgb_16_bit", "png", 19, 13},
    {"rgba_16_bit_interlaced", "png", 19, 13},
    {"one_bit_interlaced", "png", 19, 13},
    {"bmp_24_bit", "bmp", 19, 13},
    {"bmp_palette", "bmp", 19, 13},
    {"bmp_one_bit", "bmp", 19, 13},
    {"gif_palette", "gif", 19, 13},
    {"gif_interlaced", "gif", 19, 13},
    {"jpeg_full", "jpg", 19, 13},
    {"jpeg_halved", "jpg", 19, 13},
    {"jpeg_411", "jpg", 19, 13},
    {"jpeg_440", "jpg", 19, 13},
    {"jpeg_grey", "jpg", 19, 13},
    {"jpeg_rgb", "jpg", 19, 13},
    {"jpeg_progressive", "jpg", 19, 13},
    {"jpeg_cmyk", "jpg", 19, 13},
    {"jpeg_ycck", "jpg", 19, 13},
    {"jpeg_arithmetic", "jpg", 19, 13},
    {"jpeg_arithmetic_progressive", "jpg", 19, 13},
    {"jpeg_restarts", "jpg", 19, 13},
    {"jpeg_scan_a_component", "jpg", 19, 13},
    {"webp_lossy", "webp", 19, 13},
    {"webp_lossless", "webp", 19, 13},
    {"webp_alpha", "webp", 19, 13},
    {"webp_lossless_alpha", "webp", 19, 13},
    {"webp_animated", "webp", 19, 13},
    {"webp_frame_within", "webp", 19, 13},
    {"png_1x1", "png", 1, 1},
    {"jpeg_1x1", "jpg", 1, 1},
    {"webp_1x1", "webp", 1, 1},
    {"gif_1x1", "gif", 1, 1},
    {"bmp_1x1", "bmp", 1, 1},
    {"png_1x23", "png", 1, 23},
    {"jpeg_1x23", "jpg", 1, 23},
    {"webp_1x23", "webp", 1, 23},
    {"gif_1x23", "gif", 1, 23},
    {"bmp_1x23", "bmp", 1, 23},
    {"png_29x1", "png", 29, 1},
    {"jpeg_29x1", "jpg", 29, 1},
    {"webp_29x1", "webp", 29, 1},
    {"gif_29x1", "gif", 29, 1},
    {"bmp_29x1", "bmp", 29, 1},
    {"png_37x41", "png", 37, 41},
    {"jpeg_37x41", "jpg", 37, 41},
    {"webp_37x41", "webp", 37, 41},
    {"gif_37x41", "gif", 37, 41},
    {"bmp_37x41", "bmp", 37, 41},
};
#define FIXTURE_COUNT ((int)(sizeof fixtures / sizeof fixtures[0]))

static struct bytes read_image(const char *name, const char *extension)
{
    char path[64];
    snprintf(path, sizeof path, "decode/%s.%s", name, extension);
    return read_fixture(path);
}

static struct senet_image decode(struct bytes file, enum senet_exif exif)
{
    struct senet_image image;
    struct senet_error error;
    ck_assert_msg(senet_image_decode(file.data, file.size, exif, &senet_image_default_limits, &image, &error) ==
                      SENET_OK,
                  "%s", error.message);
    return image;
}

/* JPEG decoders may round differently, by one level, and seldom. */
static void assert_pixels(const char *name, const char *extension, const struct senet_image *image)
{
    bool jpeg = !strcmp(extension, "jpg");
    size_t differing = 0;
    struct bytes expected = read_image(name, "rgb");
    ck_assert_uint_eq(expected.size, (size_t)(image->width * image->height * 3));
    for (size_t i = 0; i < expected.size; i++) {
        int difference = abs(expected.data[i] - image->pixels[i]);
        differing += difference > 1;
        ck_assert_msg(jpeg || difference == 0, "%s, byte %zu: Pillow has %d, we have %d", name, i, expected.data[i],
                      image->pixels[i]);
    }
    ck_assert_msg(differing * 1000 <= expected.size, "%s: %zu of %zu bytes differ", name, differing, expected.size);
    free(expected.data);
}

START_TEST(pixels_are_those_of_pillow)
{
    struct bytes file = read_image(fixtures[_i].name, fixtures[_i].extension);
    struct senet_image image = decode(file, SENET_EXIF_APPLY);
    ck_assert_int_eq(image.width, fixtures[_i].width);
    ck_assert_int_eq(image.height, fixtures[_i].height);
    ck_assert_int_eq(image.exif_orientation, 1);
    assert_pixels(fixtures[_i].name, fixtures[_i].extension, &image);
    senet_image_release(&image);
    free(file.data);
}
END_TEST

START_TEST(exif_turns_the_image_upright_and_says_so)
{
    char name[32];
    snprintf(name, sizeof name, "orientation-%d", _i);
    struct bytes file = read_image(name, "jpg");
    struct senet_image image = decode(file, SENET_EXIF_APPLY);
    ck_assert_int_eq(image.exif_orientation, _i);
    ck_assert_int_eq(image.width, _i >= 5 ? 16 : 24);
    assert_pixels(name, "jpg", &image);
    senet_image_release(&image);

    image = decode(file, SENET_EXIF_IGNORE);
    ck_assert_int_eq(image.exif_orientation, 1);
    ck_assert_int_eq(image.width, 24);
    assert_pixels("orientation-1", "jpg", &image);
    senet_image_release(&image);
    free(file.data);
}
END_TEST

/* ------------------------------------------------------------------ errors */

/* Decodes a copy allocated to the byte; the error says something when there is one. */
static enum senet_code attempt(const void *bytes, size_t size, const struct senet_image_limits *limits,
                               struct senet_error *error)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    struct senet_image image;
    enum senet_code code = senet_image_decode(copy, size, SENET_EXIF_APPLY, limits, &image, error);
    free(copy);
    if (code == SENET_OK) {
        volatile uint8_t last = image.pixels[image.width * image.height * 3 - 1];
        (void)last;
        senet_image_release(&image);
    } else {
        ck_assert_int_eq(error->code, code);
        ck_assert_uint_gt(strlen(error->message), 10);
    }
    return code;
}

static void assert_refused(const void *bytes, size_t size, enum senet_code code, const char *message)
{
    struct senet_error error;
    ck_assert_int_eq(attempt(bytes, size, &senet_image_default_limits, &error), code);
    ck_assert_str_eq(error.message, message);
}

START_TEST(what_is_no_image_is_of_an_unsupported_type)
{
    static const char unsupported[] = "the image is not a JPEG, PNG, WebP, GIF or BMP";
    assert_refused("", 0, SENET_IMAGE_TYPE_UNSUPPORTED, "the image is empty");
    assert_refused("hello, world\n", 13, SENET_IMAGE_TYPE_UNSUPPORTED, unsupported);
    assert_refused("RIFF\x20\0\0\0WAVEfmt ", 16, SENET_IMAGE_TYPE_UNSUPPORTED, unsupported);
    assert_refused("\xFF\xD8", 2, SENET_IMAGE_TYPE_UNSUPPORTED, unsupported);
}
END_TEST

#define PNG_BEGINNING "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"

START_TEST(too_many_pixels_are_refused_from_the_header)
{
    static const char png[] = PNG_BEGINNING "\0\0\x4E\x20\0\0\x4E\x20\x08\x02\0\0\0....";
    assert_refused(png, sizeof png - 1, SENET_IMAGE_TOO_LARGE,
                   "the image is 20000 x 20000 pixels; the limit is 67108864 pixels in all");
    static const char overflowing[] = PNG_BEGINNING "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x08\x02\0\0\0....";
    assert_refused(overflowing, sizeof overflowing - 1, SENET_IMAGE_TOO_LARGE,
                   "the image is 4294967295 x 4294967295 pixels; the limit is 67108864 pixels in all");
    static const char narrow[] = PNG_BEGINNING "\0\x20\0\0\0\0\0\x01\x08\x02\0\0\0....";
    assert_refused(narrow, sizeof narrow - 1, SENET_IMAGE_TOO_LARGE,
                   "the image is 2097152 x 1 pixels; the limit is 1048576 pixels a side");
}
END_TEST

START_TEST(no_pixels_are_refused)
{
    static const char png[] = PNG_BEGINNING "\0\0\0\0\0\0\0\x01\x08\x02\0\0\0....";
    assert_refused(png, sizeof png - 1, SENET_IMAGE_UNDECODABLE, "the image cannot be decoded: the PNG has no size");
}
END_TEST

START_TEST(the_limits_are_those_of_the_caller)
{
    struct bytes file = read_image("jpeg_full", "jpg");
    struct senet_error error;
    struct senet_image_limits limits = {.max_pixels = 19 * 13, .max_memory = 1 << 20};
    ck_assert_int_eq(attempt(file.data, file.size, &limits, &error), SENET_OK);
    limits.max_pixels--;
    ck_assert_int_eq(attempt(file.data, file.size, &limits, &error), SENET_IMAGE_TOO_LARGE);
    limits = (struct senet_image_limits){.max_pixels = 19 * 13, .max_memory = 1 << 10};
    ck_assert_int_eq(attempt(file.data, file.size, &limits, &error), SENET_IMAGE_TOO_LARGE);
    free(file.data);
}
END_TEST

/* At every budget there is either an image or an error, and (as a leak checker sees) nothing is left behind. */
START_TEST(a_decoder_that_runs_out_of_its_budget_anywhere_leaves_nothing)
{
    struct bytes file = read_image(fixtures[_i].name, fixtures[_i].extension);
    struct senet_error error;
    for (size_t budget = 0; budget < 80000; budget = budget * 9 / 8 + 61) {
        struct senet_image_limits limits = {.max_pixels = 1000, .max_memory = budget};
        enum senet_code code = attempt(file.data, file.size, &limits, &error);
        ck_assert_msg(code == SENET_OK || code == SENET_IMAGE_TOO_LARGE, "%s: %s", fixtures[_i].name, error.message);
    }
    free(file.data);
}
END_TEST

/* Without its last bytes a file is refused, or nothing of the picture was in them: a GIF's trailer, a JPEG's end. */
START_TEST(a_file_cut_short_cannot_be_decoded)
{
    struct bytes file = read_image(fixtures[_i].name, fixtures[_i].extension);
    struct senet_image whole = decode(file, SENET_EXIF_APPLY), image;
    struct senet_error error;
    for (size_t size = 0; size < file.size; size++) {
        uint8_t *copy = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, file.data, size);
        enum senet_code code =
            senet_image_decode(copy, size, SENET_EXIF_APPLY, &senet_image_default_limits, &image, &error);
        free(copy);
        if (code == SENET_OK) {
            ck_assert_msg(size + 2 >= file.size, "%s cut to %zu bytes of %zu", fixtures[_i].name, size, file.size);
            ck_assert_mem_eq(image.pixels, whole.pixels, (size_t)(whole.width * whole.height * 3));
            senet_image_release(&image);
        } else {
            ck_assert_msg(code == SENET_IMAGE_UNDECODABLE || (size < 16 && code == SENET_IMAGE_TYPE_UNSUPPORTED),
                          "%s cut to %zu bytes of %zu: %s", fixtures[_i].name, size, file.size, senet_code_text(code));
        }
    }
    senet_image_release(&whole);
    free(file.data);
}
END_TEST

START_TEST(a_jpeg_may_lack_its_end_marker)
{
    static const char *const names[] = {"jpeg_full", "jpeg_grey", "jpeg_progressive", "jpeg_cmyk", "jpeg_restarts"};
    struct senet_error error;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bytes file = read_image(names[i], "jpg");
        ck_assert_mem_eq(file.data + file.size - 2, "\xFF\xD9", 2);
        ck_assert_int_eq(attempt(file.data, file.size - 2, &senet_image_default_limits, &error), SENET_OK);
        free(file.data);
    }
}
END_TEST

/* ----------------------------------------------------------------- hostile */

static uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t rest = ~0u;
    for (size_t i = 0; i < size; i++) {
        rest ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            rest = rest >> 1 ^ (rest & 1 ? 0xEDB88320u : 0);
    }
    return ~rest;
}

static void write_32(uint8_t *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* Makes the checksums right again, so that what is damaged reaches the decoder. */
static void seal_png(uint8_t *png, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        size_t contents = (size_t)png[at] << 24 | (size_t)png[at + 1] << 16 | (size_t)png[at + 2] << 8 | png[at + 3];
        if (contents > size - at - 12)
            return;
        write_32(png + at + 8 + contents, crc32_of(png + at + 4, contents + 4));
        at += 12 + contents;
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state >> 7;
}

START_TEST(damaged_bytes_give_an_image_or_an_error)
{
    enum { ROUNDS = 400, DAMAGES_MAX = 4 };
    struct bytes file = read_image(fixtures[_i].name, fixtures[_i].extension);
    struct senet_image_limits limits = {.max_pixels = 100000, .max_memory = 16 << 20};
    struct senet_error error;
    uint32_t state = 2463534242u + (uint32_t)_i;
    uint8_t *damaged = malloc(file.size);
    ck_assert_ptr_nonnull(damaged);
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(damaged, file.data, file.size);
        uint32_t damages = 1 + next_random(&state) % DAMAGES_MAX;
        for (uint32_t i = 0; i < damages; i++)
            damaged[next_random(&state) % file.size] = (uint8_t)next_random(&state);
        if (!strcmp(fixtures[_i].extension, "png"))
            seal_png(damaged, file.size);
        enum senet_code code = attempt(damaged, file.size, &limits, &error);
        ck_assert_msg(code == SENET_OK || code == SENET_IMAGE_UNDECODABLE || code == SENET_IMAGE_TOO_LARGE ||
                          code == SENET_IMAGE_TYPE_UNSUPPORTED,
                      "%s, round %d: %s", fixtures[_i].name, round, error.message);
    }
    free(damaged);
    free(file.data);
}
END_TEST

/* Of one file of each format, and of each coding of JPEG and WebP, every bit. */
START_TEST(every_flipped_bit_gives_an_image_or_an_error)
{
    static const char *const files[][2] = {
        {"jpeg_halved", "jpg"},   {"jpeg_progressive", "jpg"},   {"jpeg_arithmetic", "jpg"},
        {"jpeg_ycck", "jpg"},     {"webp_frame_within", "webp"}, {"webp_lossy", "webp"},
        {"palette_4_bit", "png"}, {"gif_1x23", "gif"},           {"bmp_one_bit", "bmp"}};
    struct bytes file = read_image(files[_i][0], files[_i][1]);
    const struct senet_image_limits limits = {.max_pixels = 1 << 20, .max_memory = 16 << 20};
    struct senet_error error;
    for (size_t bit = 0; bit < file.size * 8; bit++) {
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!strcmp(files[_i][1], "png"))
            seal_png(file.data, file.size);
        int status = senet_code_http_status(attempt(file.data, file.size, &limits, &error));
        ck_assert_msg(status == 200 || status == 413 || status == 415 || status == 422, "bit %zu: %s", bit,
                      error.message);
        file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(file.data);
}
END_TEST

START_TEST(one_pixel_that_inflates_to_gigabytes_costs_little)
{
    enum { REPEATS = 4 << 20, STREAM = REPEATS / 8 * 13 + 64 };
    static const char beginning[] = PNG_BEGINNING "\0\0\0\x01\0\0\0\x01\x08\0\0\0\0";
    size_t header = sizeof beginning - 1 + 4, size = header + 8 + STREAM + 4 + 12;
    uint8_t *png = calloc(1, size);
    ck_assert_ptr_nonnull(png);
    memcpy(png, beginning, sizeof beginning - 1);
    write_32(png + header, STREAM);
    memcpy(png + header + 4, "IDAT\x78\x01", 6);
    struct bits bits = {png + header + 10, 0};
    put_bits(&bits, 3, 3);    /* the last block, with the fixed codes */
    put_bits(&bits, 0x0C, 8); /* the literal 0 */
    for (int i = 0; i < REPEATS; i++)
        put_bits(&bits, 0xA3, 13); /* 258 times more */
    memcpy(png + size - 8, "IEND", 4);
    seal_png(png, size);
    assert_refused(png, size, SENET_IMAGE_TOO_LARGE,
                   "decoding the PNG takes more memory than is allowed for its 1 x 1 pixels");
    free(png);
}
END_TEST

/* The file with a chunk put in front of its first IDAT. The caller frees data. */
static struct bytes insert_chunk(struct bytes png, const char *type, const uint8_t *contents, size_t size)
{
    size_t at = 8;
    while (memcmp(png.data + at + 4, "IDAT", 4) != 0)
        at += 12 + ((size_t)png.data[at + 2] << 8 | png.data[at + 3]);
    struct bytes longer = {malloc(png.size + 12 + size), png.size + 12 + size};
    ck_assert_ptr_nonnull(longer.data);
    memcpy(longer.data, png.data, at);
    write_32(longer.data + at, (uint32_t)size);
    memcpy(longer.data + at + 4, type, 4);
    memcpy(longer.data + at + 8, contents, size);
    write_32(longer.data + at + 8 + size, crc32_of(longer.data + at + 4, size + 4));
    memcpy(longer.data + at + 12 + size, png.data + at, png.size - at);
    return longer;
}

/* Of 13 bits that stand for 258 zeros each; `size` bytes with the two of the header. The caller frees it. */
static uint8_t *make_zlib_bomb(const char *before, size_t before_size, size_t size)
{
    uint8_t *bytes = calloc(1, before_size + size + 8);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, before, before_size);
    memcpy(bytes + before_size, "\x78\x01", 2);
    struct bits bits = {bytes + before_size + 2, 0};
    put_bits(&bits, 3, 3);
    put_bits(&bits, 0x0C, 8);
    while (bits.at / 8 < size - 4)
        put_bits(&bits, 0xA3, 13);
    return bytes;
}

/* Were they inflated, each would be a gigabyte; kept, each as large as the file. */
START_TEST(chunks_that_make_no_pixels_are_left_alone)
{
    enum { BOMB = 1 << 20 };
    static const struct {
        const char *type, *before;
        size_t before_size;
    } chunks[] = {{"tEXt", "Comment\0", 8}, {"zTXt", "Comment\0\0", 9},   {"iTXt", "Comment\0\1\0\0\0", 12},
                  {"iCCP", "icc\0\0", 5},   {"sPLT", "palette\0\x08", 9}, {"tRNS", "", 0},
                  {"gAMA", "\0\0\0\1", 4},  {"eXIf", "II*\0", 4},         {"prVt", "", 0}};
    const struct senet_image_limits limits = {.max_pixels = 1000, .max_memory = 128 << 10};
    struct bytes file = read_image("palette_transparent", "png");
    struct senet_error error;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        uint8_t *contents = make_zlib_bomb(chunks[i].before, chunks[i].before_size, BOMB);
        struct bytes longer = insert_chunk(file, chunks[i].type, contents, BOMB);
        struct senet_image image;
        ck_assert_msg(senet_image_decode(longer.data, longer.size, SENET_EXIF_APPLY, &limits, &image, &error) ==
                          SENET_OK,
                      "%s: %s", chunks[i].type, error.message);
        assert_pixels("palette_transparent", "png", &image);
        senet_image_release(&image);
        free(longer.data);
        free(contents);
    }
    uint8_t *contents = make_zlib_bomb("", 0, BOMB);
    struct bytes longer = insert_chunk(file, "NEWS", contents, BOMB);
    ck_assert_int_eq(attempt(longer.data, longer.size, &limits, &error), SENET_IMAGE_UNDECODABLE);
    free(longer.data);
    free(contents);
    free(file.data);
}
END_TEST

/* A file of one grey pixel, or of `height` of them, whose only IDAT is this. The caller frees data. */
static struct bytes make_png(uint8_t height, const uint8_t *idat, size_t size)
{
    static const char beginning[] = PNG_BEGINNING "\0\0\0\x01\0\0\0\x01\x08\0\0\0\0";
    size_t header = sizeof beginning - 1 + 4;
    struct bytes png = {calloc(1, header + 12 + size + 12), header + 12 + size + 12};
    ck_assert_ptr_nonnull(png.data);
    memcpy(png.data, beginning, sizeof beginning - 1);
    png.data[23] = height;
    write_32(png.data + header, (uint32_t)size);
    memcpy(png.data + header + 4, "IDAT", 4);
    memcpy(png.data + header + 8, idat, size);
    memcpy(png.data + png.size - 8, "IEND", 4);
    seal_png(png.data, png.size);
    return png;
}

/* Two rows in a stored block, of no filter: 7, 9. */
static const uint8_t two_rows[] = {0x78, 0x01, 0x01, 0x04, 0x00, 0xFB, 0xFF, 0, 7, 0, 9, 0x00, 0x1D, 0x00, 0x12};

START_TEST(a_png_needs_all_its_rows_and_may_have_some_more)
{
    const uint8_t all[] = {7, 7, 7, 9, 9, 9};
    struct senet_error error;
    for (uint8_t height = 1; height <= 4; height++) {
        struct bytes png = make_png(height, two_rows, sizeof two_rows);
        struct senet_image image;
        enum senet_code code =
            senet_image_decode(png.data, png.size, SENET_EXIF_APPLY, &senet_image_default_limits, &image, &error);
        ck_assert_int_eq(code, height <= 2 ? SENET_OK : SENET_IMAGE_UNDECODABLE);
        if (code == SENET_OK) {
            ck_assert_mem_eq(image.pixels, all, (size_t)height * 3);
            senet_image_release(&image);
        }
        free(png.data);
    }
}
END_TEST

/* 60 MB in 60 KB, which are not too many for a file of one pixel: it is there, and the rest is left alone. */
START_TEST(a_png_is_inflated_as_far_as_its_rows_go)
{
    enum { BOMB = 60000 };
    uint8_t *idat = make_zlib_bomb("", 0, BOMB);
    struct bytes png = make_png(1, idat, BOMB);
    const struct senet_image_limits limits = {.max_pixels = 1, .max_memory = 128 << 10};
    struct senet_error error;
    ck_assert_msg(attempt(png.data, png.size, &limits, &error) == SENET_OK, "%s", error.message);
    free(png.data);
    free(idat);
}
END_TEST

/* Offset of the last FF DA. */
static size_t find_last_scan(struct bytes jpeg)
{
    size_t at = jpeg.size - 2;
    while (jpeg.data[at] != 0xFF || jpeg.data[at + 1] != 0xDA)
        at--;
    return at;
}

START_TEST(thousands_of_scans_are_refused)
{
    enum { REPEATS = 80000 };
    struct bytes file = read_image("jpeg_progressive", "jpg");
    size_t first = find_last_scan(file), scan = file.size - 2 - first, size = first + REPEATS * scan + 2;
    uint8_t *jpeg = malloc(size);
    ck_assert_ptr_nonnull(jpeg);
    memcpy(jpeg, file.data, first);
    for (size_t i = 0; i < REPEATS; i++)
        memcpy(jpeg + first + i * scan, file.data + first, scan);
    memcpy(jpeg + size - 2, "\xFF\xD9", 2);
    assert_refused(jpeg, size, SENET_IMAGE_UNDECODABLE, "the image cannot be decoded: the JPEG has too many scans");
    free(jpeg);
    free(file.data);
}
END_TEST

START_TEST(a_lossless_jpeg_says_so)
{
    struct bytes file = read_image("jpeg_full", "jpg");
    size_t at = 0;
    while (file.data[at] != 0xFF || file.data[at + 1] != 0xC0)
        at++;
    file.data[at + 1] = 0xC3;
    assert_refused(file.data, file.size, SENET_IMAGE_UNDECODABLE,
                   "the image cannot be decoded: the JPEG is lossless or hierarchical, which is not supported");
    free(file.data);
}
END_TEST

/* ----------------------------------------------------------------- threads */

static void *decode_often(void *argument)
{
    const struct bytes *files = argument;
    for (int round = 0; round < 60; round++) {
        struct senet_image image;
        struct senet_error error;
        struct bytes file = files[round % 4];
        size_t size = round % 3 ? file.size : file.size / 2; /* failures as well */
        if (senet_image_decode(file.data, size, SENET_EXIF_APPLY, &senet_image_default_limits, &image, &error) ==
            SENET_OK)
            senet_image_release(&image);
    }
    return NULL;
}

START_TEST(threads_decode_side_by_side)
{
    struct bytes files[4] = {read_image("jpeg_progressive", "jpg"), read_image("rgba_16_bit_interlaced", "png"),
                             read_image("gif_palette", "gif"), read_image("bmp_palette", "bmp")};
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, decode_often, files), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 4; i++)
        free(files[i].data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image");
    TCase *group = tcase_create("image");
    tcase_set_timeout(group, SECONDS_MAX);
    tcase_add_loop_test(group, pixels_are_those_of_pillow, 0, FIXTURE_COUNT);
    tcase_add_loop_test(group, exif_turns_the_image_upright_and_says_so, 1, 9);
    tcase_add_test(group, what_is_no_image_is_of_an_unsupported_type);
    tcase_add_test(group, too_many_pixels_are_refused_from_the_header);
    tcase_add_test(group, no_pixels_are_refused);
    tcase_add_test(group, the_limits_are_those_of_the_caller);
    tcase_add_loop_test(group, a_decoder_that_runs_out_of_its_budget_anywhere_leaves_nothing, 0, FIXTURE_COUNT);
    tcase_add_loop_test(group, a_file_cut_short_cannot_be_decoded, 0, FIXTURE_COUNT);
    tcase_add_test(group, a_jpeg_may_lack_its_end_marker);
    tcase_add_loop_test(group, damaged_bytes_give_an_image_or_an_error, 0, FIXTURE_COUNT);
    tcase_add_loop_test(group, every_flipped_bit_gives_an_image_or_an_error, 0, 9);
    tcase_add_test(group, one_pixel_that_inflates_to_gigabytes_costs_little);
    tcase_add_test(group, chunks_that_make_no_pixels_are_left_alone);
    tcase_add_test(group, a_png_needs_all_its_rows_and_may_have_some_more);
    tcase_add_test(group, a_png_is_inflated_as_far_as_its_rows_go);
    tcase_add_test(group, thousands_of_scans_are_refused);
    tcase_add_test(group, a_lossless_jpeg_says_so);
    tcase_add_test(group, threads_decode_side_by_side);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
