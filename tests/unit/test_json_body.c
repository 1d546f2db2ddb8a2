/* JSON from outside: what becomes a tree, and what is refused before it costs anything. */
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "predict/json_body.h"

/* Parses a copy of exactly `size` bytes. */
static enum senet_code parse_bytes(const char *text, size_t size, cJSON **document, struct senet_error *error)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    *document = NULL;
    enum senet_code code = json_body_parse(copy, size, document, error);
    free(copy);
    return code;
}

static const char *const accepted[] = {
    "{}",
    " \t\r\n{ \"a\" : [1, -2.5e3, true, false, null, \"x\"] } \n",
    "{\"a\":\"\\ud83d\\ude00\"}",
    "{\"a\":\"\\\\u0000\"}",
    "{\"a\":\"\xc3\xa9\"}",
    "{\"a\":1,\"a\":2}",
};

START_TEST(an_object_is_parsed)
{
    cJSON *document;
    struct senet_error error;
    ck_assert_msg(!parse_bytes(accepted[_i], strlen(accepted[_i]), &document, &error), "%s", accepted[_i]);
    ck_assert(cJSON_IsObject(document));
    cJSON_Delete(document);
}
END_TEST

static const char *const refused[] = {
    "",
    " ",
    "{",
    "}",
    "[]",
    "1",
    "\"text\"",
    "null",
    "{}{}",
    "{} x",
    "{}\xff",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":tru}",
    "{\"a\":\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\ud83d\"}",
    "{\"a\":\"\\ude00\\ud83d\"}",
    "{\"a\":\"\\ud83dx\"}",
    "{\"a\":\"\\u0000\"}",
    "{\"a\\u0000b\":1}",
    "{\"a\":\"\\\\\\u0000\"}",
    "// comment\n{}",
};

START_TEST(what_is_no_object_is_refused)
{
    cJSON *document;
    struct senet_error error;
    ck_assert_msg(parse_bytes(refused[_i], strlen(refused[_i]), &document, &error) == SENET_INVALID_ARGUMENT, "%s",
                  refused[_i]);
    ck_assert_ptr_null(document);
    ck_assert_uint_gt(strlen(error.message), 10);
}
END_TEST

START_TEST(a_nul_byte_is_refused_wherever_it_stands)
{
    static const char text[] = "{\"key\": [1, \"text\"]}";
    for (size_t at = 0; at < sizeof text; at++) {
        char copy[sizeof text];
        cJSON *document;
        struct senet_error error;
        memcpy(copy, text, sizeof text);
        copy[at] = '\0';
        ck_assert_int_eq(parse_bytes(copy, sizeof text, &document, &error), SENET_INVALID_ARGUMENT);
    }
}
END_TEST

START_TEST(a_text_cut_at_any_byte_is_refused)
{
    static const char text[] = "{\"image\":\"AAAA\\n\\u00e9\",\"gates\":{\"a.se\":[1.5e3,null,-0]},\"b\":true}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        cJSON *document;
        struct senet_error error;
        ck_assert_msg(parse_bytes(text, size, &document, &error) == SENET_INVALID_ARGUMENT, "cut at byte %zu", size);
    }
}
END_TEST

/* {"a":[[[...]]]}, `depth` arrays deep. */
static enum senet_code parse_nested(size_t depth, struct senet_error *error)
{
    char *text = malloc(2 * depth + 8);
    cJSON *document;
    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth);
    memset(text + 5 + depth, ']', depth);
    text[5 + 2 * depth] = '}';
    enum senet_code code = parse_bytes(text, 6 + 2 * depth, &document, error);
    cJSON_Delete(document);
    free(text);
    return code;
}

static void *parse_deep_text(void *result)
{
    struct senet_error error;
    *(bool *)result = !parse_nested(990, &error) && parse_nested(1001, &error) == SENET_INVALID_ARGUMENT &&
                      parse_nested(200000, &error) == SENET_INVALID_ARGUMENT;
    return NULL;
}

START_TEST(depth_is_bounded_on_a_small_stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool good = false;
    pthread_attr_init(&attributes);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, 1024 * 1024), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, parse_deep_text, &good), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    ck_assert(good);
}
END_TEST

START_TEST(a_bomb_of_small_values_is_refused)
{
    size_t count = 300000, size = 6 + 2 * count + 1;
    char *text = malloc(size);
    cJSON *document;
    struct senet_error error;
    memcpy(text, "{\"a\":[", 6);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 6 + 2 * i, "0,", 2);
    text[size - 2] = ']';
    text[size - 1] = '}';
    ck_assert_int_eq(parse_bytes(text, size, &document, &error), SENET_INVALID_ARGUMENT);
    ck_assert(strstr(error.message, "values") != NULL);
    free(text);
}
END_TEST

START_TEST(the_message_says_where)
{
    cJSON *document;
    struct senet_error error;
    parse_bytes("{\"a\": nope}", 11, &document, &error);
    ck_assert_str_eq(error.message, "the body is not valid JSON at byte 6");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_body");
    TCase *tcase = tcase_create("json_body");
    tcase_add_loop_test(tcase, an_object_is_parsed, 0, (int)(sizeof accepted / sizeof *accepted));
    tcase_add_loop_test(tcase, what_is_no_object_is_refused, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tcase, a_nul_byte_is_refused_wherever_it_stands);
    tcase_add_test(tcase, a_text_cut_at_any_byte_is_refused);
    tcase_add_test(tcase, depth_is_bounded_on_a_small_stack);
    tcase_add_test(tcase, a_bomb_of_small_values_is_refused);
    tcase_add_test(tcase, the_message_says_where);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
