/* Origins of pages: their form, and which are let in. */
#include "access/cors.h"

#include "harness.h"

static const struct {
    const char *text;
    bool good;
} forms[] = {
    {"*", true},
    {"https://shop.example", true},
    {"http://localhost:3000", true},
    {"http://127.0.0.1:8080", true},
    {"http://[::1]:8080", true},
    {"chrome-extension://abcdefgh", true},
    {"", false},
    {"null", false},
    {"shop.example", false},
    {"https://", false},
    {"https:shop.example", false},
    {"https://shop.example/", false},
    {"https://Shop.example", false},
    {"HTTPS://shop.example", false},
    {"https://shop.example:", false},
    {"https://shop.example:123456", false},
    {"https://shop.example:80x", false},
    {"https://user@shop.example", false},
    {"https://*.shop.example", false},
    {"http://[::1", false},
    {"1http://a", false},
    {"https://a\r\nX: y", false},
    {" https://a", false},
};

START_TEST(an_origin_has_its_form)
{
    ck_assert_msg(origin_check(forms[_i].text) == forms[_i].good, "'%s'", forms[_i].text);
}
END_TEST

static char shop[] = "https://shop.example", local[] = "http://localhost:3000", all[] = "*";

START_TEST(the_whole_origin_must_be_listed)
{
    char *items[] = {shop, local};
    const struct text_list list = {items, 2};
    static const char *const strangers[] = {"",
                                            "null",
                                            "https://shop.example.evil",
                                            "http://shop.example",
                                            "https://shop.example:443",
                                            "http://localhost",
                                            "https://shop.exampl",
                                            "*"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        struct origin origin = {0};
        origin_read(&origin, &list, strangers[i]);
        ck_assert_ptr_null(origin.allowed);
        ck_assert_uint_eq(origin.given, 1);
    }
    struct origin origin = {0};
    origin_read(&origin, &list, "http://localhost:3000");
    ck_assert_str_eq(origin.allowed, local);
    origin_read(&origin, &list, "http://localhost:3000");
    ck_assert_ptr_null(origin.allowed);
}
END_TEST

START_TEST(a_star_lets_all_in)
{
    char *items[] = {all};
    const struct text_list list = {items, 1}, none = {0};
    struct origin origin = {0};
    origin_read(&origin, &list, "null");
    ck_assert_str_eq(origin.allowed, "*");
    origin = (struct origin){0};
    origin_read(&origin, &none, "null");
    ck_assert_ptr_null(origin.allowed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cors");
    TCase *tcase = tcase_create("cors");
    tcase_add_loop_test(tcase, an_origin_has_its_form, 0, (int)(sizeof forms / sizeof *forms));
    tcase_add_test(tcase, the_whole_origin_must_be_listed);
    tcase_add_test(tcase, a_star_lets_all_in);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
