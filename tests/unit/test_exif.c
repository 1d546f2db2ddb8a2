/* Orientation read from TIFF structures, and the turns that it asks for. */
#include "image/exif.h"

#include "image_builder.h"

/* One directory with one entry: orientation 6. */
static const uint8_t little_endian[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3,
                                        0,   1,   0,  0, 0, 6, 0, 0, 0, 0, 0,    0,    0};
static const uint8_t big_endian[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                                     3,   0,   0, 0,  1, 0, 6, 0, 0, 0, 0,    0,    0};
enum { AT_MAGIC = 2, AT_DIRECTORY = 4, AT_ENTRIES = 8, AT_TYPE = 12, AT_COUNT = 14, AT_VALUE = 18 };
#define VALUE_END 20 /* what follows is not needed */

static int patched(size_t at, uint8_t value)
{
    uint8_t tiff[sizeof little_endian];
    memcpy(tiff, little_endian, sizeof tiff);
    tiff[at] = value;
    return exif_orientation(tiff, sizeof tiff);
}

START_TEST(both_byte_orders_are_read)
{
    ck_assert_int_eq(exif_orientation(little_endian, sizeof little_endian), 6);
    ck_assert_int_eq(exif_orientation(big_endian, sizeof big_endian), 6);
    for (uint8_t orientation = 1; orientation <= 8; orientation++)
        ck_assert_int_eq(patched(AT_VALUE, orientation), orientation);
}
END_TEST

START_TEST(a_structure_cut_anywhere_means_upright)
{
    for (size_t size = 0; size <= sizeof big_endian; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, big_endian, size);
        ck_assert_int_eq(exif_orientation(cut, size), size >= VALUE_END ? 6 : 1);
        free(cut);
    }
    ck_assert_int_eq(exif_orientation(NULL, 0), 1);
}
END_TEST

START_TEST(anything_odd_means_upright)
{
    ck_assert_int_eq(patched(0, 'X'), 1);
    ck_assert_int_eq(patched(1, 'M'), 1);
    ck_assert_int_eq(patched(AT_MAGIC, 43), 1);
    ck_assert_int_eq(patched(AT_DIRECTORY, 200), 1);
    ck_assert_int_eq(patched(AT_DIRECTORY + 3, 255), 1);
    ck_assert_int_eq(patched(AT_ENTRIES, 0), 1);
    ck_assert_int_eq(patched(AT_TYPE, 4), 1);
    ck_assert_int_eq(patched(AT_COUNT, 2), 1);
    ck_assert_int_eq(patched(AT_VALUE, 0), 1);
    ck_assert_int_eq(patched(AT_VALUE, 9), 1);
    ck_assert_int_eq(patched(AT_VALUE + 1, 1), 1);
}
END_TEST

START_TEST(an_entry_count_beyond_the_end_stops_at_the_end)
{
    uint8_t tiff[sizeof little_endian];
    memcpy(tiff, little_endian, sizeof tiff);
    tiff[AT_ENTRIES] = tiff[AT_ENTRIES + 1] = 255;
    tiff[AT_ENTRIES + 2] = 0x13; /* another tag: the search goes on */
    ck_assert_int_eq(exif_orientation(tiff, sizeof tiff), 1);
}
END_TEST

/* The picture  a b c  as each orientation shows it.
 *              d e f                               */
static const char *const turned_pictures[9] = {
    [1] = "abcdef", [2] = "cbafed", [3] = "fedcba", [4] = "defabc",
    [5] = "adbecf", [6] = "daebfc", [7] = "fcebda", [8] = "cfbead",
};

static void paint(const char *letters, uint8_t pixels[18])
{
    for (int i = 0; i < 6; i++)
        for (int channel = 0; channel < 3; channel++)
            pixels[i * 3 + channel] = (uint8_t)(letters[i] + channel * 50);
}

START_TEST(every_orientation_turns_as_exif_says)
{
    uint8_t pixels[18], expected[18], turned[18];
    paint("abcdef", pixels);
    paint(turned_pictures[_i], expected);
    exif_turn(_i, pixels, 3, 2, turned);
    ck_assert_mem_eq(turned, expected, sizeof expected);
    ck_assert_int_eq(exif_turn_transposes(_i), _i >= 5);
}
END_TEST

START_TEST(one_row_and_one_column_turn_into_each_other)
{
    uint8_t pixels[18], turned[18], back[18];
    paint("abcdef", pixels);
    exif_turn(6, pixels, 6, 1, turned);
    exif_turn(8, turned, 1, 6, back);
    ck_assert_mem_eq(back, pixels, sizeof pixels);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exif");
    TCase *group = tcase_create("exif");
    tcase_add_test(group, both_byte_orders_are_read);
    tcase_add_test(group, a_structure_cut_anywhere_means_upright);
    tcase_add_test(group, anything_odd_means_upright);
    tcase_add_test(group, an_entry_count_beyond_the_end_stops_at_the_end);
    tcase_add_loop_test(group, every_orientation_turns_as_exif_says, 1, 9);
    tcase_add_test(group, one_row_and_one_column_turn_into_each_other);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
