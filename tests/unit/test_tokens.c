/* Files of bearer tokens, and which of them open what. */
#define _GNU_SOURCE
#include "access/tokens.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "harness.h"
#include "log.h"

#define GOOD "0123456789abcdef"
#define OTHER "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._~+/=="

static char path[] = "/tmp/senet-tokens-XXXXXX";

static void write_file(const char *text, size_t size)
{
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
}

static bool read_text(struct tokens *tokens, const char *text, size_t size, char *message, size_t message_size)
{
    write_file(text, size);
    bool good = tokens_read(tokens, path, message, message_size);
    unlink(path);
    return good;
}

START_TEST(tokens_are_lines)
{
    static const char text[] = "# for the shop\n" GOOD "\r\n\n   \n" OTHER " \t\n#" GOOD "x";
    struct tokens tokens;
    char message[256] = "";
    ck_assert_msg(read_text(&tokens, text, sizeof text - 1, message, sizeof message), "%s", message);
    ck_assert_uint_eq(tokens.count, 2);
    ck_assert(!tokens.exposed);
    ck_assert(tokens_have(&tokens, GOOD, strlen(GOOD)));
    ck_assert(tokens_have(&tokens, OTHER, strlen(OTHER)));
    static const char *const wrong[] = {"",           GOOD "x", "0123456789abcde", "0123456789abcdeF",
                                        "#" GOOD "x", GOOD " ", "# for the shop",  GOOD "\r"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!tokens_have(&tokens, wrong[i], strlen(wrong[i])), "'%s'", wrong[i]);
    ck_assert(!tokens_have(&tokens, GOOD "\0", strlen(GOOD) + 1));
    tokens_release(&tokens);
    ck_assert(!tokens_have(&tokens, GOOD, strlen(GOOD)));
}
END_TEST

START_TEST(the_longest_token_is_one)
{
    char text[TOKEN_MAX + 1];
    struct tokens tokens;
    char message[256];
    memset(text, 'x', sizeof text);
    ck_assert(read_text(&tokens, text, TOKEN_MAX, message, sizeof message));
    ck_assert(tokens_have(&tokens, text, TOKEN_MAX));
    ck_assert(!tokens_have(&tokens, text, TOKEN_MAX - 1));
    ck_assert(!tokens_have(&tokens, text, TOKEN_MAX + 1));
    tokens_release(&tokens);
    ck_assert(!read_text(&tokens, text, TOKEN_MAX + 1, message, sizeof message));
}
END_TEST

#define BAD(text, problem)                                                                                             \
    {                                                                                                                  \
        text, sizeof text - 1, problem                                                                                 \
    }
static const struct {
    const char *text;
    size_t size;
    const char *problem;
} bad_files[] = {
    BAD("", "there is no token in it"),
    BAD("# " GOOD "\n\n", "there is no token in it"),
    BAD(GOOD "\nshort-secret", ":2: a token has 16 to 256"),
    BAD(GOOD "\n" GOOD " two\n", ":2: a token has 16 to 256"),
    BAD("0123456789abcd\xc3\xa4", ":1: a token has 16 to 256"),
    BAD(GOOD "\0" GOOD, ":1: a token has 16 to 256"),
    BAD("================", ":1: a token has 16 to 256"),
    BAD("0123456789=abcdef", ":1: a token has 16 to 256"),
};

START_TEST(a_bad_file_is_refused_without_telling_what_is_in_it)
{
    struct tokens tokens;
    char message[256] = "";
    ck_assert(!read_text(&tokens, bad_files[_i].text, bad_files[_i].size, message, sizeof message));
    ck_assert_ptr_nonnull(strstr(message, bad_files[_i].problem));
    ck_assert_ptr_nonnull(strstr(message, path));
    ck_assert_ptr_null(strstr(message, "0123456789"));
    ck_assert_ptr_null(strstr(message, "secret"));
    ck_assert_ptr_null(tokens.padded);
}
END_TEST

START_TEST(a_file_has_a_thousand_tokens_at_most)
{
    char *text = malloc((TOKENS_MAX + 1) * 17 + 1);
    struct tokens tokens;
    char message[256];
    for (int i = 0; i <= TOKENS_MAX; i++)
        sprintf(text + (size_t)i * 17, "%016d\n", i);
    ck_assert(read_text(&tokens, text, TOKENS_MAX * 17, message, sizeof message));
    ck_assert_uint_eq(tokens.count, TOKENS_MAX);
    ck_assert(tokens_have(&tokens, "0000000000001023", 16));
    tokens_release(&tokens);
    ck_assert(!read_text(&tokens, text, (TOKENS_MAX + 1) * 17, message, sizeof message));
    ck_assert_ptr_nonnull(strstr(message, "more than 1024"));
    free(text);
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
    struct tokens tokens;
    char message[256];
    ck_assert(!tokens_read(&tokens, "/nowhere/tokens", message, sizeof message));
    ck_assert_str_eq(message, "/nowhere/tokens: No such file or directory");
    ck_assert(!tokens_read(&tokens, "/tmp", message, sizeof message));
    ck_assert_str_eq(message, "/tmp: Is a directory");
}
END_TEST

static const struct {
    mode_t mode;
    bool exposed;
} modes[] = {{0600, false}, {0640, false}, {0400, false}, {0644, true}, {0660, true}, {0601, true}};

START_TEST(open_permissions_are_noticed)
{
    struct tokens tokens;
    char message[256];
    write_file(GOOD, strlen(GOOD));
    ck_assert_int_eq(chmod(path, modes[_i].mode), 0);
    ck_assert(tokens_read(&tokens, path, message, sizeof message));
    ck_assert_int_eq(tokens.exposed, modes[_i].exposed);
    tokens_release(&tokens);
    unlink(path);
}
END_TEST

/* What each class says to no token, one that is unknown, one of inference, one of administration, and one of both. */
enum { NONE, UNKNOWN, INFERENCE, ADMINISTRATION, BOTH, BROUGHT };
static const struct credentials brought[BROUGHT] = {{0, 0}, {1, 0}, {1, 1}, {1, 2}, {1, 3}};
#define ALL(verdict)                                                                                                   \
    {                                                                                                                  \
        verdict, verdict, verdict, verdict, verdict                                                                    \
    }
static const struct {
    const char *auth, *admin;
    enum access_class access_class;
    enum access_verdict verdicts[BROUGHT];
} cases[] = {
    {"", "", ACCESS_PUBLIC, ALL(ACCESS_GRANTED)},
    {"", "", ACCESS_INFERENCE, ALL(ACCESS_GRANTED)},
    {"", "", ACCESS_ADMINISTRATION, ALL(ACCESS_GRANTED)},
    {"", "", ACCESS_OBSERVATION, ALL(ACCESS_GRANTED)},
    {"", "", ACCESS_NOBODY, ALL(ACCESS_CLOSED)},
    {"a", "b", ACCESS_NOBODY, ALL(ACCESS_CLOSED)},
    {"a", "b", ACCESS_PUBLIC, ALL(ACCESS_GRANTED)},
    {"a",
     "",
     ACCESS_INFERENCE,
     {ACCESS_NO_TOKEN, ACCESS_BAD_TOKEN, ACCESS_GRANTED, ACCESS_WRONG_TOKEN, ACCESS_GRANTED}},
    {"a", "", ACCESS_ADMINISTRATION, ALL(ACCESS_CLOSED)},
    {"", "b", ACCESS_INFERENCE, ALL(ACCESS_GRANTED)},
    {"", "b", ACCESS_OBSERVATION, {ACCESS_NO_TOKEN, ACCESS_BAD_TOKEN, ACCESS_GRANTED, ACCESS_GRANTED, ACCESS_GRANTED}},
    {"a", "b", ACCESS_OBSERVATION, {ACCESS_NO_TOKEN, ACCESS_BAD_TOKEN, ACCESS_GRANTED, ACCESS_GRANTED, ACCESS_GRANTED}},
    {"a",
     "b",
     ACCESS_INFERENCE,
     {ACCESS_NO_TOKEN, ACCESS_BAD_TOKEN, ACCESS_GRANTED, ACCESS_WRONG_TOKEN, ACCESS_GRANTED}},
    {"a",
     "b",
     ACCESS_ADMINISTRATION,
     {ACCESS_NO_TOKEN, ACCESS_BAD_TOKEN, ACCESS_WRONG_TOKEN, ACCESS_GRANTED, ACCESS_GRANTED}},
};

START_TEST(each_class_is_opened_by_its_tokens)
{
    const struct access access = {.paths = {cases[_i].auth, cases[_i].admin}};
    for (int i = 0; i < BROUGHT; i++)
        ck_assert_int_eq(access_verdict(&access, cases[_i].access_class, &brought[i]), cases[_i].verdicts[i]);
}
END_TEST

static const struct {
    const char *values[2];
    unsigned kinds;
} headers[] = {
    {{"Bearer " GOOD, NULL}, 1},
    {{"bearer " GOOD, NULL}, 1},
    {{"BEARER    " GOOD, NULL}, 1},
    {{"Bearer" GOOD, NULL}, 0},
    {{GOOD, NULL}, 0},
    {{"Basic " GOOD, NULL}, 0},
    {{"Bearer\t" GOOD, NULL}, 0},
    {{"Bearer " GOOD " x", NULL}, 0},
    {{"Bearer " GOOD "," GOOD}, 0},
    {{"", NULL}, 0},
    {{"Bearer " GOOD, "Bearer " GOOD}, 0},
    {{"Basic x", "Bearer " GOOD}, 0},
};

START_TEST(a_header_is_read_as_rfc_6750_says)
{
    write_file(GOOD "\n", strlen(GOOD) + 1);
    struct options options = {.auth_token_file = path, .admin_token_file = (char[]){""}};
    struct access access;
    char message[256];
    log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_NONE);
    ck_assert(access_open(&access, &options, message, sizeof message));
    struct credentials credentials = {0};
    for (int i = 0; i < 2; i++)
        if (headers[_i].values[i])
            credentials_read(&credentials, &access, headers[_i].values[i]);
    ck_assert_uint_eq(credentials.kinds, headers[_i].kinds);
    ck_assert_uint_ge(credentials.given, 1);
    access_release(&access);
    unlink(path);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("tokens");
    TCase *tcase = tcase_create("tokens");
    tcase_add_test(tcase, tokens_are_lines);
    tcase_add_test(tcase, the_longest_token_is_one);
    tcase_add_loop_test(tcase, a_bad_file_is_refused_without_telling_what_is_in_it, 0, COUNT(bad_files));
    tcase_add_test(tcase, a_file_has_a_thousand_tokens_at_most);
    tcase_add_test(tcase, what_cannot_be_read_is_said);
    tcase_add_loop_test(tcase, open_permissions_are_noticed, 0, COUNT(modes));
    tcase_add_loop_test(tcase, each_class_is_opened_by_its_tokens, 0, COUNT(cases));
    tcase_add_loop_test(tcase, a_header_is_read_as_rfc_6750_says, 0, COUNT(headers));
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
