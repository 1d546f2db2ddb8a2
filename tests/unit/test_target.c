/* Paths and queries as clients send them. */
#include <string.h>

#include "harness.h"
#include "http/target.h"

static const struct {
    const char *text, *path, *query;
} splits[] = {
    {"/", "/", NULL},
    {"/a/b", "/a/b", NULL},
    {"/a?x=1", "/a", "x=1"},
    {"/a?", "/a", ""},
    {"/a?x?y", "/a", "x?y"},
    {"?x", "", "x"},
    {"", "", NULL},
    {"*", "*", NULL},
    {"http://host/a?b", "/a", "b"},
    {"HTTP://host:80/a", "/a", NULL},
    {"http://host?b", "/", "b"},
    {"http://host", "/", NULL},
    {"http://", "/", NULL},
    {"HTTPS://host:443/a/b?c", "/a/b", "c"},
};

START_TEST(a_target_is_split)
{
    struct target target;
    target_split(splits[_i].text, &target);
    ck_assert_uint_eq(target.path_length, strlen(splits[_i].path));
    ck_assert_mem_eq(target.path, splits[_i].path, target.path_length);
    if (splits[_i].query)
        ck_assert_pstr_eq(target.query, splits[_i].query);
    else
        ck_assert_ptr_null(target.query);
}
END_TEST

static const struct {
    const char *text;
    bool plus;
    const char *decoded; /* NULL when refused */
} decodings[] = {
    {"", false, ""},
    {"abc", false, "abc"},
    {"%41%6a%6A", false, "Ajj"},
    {"%2e%2E%2f", false, "../"},
    {"%C3%A9%ff", false, "\xc3\xa9\xff"},
    {"a+b", false, "a+b"},
    {"a+b%2B", true, "a b+"},
    {"%25%32%35", false, "%25"},
    {"%", false, NULL},
    {"%4", false, NULL},
    {"a%", false, NULL},
    {"%zz", false, NULL},
    {"%4g", false, NULL},
    {"%-1", false, NULL},
    {"%+1", false, NULL},
    {"% 1", false, NULL},
    {"%00", false, NULL},
    {"a%00b", false, NULL},
    {"%u0041", false, NULL},
    {"1234567", false, "1234567"},
    {"12345678", false, NULL}, /* no room for the NUL */
    {"1234567%41", false, NULL},
};

START_TEST(escapes_are_decoded_strictly)
{
    char decoded[8];
    bool good = percent_decode(decodings[_i].text, strlen(decodings[_i].text), decodings[_i].plus, decoded, 8);
    ck_assert_msg(good == (decodings[_i].decoded != NULL), "%s", decodings[_i].text);
    if (good)
        ck_assert_str_eq(decoded, decodings[_i].decoded);
}
END_TEST

START_TEST(nothing_is_written_beyond_the_buffer)
{
    char decoded[4] = "xyz";
    ck_assert(!percent_decode("abc", 3, false, decoded, 3));
    ck_assert_int_eq(decoded[3], '\0');
    ck_assert(!percent_decode("", 0, false, decoded, 0));
}
END_TEST

START_TEST(a_text_need_not_end_with_a_nul)
{
    static const char bytes[] = {'%', '4', '1', '%', '4'};
    char decoded[8];
    ck_assert(percent_decode(bytes, 3, false, decoded, sizeof decoded));
    ck_assert_str_eq(decoded, "A");
    ck_assert(!percent_decode(bytes, 5, false, decoded, sizeof decoded));
}
END_TEST

START_TEST(pairs_come_in_order)
{
    static const struct {
        const char *name, *value;
        bool good;
    } expected[] = {{"a", "1", true}, {"b", "", true}, {"c", "=", true}, {"", "d", true}, {"e f", "g&", true}};
    const char *query = "&a=1&&b&c==&=d&e+f=g%26&h=%zz&", *at = query;
    char name[16], value[16];
    bool good;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        ck_assert(query_next(&at, name, value, sizeof name, &good));
        ck_assert(good);
        ck_assert_str_eq(name, expected[i].name);
        ck_assert_str_eq(value, expected[i].value);
    }
    ck_assert(query_next(&at, name, value, sizeof name, &good));
    ck_assert(!good);
    ck_assert(!query_next(&at, name, value, sizeof name, &good));
    at = NULL;
    ck_assert(!query_next(&at, name, value, sizeof name, &good));
}
END_TEST

START_TEST(a_pair_that_is_too_long_is_refused_and_passed)
{
    char query[4096], name[16], value[16];
    memset(query, 'x', sizeof query);
    memcpy(query + sizeof query - 5, "&a=1", 5);
    const char *at = query;
    bool good;
    ck_assert(query_next(&at, name, value, sizeof name, &good));
    ck_assert(!good);
    ck_assert(query_next(&at, name, value, sizeof name, &good));
    ck_assert(good);
    ck_assert_str_eq(name, "a");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = tcase_create("target");
    tcase_add_loop_test(tcase, a_target_is_split, 0, (int)(sizeof splits / sizeof *splits));
    tcase_add_loop_test(tcase, escapes_are_decoded_strictly, 0, (int)(sizeof decodings / sizeof *decodings));
    tcase_add_test(tcase, nothing_is_written_beyond_the_buffer);
    tcase_add_test(tcase, a_text_need_not_end_with_a_nul);
    tcase_add_test(tcase, pairs_come_in_order);
    tcase_add_test(tcase, a_pair_that_is_too_long_is_refused_and_passed);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
