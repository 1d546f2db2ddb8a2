/* What the probes read from headers, and the structures that they refuse before a decoder sees them. */
#include "image/probe.h"

#include "image_builder.h"

static struct probe run(probe_format *format, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    struct probe probe = {0};
    format(copy, size, &probe);
    probe.exif = NULL; /* pointed into what is gone */
    free(copy);
    return probe;
}

static struct probe run_fixture(probe_format *format, const char *name)
{
    struct bytes file = read_fixture(name);
    struct probe probe = run(format, file.data, file.size);
    free(file.data);
    return probe;
}

/* `bytes` is a string literal: its last zero does not count. */
#define ck_assert_fault(format, bytes, text)                                                                           \
    do {                                                                                                               \
        struct probe probe_ = run(format, bytes, sizeof(bytes) - 1);                                                   \
        ck_assert_msg(probe_.fault && !strcmp(probe_.fault, text), "expected \"%s\", got \"%s\"", text,                \
                      probe_.fault ? probe_.fault : "nothing");                                                        \
    } while (0)

START_TEST(every_format_says_its_size)
{
    static const struct {
        const char *name;
        probe_format *format;
    } files[] = {
        {"decode/rgb.png", probe_png},          {"decode/rgba_16_bit_interlaced.png", probe_png},
        {"decode/gif_palette.gif", probe_gif},  {"decode/bmp_24_bit.bmp", probe_bmp},
        {"decode/bmp_palette.bmp", probe_bmp},  {"decode/bmp_one_bit.bmp", probe_bmp},
        {"decode/jpeg_halved.jpg", probe_jpeg}, {"decode/jpeg_progressive.jpg", probe_jpeg},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct probe probe = run_fixture(files[i].format, files[i].name);
        ck_assert_msg(!probe.fault, "%s %s", files[i].name, probe.fault);
        ck_assert_int_eq(probe.width, 19);
        ck_assert_int_eq(probe.height, 13);
    }
}
END_TEST

/* -------------------------------------------------------------------- JPEG */

#define SOI "\xFF\xD8"
#define EOI "\xFF\xD9"
#define FRAME "\xFF\xC0\0\x0B\x08\0\x05\0\x07\x01\x01\x11\0"
#define SCAN "\xFF\xDA\0\x08\x01\x01\0\0\x3F\0"

START_TEST(scans_are_counted)
{
    ck_assert_int_eq(run_fixture(probe_jpeg, "decode/jpeg_halved.jpg").scans, 1);
    ck_assert_int_gt(run_fixture(probe_jpeg, "decode/jpeg_progressive.jpg").scans, 5);
}
END_TEST

START_TEST(the_end_marker_may_be_missing)
{
    static const char jpeg[] = SOI FRAME SCAN "data", cut[] = SOI FRAME SCAN "data\xFF";
    ck_assert_ptr_null(run(probe_jpeg, jpeg, sizeof jpeg - 1).fault);
    ck_assert_ptr_null(run(probe_jpeg, cut, sizeof cut - 1).fault);
}
END_TEST

START_TEST(stuffed_zeros_fill_bytes_and_restarts_do_not_end_a_scan)
{
    static const char jpeg[] = SOI FRAME SCAN "ab\xFF\0cd\xFF\xD0xy\xFF\xFF\0z\xFF\xD7" SCAN "e" EOI;
    struct probe probe = run(probe_jpeg, jpeg, sizeof jpeg - 1);
    ck_assert_ptr_null(probe.fault);
    ck_assert_int_eq(probe.scans, 2);
    ck_assert_int_eq(probe.width, 7);
    ck_assert_int_eq(probe.height, 5);
}
END_TEST

START_TEST(a_jpeg_without_its_parts_is_refused)
{
    ck_assert_fault(probe_jpeg, SOI, "ends before its first scan");
    ck_assert_fault(probe_jpeg, SOI FRAME, "ends before its first scan");
    ck_assert_fault(probe_jpeg, SOI EOI, "has no scan");
    ck_assert_fault(probe_jpeg, SOI FRAME EOI, "has no scan");
    ck_assert_fault(probe_jpeg, SOI SCAN EOI, "has a scan before its frame");
    ck_assert_fault(probe_jpeg, SOI FRAME FRAME SCAN EOI, "has two frames");
    ck_assert_fault(probe_jpeg, SOI FRAME SCAN "data\xFF\xC4", "ends within a segment");
    ck_assert_fault(probe_jpeg, SOI "\xFF\xE0\0\x01", "has a segment without length");
    ck_assert_fault(probe_jpeg,
                    SOI "\xFF\xE0\0\x09"
                        "abc",
                    "ends within a segment");
}
END_TEST

START_TEST(frames_that_the_decoder_cannot_read_say_why)
{
    static const char coding[] = "is lossless or hierarchical, which is not supported";
    ck_assert_fault(probe_jpeg, SOI "\xFF\xCB\0\x0B\x08\0\x05\0\x07\x01\x01\x11\0" SCAN EOI, coding);
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC3\0\x0B\x08\0\x05\0\x07\x01\x01\x11\0" SCAN EOI, coding);
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC1\0\x0B\x0C\0\x05\0\x07\x01\x01\x11\0" SCAN EOI,
                    "has other than 8 bits per sample, which is not supported");
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC0\0\x0B\x08\0\0\0\x07\x01\x01\x11\0" SCAN EOI, "has no size");
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC0\0\x0B\x08\0\x05\0\0\x01\x01\x11\0" SCAN EOI, "has no size");
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC0\0\x0B\x08\0\x05\0\x07\x02\x01\x11\0" SCAN EOI,
                    "has neither 1 nor 3 nor 4 components");
    ck_assert_fault(probe_jpeg, SOI "\xFF\xC0\0\x05\x08\0\x05" SCAN EOI, "has a short frame header");
}
END_TEST

/* --------------------------------------------------------- PNG, GIF and BMP */

START_TEST(exif_is_found_in_jpeg_and_in_png)
{
    static const char png[] = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55"
                              "\0\0\0\x04"
                              "eXIfwhat\0\0\0\0\0\0\0\0IEND\xAE\x42\x60\x82";
    struct probe probe = {0};
    probe_png((const uint8_t *)png, sizeof png - 1, &probe);
    ck_assert_ptr_null(probe.fault);
    ck_assert_uint_eq(probe.exif_size, 4);
    ck_assert_mem_eq(probe.exif, "what", 4);

    struct bytes file = read_fixture("decode/orientation-6.jpg");
    probe = (struct probe){0};
    probe_jpeg(file.data, file.size, &probe);
    ck_assert_ptr_null(probe.fault);
    ck_assert_mem_eq(probe.exif, "II*", 4);
    free(file.data);
}
END_TEST

START_TEST(a_png_with_wrong_structure_is_refused)
{
    struct bytes file = read_fixture("decode/rgb.png");
    struct probe probe = {0};
    file.data[file.size - 13]++; /* IDAT's checksum ends where IEND's 12 bytes begin */
    probe_png(file.data, file.size, &probe);
    ck_assert_str_eq(probe.fault, "has a wrong checksum");
    free(file.data);
    ck_assert_fault(probe_png, "\x89PNG\r\n\x1A\n", "does not begin with its header");
    ck_assert_fault(probe_png, "\x89PNG\r\n\x1A\n\0\0\0\x0DIDAT.................", "does not begin with its header");
    ck_assert_fault(probe_png, "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\0\0\0\0\x01.........", "has no size");
}
END_TEST

START_TEST(a_gif_without_a_whole_frame_is_refused)
{
#define SCREEN "GIF89a\x02\0\x02\0\0\0\0"
    ck_assert_fault(probe_gif, "GIF89a", "ends within its header");
    ck_assert_fault(probe_gif, "GIF89a\0\0\x02\0\0\0\0", "has no size");
    ck_assert_fault(probe_gif, SCREEN, "has no whole frame");
    ck_assert_fault(probe_gif, SCREEN ";", "has no whole frame");
    ck_assert_fault(probe_gif, SCREEN "!", "has no whole frame");
    ck_assert_fault(probe_gif,
                    SCREEN "!\xFE\x05"
                           "abc",
                    "has no whole frame");
    ck_assert_fault(probe_gif,
                    SCREEN ",\0\0\0\0\x02\0\x02\0\0\x02\x05"
                           "abc",
                    "has no whole frame");
    static const char whole[] = SCREEN "!\xFE\x03"
                                       "abc\0,\0\0\0\0\x02\0\x02\0\0\x02\x03"
                                       "abc\0";
    ck_assert_ptr_null(run(probe_gif, whole, sizeof whole - 1).fault);
}
END_TEST

/* A header of 40 bytes, `bits` per pixel, 2 x 2, with pixels at `offset` of 70 bytes in all. */
static const char *bmp_fault(uint8_t bits, uint8_t offset, uint8_t compression)
{
    uint8_t bmp[70] = {'B', 'M', [10] = offset, [14] = 40, [18] = 2, [22] = 2, [26] = 1, [28] = bits};
    bmp[30] = compression;
    return run(probe_bmp, bmp, sizeof bmp).fault;
}

START_TEST(a_bmp_that_the_decoder_would_misread_is_refused)
{
    ck_assert_ptr_null(bmp_fault(24, 54, 0));
    ck_assert_str_eq(bmp_fault(24, 55, 0), "ends before its last row");
    ck_assert_str_eq(bmp_fault(24, 53, 0), "has its pixels within its header");
    ck_assert_str_eq(bmp_fault(24, 54, 1), "is compressed");
    ck_assert_str_eq(bmp_fault(7, 54, 0), "has an unknown number of bits per pixel");
    ck_assert_str_eq(bmp_fault(0, 54, 0), "has an unknown number of bits per pixel");
    ck_assert_fault(probe_bmp, "BM", "ends within its header");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe");
    TCase *group = tcase_create("probe");
    tcase_add_test(group, every_format_says_its_size);
    tcase_add_test(group, scans_are_counted);
    tcase_add_test(group, the_end_marker_may_be_missing);
    tcase_add_test(group, stuffed_zeros_fill_bytes_and_restarts_do_not_end_a_scan);
    tcase_add_test(group, a_jpeg_without_its_parts_is_refused);
    tcase_add_test(group, frames_that_the_decoder_cannot_read_say_why);
    tcase_add_test(group, exif_is_found_in_jpeg_and_in_png);
    tcase_add_test(group, a_png_with_wrong_structure_is_refused);
    tcase_add_test(group, a_gif_without_a_whole_frame_is_refused);
    tcase_add_test(group, a_bmp_that_the_decoder_would_misread_is_refused);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
