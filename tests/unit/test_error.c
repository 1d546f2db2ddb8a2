#include "base/error.h"

#include <string.h>

#include "base/text.h"
#include "harness.h"

static const struct {
    const char *text, *shown;
} texts[] = {
    {"", ""},
    {"plain", "plain"},
    {"caf\xc3\xa9 \xe7\x8a\xac \xf0\x9f\x90\x95", "caf\xc3\xa9 \xe7\x8a\xac \xf0\x9f\x90\x95"},
    /* Control characters: of ASCII, DEL, and those that UTF-8 spells with two bytes. */
    {"\x1b[2Jgone\r\n\t\x7f", "?[2Jgone????"},
    {"\xc2\x9b"
     "31m",
     "??31m"},
    {"\xc2\xa0", "\xc2\xa0"},
    /* No UTF-8: a lone byte, an overlong form, a surrogate, above U+10FFFF, cut off. */
    {"\xff\x80", "??"},
    {"\xc0\xaf", "??"},
    {"\xe0\x80\xaf", "???"},
    {"\xed\xa0\x80", "???"},
    {"\xf4\x90\x80\x80", "????"},
    {"\xe7\x8a", "??"},
    {"\xe7\x8a.", "??."},
};

START_TEST(text_can_be_shown)
{
    char text[64];
    strcpy(text, texts[_i].text);
    text_make_printable(text);
    ck_assert_str_eq(text, texts[_i].shown);
}
END_TEST

START_TEST(a_message_is_written_and_its_code_returned)
{
    struct senet_error error;
    ck_assert_int_eq(senet_error_set(&error, SENET_CONFIG_INVALID, "line %d: '%s'", 7, "a\nb"), SENET_CONFIG_INVALID);
    ck_assert_int_eq(error.code, SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "line 7: 'a?b'");
}
END_TEST

START_TEST(a_message_can_contain_the_one_before)
{
    struct senet_error error;
    senet_error_set(&error, SENET_MODEL_MALFORMED, "the node has no name");
    senet_error_set(&error, error.code, "model.onnx: %s", error.message);
    ck_assert_str_eq(error.message, "model.onnx: the node has no name");
}
END_TEST

/* Of characters of `_i` bytes, whose last one does not fit for some offset. */
START_TEST(a_long_message_ends_with_a_whole_character)
{
    static const char *const characters[] = {"", "a", "\xc3\xa9", "\xe7\x8a\xac", "\xf0\x9f\x90\x95"};
    struct senet_error error;
    size_t size = (size_t)_i, room = sizeof error.message - 1;
    for (size_t offset = 0; offset < size; offset++) {
        char text[2 * SENET_MESSAGE_SIZE] = "xxx";
        text[offset] = '\0';
        while (strlen(text) + size < sizeof text)
            strcat(text, characters[size]);
        senet_error_set(&error, SENET_MODEL_MALFORMED, "%s", text);
        ck_assert_uint_eq(strlen(error.message), offset + (room - offset) / size * size);
        ck_assert(!strncmp(error.message, text, strlen(error.message)));
    }
}
END_TEST

START_TEST(every_code_has_a_text_and_a_status)
{
    for (int code = SENET_OK; code <= SENET_IMAGE_UNDECODABLE; code++) {
        ck_assert_uint_eq(strspn(senet_code_text((enum senet_code)code), "abcdefghijklmnopqrstuvwxyz_"),
                          strlen(senet_code_text((enum senet_code)code)));
        ck_assert_int_ge(senet_code_http_status((enum senet_code)code), 200);
        ck_assert_int_lt(senet_code_http_status((enum senet_code)code), 600);
    }
    struct senet_error error;
    ck_assert_int_eq(error_out_of_memory(&error), SENET_OUT_OF_MEMORY);
    ck_assert_str_eq(error.message, "there is not enough memory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_loop_test(tests, text_can_be_shown, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tests, a_message_is_written_and_its_code_returned);
    tcase_add_test(tests, a_message_can_contain_the_one_before);
    tcase_add_loop_test(tests, a_long_message_ends_with_a_whole_character, 1, 5);
    tcase_add_test(tests, every_code_has_a_text_and_a_status);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
