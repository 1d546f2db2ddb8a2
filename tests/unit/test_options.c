/* Settings: sources, precedence, bounds, and messages that lead to the place. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "options/options_table.h"

static const char *variables[4][2]; /* what the environment holds in a test */

static char *lookup(const char *name)
{
    for (size_t i = 0; i < 4; i++)
        if (variables[i][0] && !strcmp(variables[i][0], name))
            return (char *)(uintptr_t)variables[i][1];
    return NULL;
}

struct read {
    struct options options;
    enum options_action action;
    bool good;
    char message[512];
};

#define ARGUMENTS_MAX 10

/* `arguments` end with NULL. */
static void read_options(struct read *result, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t) "senetd"};
    int argc = 1;
    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    result->good =
        options_read(&result->options, argc, argv, lookup, &result->action, result->message, sizeof result->message);
}
#define READ(result, ...) read_options((result), (const char *const[]){__VA_ARGS__, NULL})

static char file_name[64];

static void write_file(const char *text)
{
    FILE *stream = fopen(file_name, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
}

static void make_file(void)
{
    strcpy(file_name, "/tmp/test_options.XXXXXX");
    int fd = mkstemp(file_name);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void remove_file(void)
{
    remove(file_name);
}

START_TEST(every_option_has_a_default_that_is_valid)
{
    struct read result;
    read_options(&result, (const char *const[]){NULL});
    ck_assert_msg(result.good, "%s", result.message);
    ck_assert_int_eq(result.action, OPTIONS_RUN);
    ck_assert_str_eq(result.options.listen, "127.0.0.1:8080");
    ck_assert_str_eq(result.options.config, "");
    ck_assert_uint_eq(result.options.models.count, 0);
    ck_assert_int_eq(result.options.max_body_bytes, 32 * 1024 * 1024);
    ck_assert_int_eq(result.options.log_format, LOG_FORMAT_TEXT);
    options_release(&result.options);
}
END_TEST

START_TEST(every_row_has_a_flag_a_variable_and_a_help_text)
{
    for (size_t i = 0; i < options_table_size; i++) {
        const struct option *option = &options_table[i];
        char flag[OPTION_NAME_MAX], variable[OPTION_NAME_MAX], values[128];
        option_flag(option, flag);
        option_variable(option, variable);
        option_describe(option, values, sizeof values);
        ck_assert(!strncmp(flag, "--", 2) && !strchr(flag, '_'));
        ck_assert(!strncmp(variable, "SENETD_", 7));
        ck_assert_uint_gt(strlen(values), 3);
        ck_assert_uint_gt(strlen(option->help), 10);
        ck_assert_ptr_eq(option_find(option->name, strlen(option->name)), option);
    }
}
END_TEST

START_TEST(a_flag_wins_over_a_variable_and_a_variable_over_the_file)
{
    struct read result;
    write_file("{\"workers\": 1, \"threads\": 2, \"queue_limit\": 3, \"model\": [\"a\", \"b\"], \"listen\": \":1\"}");
    variables[0][0] = "SENETD_WORKERS", variables[0][1] = "11";
    variables[1][0] = "SENETD_THREADS", variables[1][1] = "12";
    variables[2][0] = "SENETD_MODEL", variables[2][1] = "c,x=d";
    READ(&result, "--workers", "21", "-c", file_name);
    ck_assert_msg(result.good, "%s", result.message);
    ck_assert_int_eq(result.options.workers, 21);
    ck_assert_int_eq(result.options.threads, 12);
    ck_assert_int_eq(result.options.queue_limit, 3);
    ck_assert_str_eq(result.options.listen, ":1");
    ck_assert_uint_eq(result.options.models.count, 2);
    ck_assert_str_eq(result.options.models.items[0], "c");
    ck_assert_str_eq(result.options.models.items[1], "x=d");
    options_release(&result.options);
}
END_TEST

START_TEST(a_list_is_repeated_and_other_flags_take_the_last_value)
{
    struct read result;
    READ(&result, "--model", "a", "--workers=1", "--model=b=c", "--workers", "2", "-t");
    ck_assert_msg(result.good, "%s", result.message);
    ck_assert_int_eq(result.action, OPTIONS_CHECK);
    ck_assert_uint_eq(result.options.models.count, 2);
    ck_assert_str_eq(result.options.models.items[1], "b=c");
    ck_assert_int_eq(result.options.workers, 2);
    options_release(&result.options);
}
END_TEST

START_TEST(help_works_under_a_broken_environment)
{
    struct read result;
    variables[0][0] = "SENETD_WORKERS", variables[0][1] = "many";
    READ(&result, "--help");
    ck_assert(result.good);
    ck_assert_int_eq(result.action, OPTIONS_HELP);
    options_release(&result.options);
    READ(&result, "-t");
    ck_assert(!result.good);
    ck_assert_str_eq(result.message, "SENETD_WORKERS: must be a whole number from 0 to 256, not 'many'");
    options_release(&result.options);
}
END_TEST

static const struct {
    const char *text;
    int64_t bytes; /* -1: refused */
} sizes[] = {
    {"1024", 1024},
    {"1KiB", 1024},
    {"32MiB", 33554432},
    {"1GiB", 1073741824},
    {"1023", -1},
    {"1073741825", -1},
    {"2GiB", -1},
    {"", -1},
    {"-1", -1},
    {"+2048", -1},
    {" 2048", -1},
    {"2048 ", -1},
    {"2K", -1},
    {"2kib", -1},
    {"0x800", -1},
    {"2.5MiB", -1},
    {"9223372036854775807KiB", -1},
    {"99999999999999999999", -1},
};

START_TEST(a_size_is_read_strictly)
{
    struct read result;
    READ(&result, "--max-buffered-bytes", "1GiB", "--max-body-bytes", sizes[_i].text);
    ck_assert_msg(result.good == (sizes[_i].bytes >= 0), "%s", sizes[_i].text);
    if (result.good)
        ck_assert_int_eq(result.options.max_body_bytes, sizes[_i].bytes);
    else
        ck_assert(!strncmp(result.message, "--max-body-bytes: must be bytes from ", 37));
    options_release(&result.options);
}
END_TEST

static const struct {
    const char *text, *message; /* after the file's name */
} files[] = {
    {"{\n\n\"workers\": 900}", ":3: workers: must be a whole number from 0 to 256, not '900'"},
    {"{\"workers\": \"1\"}", ":1: workers: must be a whole number from 0 to 256"},
    {"{\"workers\": 1e300}", ":1: workers: must be a whole number from 0 to 256"},
    {"{\"workers\": -0.5}", ":1: workers: must be a whole number from 0 to 256"},
    {"{\"workers\": null}", ":1: workers: must be a whole number from 0 to 256"},
    {"{\"workers\": {}}", ":1: workers: must be a whole number from 0 to 256"},
    {"// c\n{\"worker\": 1}", ":2: worker: no such option"},
    {"{\"Workers\": 1}", ":1: Workers: no such option"},
    {"{\"config\": \"x\"}", ":1: config: no such option"},
    {"{\"workers\": 1,\n \"workers\": 1}", ":2: workers: given twice"},
    {"{\"log_format\": 1}", ":1: log_format: must be text or json"},
    {"{\"model\": [1]}", ":1: model: must be text, or a list of them"},
    {"{\"model\": [[\"a\"]]}", ":1: model: must be text, or a list of them"},
    {"", ":1: expected '{'"},
    {"// only this", ":1: expected '{'"},
    {"{\"workers\": 1 // }", ":1: expected ',' or '}'"},
    {"{\"workers\" 1}", ":1: expected ':' after the key"},
    {"{workers: 1}", ":1: expected a key in double quotes"},
    {"{\"listen\": \"a\nb\"}",
     ":1: listen: must be ADDR:PORT with a port from 0 to 65535 (IPv6 in brackets), not 'a b'"},
    {"{\"listen", ":1: not valid JSON"},
    {"{} {}", ":1: something follows the closing '}'"},
};

START_TEST(a_message_about_the_file_names_line_and_key)
{
    struct read result;
    write_file(files[_i].text);
    READ(&result, "-c", file_name);
    ck_assert_msg(!result.good, "%s", files[_i].text);
    ck_assert(!strncmp(result.message, file_name, strlen(file_name)));
    ck_assert_str_eq(result.message + strlen(file_name), files[_i].message);
    options_release(&result.options);
}
END_TEST

START_TEST(comments_do_not_reach_into_strings)
{
    struct read result;
    write_file(
        "// {\n{ // \"workers\": 9,\n \"port_file\": \"http://x \\\" // y\", // \"\n \"workers\": 3 // end\n}\n//");
    READ(&result, "-c", file_name);
    ck_assert_msg(result.good, "%s", result.message);
    ck_assert_str_eq(result.options.port_file, "http://x \" // y");
    ck_assert_int_eq(result.options.workers, 3);
    options_release(&result.options);
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_refused)
{
    static const char text[] = "{ // c\n \"model\": [\"a\", \"b\"], \"workers\": 3, \"listen\": \"[::1]:0\" }";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char cut[sizeof text];
        struct read result;
        memcpy(cut, text, size);
        cut[size] = '\0';
        write_file(cut);
        READ(&result, "-c", file_name);
        ck_assert_msg(!result.good, "cut at byte %zu", size);
        options_release(&result.options);
    }
}
END_TEST

static const char *const addresses[] = {"",     ":",    "80",     "a",       "a:",    "a:x",      "a:65536", "a:-1",
                                        "a: 1", "a:1 ", "::1:80", "[::1:80", "[]:80", "a:080800", "[::1]80"};

START_TEST(an_address_without_a_port_is_refused)
{
    struct read result;
    READ(&result, "--listen", addresses[_i]);
    ck_assert_msg(!result.good, "%s", addresses[_i]);
    options_release(&result.options);
}
END_TEST

START_TEST(an_address_may_be_a_name_a_number_or_nothing)
{
    static const char *const good[] = {":0", "a:1", "127.0.0.1:65535", "[::1]:80", "localhost:8080"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct read result;
        READ(&result, "--listen", good[i]);
        ck_assert_msg(result.good, "%s", result.message);
        ck_assert_str_eq(result.options.listen, good[i]);
        options_release(&result.options);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    tcase_add_checked_fixture(tcase, make_file, remove_file);
    tcase_add_test(tcase, every_option_has_a_default_that_is_valid);
    tcase_add_test(tcase, every_row_has_a_flag_a_variable_and_a_help_text);
    tcase_add_test(tcase, a_flag_wins_over_a_variable_and_a_variable_over_the_file);
    tcase_add_test(tcase, a_list_is_repeated_and_other_flags_take_the_last_value);
    tcase_add_test(tcase, help_works_under_a_broken_environment);
    tcase_add_loop_test(tcase, a_size_is_read_strictly, 0, (int)(sizeof sizes / sizeof *sizes));
    tcase_add_loop_test(tcase, a_message_about_the_file_names_line_and_key, 0, (int)(sizeof files / sizeof *files));
    tcase_add_test(tcase, comments_do_not_reach_into_strings);
    tcase_add_test(tcase, a_file_cut_at_any_byte_is_refused);
    tcase_add_loop_test(tcase, an_address_without_a_port_is_refused, 0, (int)(sizeof addresses / sizeof *addresses));
    tcase_add_test(tcase, an_address_may_be_a_name_a_number_or_nothing);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
