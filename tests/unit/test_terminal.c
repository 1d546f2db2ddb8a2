#include "terminal.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "harness.h"

static const struct {
    int64_t number;
    const char *text;
} groups[] = {
    {0, "0"},
    {7, "7"},
    {999, "999"},
    {1000, "1,000"},
    {8464, "8,464"},
    {123456, "123,456"},
    {1234567, "1,234,567"},
    {-999, "-999"},
    {-123456, "-123,456"},
    {INT64_MAX, "9,223,372,036,854,775,807"},
    {INT64_MIN, "-9,223,372,036,854,775,808"},
};

START_TEST(digits_are_grouped_by_three)
{
    char text[32];
    ck_assert_str_eq(text_grouped(groups[_i].number, text), groups[_i].text);
}
END_TEST

START_TEST(shapes_are_written_as_python_writes_tuples)
{
    static const struct {
        struct senet_shape shape;
        const char *text;
    } shapes[] = {
        {{0, {0}}, "()"},
        {{1, {5}}, "(5,)"},
        {{4, {1, 3, 32, 32}}, "(1, 3, 32, 32)"},
    };
    char text[SHAPE_TEXT_SIZE];
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        ck_assert_str_eq(text_shape(&shapes[i].shape, text), shapes[i].text);
}
END_TEST

START_TEST(the_longest_shape_has_room)
{
    struct senet_shape shape = {.rank = SENET_MAX_RANK};
    for (int i = 0; i < SENET_MAX_RANK; i++)
        shape.dim[i] = INT64_MAX;
    char text[SHAPE_TEXT_SIZE];
    text_shape(&shape, text);
    ck_assert_str_eq(text + strlen(text) - 8, "4775807)");
}
END_TEST

START_TEST(a_column_is_a_code_point)
{
    ck_assert_int_eq(text_width(""), 0);
    ck_assert_int_eq(text_width("cat"), 3);
    ck_assert_int_eq(text_width("\xc3\xa9t\xc3\xa9"), 3);
}
END_TEST

/* What `print` puts into the stream, read back. */
static void capture(FILE *stream, void (*print)(const char *text), const char *text, char out[128])
{
    char name[] = "/tmp/senet-terminal-XXXXXX";
    int file = mkstemp(name);
    ck_assert_int_ge(file, 0);
    ck_assert_ptr_nonnull(freopen(name, "w", stream));
    print(text);
    fflush(stream);
    FILE *back = fdopen(file, "r");
    ck_assert_ptr_nonnull(back);
    size_t size = fread(out, 1, 127, back);
    out[size] = '\0';
    fclose(back);
    remove(name);
}

static void pad_to_8(const char *text)
{
    text_pad(text, 8);
}

static void complain_of(const char *text)
{
    ck_assert_int_eq(complain("%s", text), STATUS_FAILED);
}

static const struct {
    const char *text, *printed;
} controls[] = {
    {"plain", "plain"},
    {"\033[2Ja\nb\t\x7f", "?[2Ja?b??"},
    {"\xc2\x9b"
     "2J",
     "?2J"},                                  /* C1: a control sequence in one character */
    {"\xc3\xa9\xc2\xa0", "\xc3\xa9\xc2\xa0"}, /* the letter and the space beside them are none */
    {"cut \xc2", "cut \xc2"},
};

START_TEST(control_characters_reach_no_terminal)
{
    char out[128], expected[128];
    capture(stdout, pad_to_8, controls[_i].text, out);
    int missing = 8 - text_width(controls[_i].printed);
    snprintf(expected, sizeof expected, "%s%*s", controls[_i].printed, missing > 0 ? missing : 0, "");
    ck_assert_str_eq(out, expected);
    capture(stderr, complain_of, controls[_i].text, out);
    snprintf(expected, sizeof expected, "senet: %s\n", controls[_i].printed);
    ck_assert_str_eq(out, expected);
}
END_TEST

static Suite *terminal_suite(void)
{
    Suite *suite = suite_create("terminal");
    TCase *text = tcase_create("text");
    tcase_add_loop_test(text, digits_are_grouped_by_three, 0, (int)(sizeof groups / sizeof *groups));
    tcase_add_test(text, shapes_are_written_as_python_writes_tuples);
    tcase_add_test(text, the_longest_shape_has_room);
    tcase_add_test(text, a_column_is_a_code_point);
    tcase_add_loop_test(text, control_characters_reach_no_terminal, 0, (int)(sizeof controls / sizeof *controls));
    suite_add_tcase(suite, text);
    return suite;
}

int main(void)
{
    return harness_run(terminal_suite());
}
