/* senet profile: moments and shares by hand, text in SVG, ticks. */
#include <string.h>

#include "axis.h"
#include "harness.h"
#include "moments.h"
#include "svg.h"

#define NEAR(actual, expected)                                                                                         \
    ck_assert_msg(fabs((actual) - (expected)) <= 1e-12, "%.17g, not %g", (actual), (expected))

/* Two classes of two numbers: {1, 10}, {3, 10} and {5, 10}, {9, 10}, {13, 10}. */
static void fill(struct moments classes[2], struct moments *all)
{
    static const float samples[5][2] = {{1, 10}, {3, 10}, {5, 10}, {9, 10}, {13, 10}};
    ck_assert(moments_init(&classes[0], 2) && moments_init(&classes[1], 2) && moments_init(all, 2));
    for (int i = 0; i < 5; i++)
        moments_add(&classes[i >= 2], samples[i]);
    moments_merge(all, &classes[0]);
    moments_merge(all, &classes[1]);
}

static void release(struct moments classes[2], struct moments *all)
{
    moments_release(&classes[0]);
    moments_release(&classes[1]);
    moments_release(all);
}

START_TEST(moments_are_those_computed_by_hand)
{
    struct moments classes[2], all;
    fill(classes, &all);
    ck_assert_int_eq(classes[0].samples, 2);
    NEAR(classes[0].mean[0], 2.0);
    NEAR(moments_variance(&classes[0], 0), 1.0);
    NEAR(classes[1].mean[0], 9.0);
    NEAR(moments_variance(&classes[1], 0), 32.0 / 3);
    ck_assert_int_eq(all.samples, 5);
    NEAR(all.mean[0], 6.2);
    NEAR(all.squares[0], 92.8); /* 285 - 5 * 6.2^2 */
    NEAR(all.mean[1], 10.0);
    ck_assert(moments_variance(&all, 1) == 0);
    release(classes, &all);
}
END_TEST

START_TEST(the_share_between_classes_is_that_computed_by_hand)
{
    struct moments classes[2], all;
    fill(classes, &all);
    const struct moments *const pointers[] = {&classes[0], &classes[1]};
    /* Between: 2 * 4.2^2 + 3 * 2.8^2 = 58.8 of 92.8; the class means 2 and 9 deviate by 3.5. */
    struct spread one = spread_between(pointers, 2, &all, 0, 1), both = spread_between(pointers, 2, &all, 0, 2);
    NEAR(one.share, 58.8 / 92.8);
    NEAR(one.class_std, 3.5);
    NEAR(one.std, sqrt(92.8 / 5));
    /* A number that never varies takes no part in the share, but in the averages. */
    NEAR(both.share, 58.8 / 92.8);
    NEAR(both.class_std, 1.75);
    NEAR(both.std, sqrt(92.8 / 10));
    NEAR(both.mean, 8.1);
    release(classes, &all);
}
END_TEST

START_TEST(what_does_not_vary_has_no_share)
{
    struct moments classes[2], all;
    fill(classes, &all);
    const struct moments *const pointers[] = {&classes[0], &classes[1]};
    struct spread spread = spread_between(pointers, 2, &all, 1, 1);
    ck_assert(spread.share == 0 && spread.std == 0 && spread.class_std == 0);
    release(classes, &all);
}
END_TEST

/* 0.1 has no exact float or double: sums of squares would leave a rest, and a share of it. */
START_TEST(equal_numbers_do_not_vary_however_many_they_are)
{
    struct moments classes[3], all;
    const float value = 0.1f;
    ck_assert(moments_init(&all, 1));
    const struct moments *pointers[3];
    for (int i = 0; i < 3; i++) {
        ck_assert(moments_init(&classes[i], 1));
        for (int n = 0; n < 1000 + 7 * i; n++)
            moments_add(&classes[i], &value);
        moments_merge(&all, &classes[i]);
        pointers[i] = &classes[i];
    }
    struct spread spread = spread_between(pointers, 3, &all, 0, 1);
    ck_assert(spread.share == 0 && spread.std == 0);
    for (int i = 0; i < 3; i++)
        moments_release(&classes[i]);
    moments_release(&all);
}
END_TEST

static const struct {
    const char *text;
    size_t limit;
    const char *escaped;
} texts[] = {
    {"cat", 9, "cat"},
    {"<a href=\"x\">&'", 99, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"},
    {"k\xC3\xA4tzchen", 20, "k\xC3\xA4tzchen"},
    {"a\x01\x7F\xC2\x85z", 9, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"},
    {"\xEF\xBF\xBE", 9, "\xEF\xBF\xBD"},         /* U+FFFE */
    {"\xED\xA0\x80", 9, "\xEF\xBF\xBD"},         /* a surrogate */
    {"\xC0\xBC", 9, "\xEF\xBF\xBD"},             /* '<', overlong */
    {"\xE2\x82", 9, "\xEF\xBF\xBD"},             /* ends early */
    {"\xE2<", 9, "\xEF\xBF\xBD&lt;"},            /* cut off by markup */
    {"\xFF\x80", 9, "\xEF\xBF\xBD\xEF\xBF\xBD"}, /* no first byte */
    {"\xF4\x90\x80\x80", 9, "\xEF\xBF\xBD"},     /* beyond U+10FFFF */
    {"\xF0\x9F\x90\xB1", 1, "\xF0\x9F\x90\xB1"}, /* one character of four bytes */
    {"abcdef", 6, "abcdef"},
    {"abcdefg", 6, "abcde\xE2\x80\xA6"},
    {"<<<<", 3, "&lt;&lt;\xE2\x80\xA6"}, /* cut between characters, not within their escapes */
    {"", 3, ""},
};

START_TEST(text_cannot_become_markup)
{
    struct senet_buffer buffer = {0};
    svg_append_text(&buffer, texts[_i].text, texts[_i].limit);
    senet_buffer_append(&buffer, "", 1);
    ck_assert(!buffer.failed);
    ck_assert_str_eq(buffer.data, texts[_i].escaped);
    senet_buffer_release(&buffer);
}
END_TEST

static const struct {
    double low, high;
    struct axis axis;
} axes[] = {
    {0, 1, {0, 1, 0.2, 6, 1}},    {0, 0.6, {0, 0.6, 0.2, 4, 1}}, {-0.93, 0.4, {-1, 0.5, 0.5, 4, 1}},
    {0, 159, {0, 200, 50, 5, 0}}, {0, 0, {0, 1e-6, 2e-7, 6, 7}},
};

START_TEST(ticks_are_round)
{
    struct axis axis = axis_fit(axes[_i].low, axes[_i].high, 5);
    NEAR(axis.low, axes[_i].axis.low);
    NEAR(axis.high, axes[_i].axis.high);
    NEAR(axis.step, axes[_i].axis.step);
    ck_assert_int_eq(axis.ticks, axes[_i].axis.ticks);
    ck_assert_int_eq(axis.decimals, axes[_i].axis.decimals);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tcase = tcase_create("profile");
    tcase_add_test(tcase, moments_are_those_computed_by_hand);
    tcase_add_test(tcase, the_share_between_classes_is_that_computed_by_hand);
    tcase_add_test(tcase, what_does_not_vary_has_no_share);
    tcase_add_test(tcase, equal_numbers_do_not_vary_however_many_they_are);
    tcase_add_loop_test(tcase, text_cannot_become_markup, 0, (int)(sizeof texts / sizeof *texts));
    tcase_add_loop_test(tcase, ticks_are_round, 0, (int)(sizeof axes / sizeof *axes));
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
