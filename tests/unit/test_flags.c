#include "flags.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "harness.h"

#define MOST_ARGUMENTS 8

/* One option of each type, and what parsing gave. */
struct parsed {
    bool truth;
    int64_t integer;
    const char *text;
    struct text_list list;
    int choice;
    bool goes_on;
    size_t operand_count;
    int status;
    char arguments[MOST_ARGUMENTS][64];
    char *argv[MOST_ARGUMENTS + 1];
};

/* `arguments` ends with NULL. The caller releases parsed->list. */
static void parse(const char *const *arguments, struct parsed *parsed)
{
    *parsed = (struct parsed){.integer = 7, .choice = -1};
    const struct flag flags[] = {
        {"switch", NULL, "", .truth = &parsed->truth},
        {"number", "N", "", .integer = &parsed->integer, .minimum = -5, .maximum = 99},
        {"text", "TEXT", "", .text = &parsed->text},
        {"list", "TEXT", "", .list = &parsed->list},
        {"choice", "one|two|three", "", .choice = &parsed->choice},
    };
    const struct usage usage = {
        .command = "test",
        .operands = "FILE...",
        .about = "",
        .flags = flags,
        .flag_count = sizeof flags / sizeof *flags,
        .minimum_operands = 1,
        .maximum_operands = 3,
    };
    int argc = 1;
    for (; arguments[argc - 1]; argc++) {
        ck_assert_int_lt(argc, MOST_ARGUMENTS);
        parsed->argv[argc] = memcpy(parsed->arguments[argc], arguments[argc - 1], strlen(arguments[argc - 1]) + 1);
    }
    parsed->goes_on = flags_parse(&usage, argc, parsed->argv, &parsed->operand_count, &parsed->status);
}

#define PARSE(parsed, ...) parse((const char *const[]){__VA_ARGS__, NULL}, parsed)

/* Help and complaints are tested end to end. */
static void be_silent(void)
{
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

START_TEST(what_is_not_given_keeps_its_value)
{
    struct parsed parsed;
    PARSE(&parsed, "file");
    ck_assert(parsed.goes_on);
    ck_assert_int_eq(parsed.status, STATUS_DONE);
    ck_assert_int_eq(parsed.integer, 7);
    ck_assert_int_eq(parsed.choice, -1);
    ck_assert(!parsed.truth && !parsed.text);
    ck_assert_uint_eq(parsed.list.count, 0);
}
END_TEST

START_TEST(each_type_takes_its_value_from_the_next_argument)
{
    struct parsed parsed;
    PARSE(&parsed, "--number", "-5", "--choice", "two", "file", "--switch");
    ck_assert(parsed.goes_on && parsed.truth);
    ck_assert_int_eq(parsed.integer, -5);
    ck_assert_int_eq(parsed.choice, 1);
}
END_TEST

START_TEST(each_type_takes_its_value_after_an_equals_sign)
{
    struct parsed parsed;
    PARSE(&parsed, "--number=99", "--choice=three", "--text=a=b", "--list=c", "--list=d=", "file");
    ck_assert(parsed.goes_on);
    ck_assert_int_eq(parsed.integer, 99);
    ck_assert_int_eq(parsed.choice, 2);
    ck_assert_str_eq(parsed.text, "a=b");
    ck_assert_uint_eq(parsed.list.count, 2);
    ck_assert_str_eq(parsed.list.items[0], "c");
    ck_assert_str_eq(parsed.list.items[1], "d=");
    text_list_release(&parsed.list);
    ck_assert_uint_eq(parsed.list.count, 0);
}
END_TEST

START_TEST(the_last_of_several_values_counts)
{
    struct parsed parsed;
    PARSE(&parsed, "--number=1", "--number=2", "file");
    ck_assert_int_eq(parsed.integer, 2);
}
END_TEST

START_TEST(operands_come_first_in_their_order)
{
    struct parsed parsed;
    PARSE(&parsed, "a", "--switch", "b", "--text", "x", "-");
    ck_assert(parsed.goes_on);
    ck_assert_uint_eq(parsed.operand_count, 3);
    ck_assert_str_eq(parsed.argv[0], "a");
    ck_assert_str_eq(parsed.argv[1], "b");
    ck_assert_str_eq(parsed.argv[2], "-");
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    struct parsed parsed;
    PARSE(&parsed, "--switch", "--", "--number", "--");
    ck_assert(parsed.goes_on && parsed.truth);
    ck_assert_uint_eq(parsed.operand_count, 2);
    ck_assert_str_eq(parsed.argv[0], "--number");
    ck_assert_str_eq(parsed.argv[1], "--");
}
END_TEST

START_TEST(help_ends_the_command_well)
{
    static const char *const words[] = {"-h", "--help"};
    struct parsed parsed;
    PARSE(&parsed, words[_i], "--no-such-option");
    ck_assert(!parsed.goes_on);
    ck_assert_int_eq(parsed.status, STATUS_DONE);
}
END_TEST

static const char *const refused[][MOST_ARGUMENTS] = {
    {NULL}, /* too few operands */
    {"a", "b", "c", "d", NULL},
    {"a", "--number", NULL},
    {"a", "--number=", NULL},
    {"a", "--number=-6", NULL},
    {"a", "--number=100", NULL},
    {"a", "--number=1x", NULL},
    {"a", "--number= 1", NULL},
    {"a", "--number=+1", NULL},
    {"a", "--number=- 1", NULL},
    {"a", "--number=1.0", NULL},
    {"a", "--number=9223372036854775808", NULL},
    {"a", "--choice=", NULL},
    {"a", "--choice=tw", NULL},
    {"a", "--choice=two|three", NULL},
    {"a", "--text=", NULL},
    {"a", "--list", "", NULL},
    {"a", "--switch=true", NULL},
    {"a", "--swit", NULL},
    {"a", "--switches", NULL},
    {"a", "-s", NULL},
    {"a", "--=1", NULL},
    {"a", "---", NULL},
};

START_TEST(wrong_command_lines_are_wrong_usage)
{
    struct parsed parsed;
    parse(refused[_i], &parsed);
    ck_assert_msg(!parsed.goes_on && parsed.status == STATUS_USAGE, "row %d is accepted", _i);
    text_list_release(&parsed.list);
}
END_TEST

static Suite *flags_suite(void)
{
    Suite *suite = suite_create("flags");
    TCase *parsing = tcase_create("parsing");
    tcase_add_checked_fixture(parsing, be_silent, NULL);
    tcase_add_test(parsing, what_is_not_given_keeps_its_value);
    tcase_add_test(parsing, each_type_takes_its_value_from_the_next_argument);
    tcase_add_test(parsing, each_type_takes_its_value_after_an_equals_sign);
    tcase_add_test(parsing, the_last_of_several_values_counts);
    tcase_add_test(parsing, operands_come_first_in_their_order);
    tcase_add_test(parsing, two_dashes_end_the_options);
    tcase_add_loop_test(parsing, help_ends_the_command_well, 0, 2);
    tcase_add_loop_test(parsing, wrong_command_lines_are_wrong_usage, 0, (int)(sizeof refused / sizeof *refused));
    suite_add_tcase(suite, parsing);
    return suite;
}

int main(void)
{
    return harness_run(flags_suite());
}
