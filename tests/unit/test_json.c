#include <float.h>
#include <string.h>

#include "harness.h"
#include "senet.h"

static struct senet_buffer buffer;
static struct senet_json json;

static void set_up(void)
{
    buffer = (struct senet_buffer){0};
    json = (struct senet_json){.buffer = &buffer};
}

static void tear_down(void)
{
    senet_buffer_release(&buffer);
}

/* What was written since the last call. */
static const char *written(void)
{
    senet_buffer_append(&buffer, "", 1);
    ck_assert(!buffer.failed);
    buffer.size = 0;
    json.need_comma = false;
    return buffer.data;
}

START_TEST(commas_stand_between_members_and_elements_only)
{
    senet_json_object_begin(&json);
    senet_json_key(&json, "empty");
    senet_json_array_begin(&json);
    senet_json_array_end(&json);
    senet_json_key(&json, "list");
    senet_json_array_begin(&json);
    senet_json_int(&json, 1);
    senet_json_bool(&json, false);
    senet_json_object_begin(&json);
    senet_json_object_end(&json);
    senet_json_string(&json, NULL);
    senet_json_array_end(&json);
    senet_json_key(&json, "last");
    senet_json_string(&json, "x");
    senet_json_object_end(&json);
    ck_assert_str_eq(written(), "{\"empty\":[],\"list\":[1,false,{},null],\"last\":\"x\"}");
}
END_TEST

static const struct {
    const char *text, *expected;
} strings[] = {
    {"", "\"\""},
    {"cat", "\"cat\""},
    {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
    {"\n\r\t\x01\x1f\x7f", "\"\\n\\r\\t\\u0001\\u001f\\u007f\""},
    {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\xB8", "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\xB8\""},
    {"\xC2\x9B\xC2\xA0\xE2\x80\xA8\xE2\x80\xA7", "\"\\u009b\xC2\xA0\\u2028\xE2\x80\xA7\""}, /* C1, line separator */
    {"\xFFx", "\"\xEF\xBF\xBDx\""},                                                         /* never in UTF-8 */
    {"x\xC3", "\"x\xEF\xBF\xBD\""},                                                         /* cut short */
    {"\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                                           /* cut short, two bytes */
    {"\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                                           /* overlong slash */
    {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},                           /* a surrogate */
    {"\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},           /* above U+10FFFF */
};

START_TEST(strings_are_escaped_and_always_utf_8)
{
    senet_json_string(&json, strings[_i].text);
    ck_assert_str_eq(written(), strings[_i].expected);
}
END_TEST

static const struct {
    double number;
    int decimals;
    const char *expected;
} doubles[] = {
    {0, 3, "0"},
    {-0.0, 3, "0"},
    {1.5, 3, "1.5"},
    {-1.25, 1, "-1.3"},
    {0.0004, 3, "0"},
    {-0.0004, 3, "0"},
    {0.05, 3, "0.05"},
    {99.9996, 3, "100"},
    {1e17, 2, "100000000000000000"},
    {12.5, 0, "13"},
    {1e6, 9, "1000000"},
    {NAN, 3, "null"},
    {INFINITY, 3, "null"},
    {-INFINITY, 3, "null"},
    {0.123456789, 99, "0.123456789"},
    {-1e20, 3, "-100000000000000000000"},
};

START_TEST(doubles_are_rounded_to_their_decimals)
{
    senet_json_double(&json, doubles[_i].number, doubles[_i].decimals);
    ck_assert_str_eq(written(), doubles[_i].expected);
}
END_TEST

START_TEST(integers_are_whole_over_their_range)
{
    const struct {
        int64_t number;
        const char *expected;
    } cases[] = {{0, "0"}, {-7, "-7"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        senet_json_int(&json, cases[i].number);
        ck_assert_str_eq(written(), cases[i].expected);
    }
}
END_TEST

START_TEST(floats_read_back_within_1e_7_or_as_the_same_float)
{
    uint32_t state = 7;
    for (int i = 0; i < 20000; i++) {
        float number = ldexpf(harness_random(&state), i % 150 - 30);
        senet_json_float(&json, number);
        float back = strtof(written(), NULL);
        ck_assert_msg(fabsf(back - number) <= 1e-7F || back == number, "%.9g became %.9g", (double)number,
                      (double)back);
    }
    senet_json_float(&json, FLT_MAX);
    ck_assert(strtof(written(), NULL) == FLT_MAX);
}
END_TEST

/* By their bits, a prime apart: every exponent and sign many times. */
START_TEST(floats_of_all_sizes_read_back)
{
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 49999) {
        uint32_t pattern = (uint32_t)bits;
        float number, back;
        memcpy(&number, &pattern, sizeof number);
        senet_json_float(&json, number);
        const char *text = written();
        if (!isfinite(number)) {
            ck_assert_str_eq(text, "null");
            continue;
        }
        back = strtof(text, NULL);
        ck_assert_msg(fabsf(back - number) <= 1e-7F || back == number, "%.9g became %s", (double)number, text);
    }
}
END_TEST

START_TEST(a_buffer_grows_and_prints)
{
    for (int i = 0; i < 5000; i++)
        senet_buffer_printf(&buffer, "%d;", i % 10);
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, 10000);
    ck_assert(!memcmp(buffer.data + 9998, "9;", 2));
}
END_TEST

START_TEST(a_buffer_that_failed_stays_as_it_was)
{
    senet_buffer_append(&buffer, "abc", 3);
    senet_buffer_append(&buffer, "x", SIZE_MAX - 1);
    ck_assert(buffer.failed);
    senet_buffer_append(&buffer, "def", 3);
    senet_buffer_printf(&buffer, "%d", 4);
    ck_assert_uint_eq(buffer.size, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("writer");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, commas_stand_between_members_and_elements_only);
    tcase_add_loop_test(tcase, strings_are_escaped_and_always_utf_8, 0, (int)(sizeof strings / sizeof *strings));
    tcase_add_loop_test(tcase, doubles_are_rounded_to_their_decimals, 0, (int)(sizeof doubles / sizeof *doubles));
    tcase_add_test(tcase, integers_are_whole_over_their_range);
    tcase_add_test(tcase, floats_read_back_within_1e_7_or_as_the_same_float);
    tcase_add_test(tcase, floats_of_all_sizes_read_back);
    tcase_add_test(tcase, a_buffer_grows_and_prints);
    tcase_add_test(tcase, a_buffer_that_failed_stays_as_it_was);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
