#include <string.h>

#include "answer/glob.h"
#include "harness.h"

static const struct {
    const char *glob, *text;
    bool matches;
} cases[] = {
    {"", "", true},
    {"", "a", false},
    {"layer1.0.se", "layer1.0.se", true},
    {"layer1.0.se", "layer1.0.se2", false},
    {"layer1.0.se", "layer1.0", false},
    {"*", "", true},
    {"*", "anything", true},
    {"layer1.*", "layer1.0.se", true},
    {"layer1.*", "layer10.se", false},
    {"*.se", "layer1.0.se", true},
    {"*.se", "layer1.0.se.x", false},
    {"*1*se*", "layer1.0.se", true},
    {"a**b", "a-b", true},
    {"layer?.0.se", "layer3.0.se", true},
    {"layer?.0.se", "layer.0.se", false},
    {"layer[12].0.se", "layer2.0.se", true},
    {"layer[12].0.se", "layer3.0.se", false},
    {"layer[1-3].*", "layer3.0.se", true},
    {"layer[!1-3].*", "layer3.0.se", false},
    {"layer[!1-3].*", "layer4.0.se", true},
    {"[]]", "]", true},
    {"[a-]", "-", true},
    {"[ab", "[ab", true},
    {"[ab", "a", false},
    {"*[", "x[", true},
    {"*[0-9]", "se_12", true},
};

START_TEST(globs_match_as_in_a_shell)
{
    ck_assert_msg(glob_matches(cases[_i].glob, cases[_i].text) == cases[_i].matches, "'%s' on '%s'", cases[_i].glob,
                  cases[_i].text);
}
END_TEST

/* A backtracking matcher would still be at it when the universe ends. */
START_TEST(many_stars_cost_no_more_than_the_product_of_the_lengths)
{
    char glob[401], text[2001];
    for (int i = 0; i < 400; i++)
        glob[i] = i % 2 ? 'a' : '*';
    glob[399] = 'b';
    glob[400] = '\0';
    memset(text, 'a', 2000);
    text[2000] = '\0';
    ck_assert(!glob_matches(glob, text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glob");
    TCase *tcase = tcase_create("glob");
    tcase_add_loop_test(tcase, globs_match_as_in_a_shell, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tcase, many_stars_cost_no_more_than_the_product_of_the_lengths);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
