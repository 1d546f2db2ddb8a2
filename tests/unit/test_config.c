#include "model/config.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static struct arena arena;
static struct model_config config;
static struct senet_error error;

static void set_up(void)
{
    config = (struct model_config){0};
    error = (struct senet_error){0};
}

static void tear_down(void)
{
    arena_release(&arena);
}

static enum senet_code parse_sized(const char *json, size_t size, const char *labels)
{
    /* In a block of exactly that size, so that a sanitiser sees reads past its end. */
    char *copy = json ? malloc(size + !size) : NULL;
    if (copy)
        memcpy(copy, json, size);
    error = (struct senet_error){0};
    enum senet_code code = config_parse(copy, size, labels, labels ? strlen(labels) : 0, &arena, &config, &error);
    free(copy);
    ck_assert_int_eq(error.code, code);
    return code;
}

static enum senet_code parse(const char *json, const char *labels)
{
    return parse_sized(json, json ? strlen(json) : 0, labels);
}

static void check_defaults(void)
{
    const struct senet_preprocess *preprocess = &config.preprocess;
    ck_assert_ptr_null(config.architecture);
    ck_assert_int_eq(config.num_classes, 0);
    ck_assert_uint_eq(config.label_count, 0);
    ck_assert(!config.has_input_size);
    ck_assert_int_eq(preprocess->channels, 3);
    ck_assert_int_eq(preprocess->height, 224);
    ck_assert_int_eq(preprocess->width, 224);
    ck_assert_int_eq(preprocess->interpolation, SENET_BICUBIC);
    ck_assert_int_eq(preprocess->crop_mode, SENET_CROP_CENTER);
    ck_assert_double_eq(preprocess->crop_pct, 0.875);
    ck_assert_double_eq(preprocess->mean[1], 0.456);
    ck_assert_double_eq(preprocess->std[2], 0.225);
}

START_TEST(what_is_absent_has_timms_defaults)
{
    static const char *const texts[] = {
        NULL,
        "{}",
        " \n{ } \r\n\t",
        "{\"pretrained_cfg\": {}}",
        "{\"architecture\": null, \"num_classes\": null, \"label_names\": null, \"pretrained_cfg\": null}",
        "{\"pretrained_cfg\": {\"input_size\": null, \"interpolation\": null, \"crop_pct\": null, \"crop_mode\": null, "
        "\"mean\": null, \"std\": null}}",
        "{\"senetd\": {\"max_batch\": 8}, \"pretrained_cfg\": {\"hf_hub_id\": \"timm/x\", \"pool_size\": [7, 7]}}",
        "\xef\xbb\xbf{}",
    };
    ck_assert_msg(parse(texts[_i], NULL) == SENET_OK, "%s", error.message);
    check_defaults();
}
END_TEST

START_TEST(every_member_is_read)
{
    static const char json[] =
        "{\"architecture\": \"seresnet50\", \"num_classes\": 3, \"label_names\": [\"cat\", \"dog\", \"caf\\u00e9\"],\n"
        " \"pretrained_cfg\": {\"input_size\": [3, 160, 192], \"interpolation\": \"bilinear\", \"crop_pct\": 1.0,\n"
        "  \"crop_mode\": \"squash\", \"mean\": [0.5, -0.25, 0], \"std\": [0.125, 1, 2e0]}}";
    ck_assert_msg(parse(json, NULL) == SENET_OK, "%s", error.message);
    const struct senet_preprocess *preprocess = &config.preprocess;
    ck_assert_str_eq(config.architecture, "seresnet50");
    ck_assert_int_eq(config.num_classes, 3);
    ck_assert_uint_eq(config.label_count, 3);
    ck_assert_str_eq(config.labels[1], "dog");
    ck_assert_str_eq(config.labels[2], "caf\xc3\xa9");
    ck_assert(config.has_input_size);
    ck_assert_int_eq(preprocess->channels, 3);
    ck_assert_int_eq(preprocess->height, 160);
    ck_assert_int_eq(preprocess->width, 192);
    ck_assert_int_eq(preprocess->interpolation, SENET_BILINEAR);
    ck_assert_int_eq(preprocess->crop_mode, SENET_CROP_SQUASH);
    ck_assert_double_eq(preprocess->crop_pct, 1);
    ck_assert_double_eq(preprocess->mean[1], -0.25);
    ck_assert_double_eq(preprocess->std[0], 0.125);
    ck_assert_double_eq(preprocess->std[2], 2);
}
END_TEST

START_TEST(choices_are_read_by_name)
{
    static const char *const interpolations[] = {"nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"};
    static const char *const modes[] = {"center", "squash", "border"};
    for (int i = 0; i < SENET_INTERPOLATION_COUNT; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"pretrained_cfg\": {\"interpolation\": \"%s\", \"crop_mode\": \"%s\"}}",
                 interpolations[i], modes[i % 3]);
        ck_assert_int_eq(parse(json, NULL), SENET_OK);
        ck_assert_int_eq(config.preprocess.interpolation, i);
        ck_assert_int_eq(config.preprocess.crop_mode, i % 3);
    }
}
END_TEST

START_TEST(one_number_serves_all_channels)
{
    ck_assert_int_eq(parse("{\"pretrained_cfg\": {\"mean\": [0.5], \"std\": [0.25]}}", NULL), SENET_OK);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq(config.preprocess.mean[i], 0.5);
        ck_assert_double_eq(config.preprocess.std[i], 0.25);
    }
}
END_TEST

/* A member, and what it may not be. */
static const struct {
    const char *key;
    bool nested; /* in pretrained_cfg */
    const char *value;
} refused[] = {
    {"architecture", false, "1"},
    {"architecture", false, "[\"a\"]"},
    {"num_classes", false, "-1"},
    {"num_classes", false, "2.5"},
    {"num_classes", false, "\"10\""},
    {"num_classes", false, "1e999"},
    {"num_classes", false, "10000001"},
    {"num_classes", false, "true"},
    {"label_names", false, "\"cat\""},
    {"label_names", false, "[\"cat\", 1]"},
    {"label_names", false, "[\"cat\", null]"},
    {"label_names", false, "{\"0\": \"cat\", \"2\": \"dog\"}"},
    {"label_names", false, "{\"0\": \"cat\", \"0\": \"dog\"}"},
    {"label_names", false, "{\"0\": \"cat\", \"01\": \"dog\"}"},
    {"label_names", false, "{\"0\": \"cat\", \"one\": \"dog\"}"},
    {"label_names", false, "{\"0\": \"cat\", \"\": \"dog\"}"},
    {"label_names", false, "{\"-0\": \"cat\"}"},
    {"label_names", false, "{\"99999999999999999999\": \"cat\"}"},
    {"pretrained_cfg", false, "[]"},
    {"pretrained_cfg", false, "\"resnet\""},
    {"input_size", true, "224"},
    {"input_size", true, "[]"},
    {"input_size", true, "[3, 224]"},
    {"input_size", true, "[3, 224, 224, 1]"},
    {"input_size", true, "[3, 0, 224]"},
    {"input_size", true, "[3, 224, -224]"},
    {"input_size", true, "[3, 224.5, 224]"},
    {"input_size", true, "[3, 224, 16385]"},
    {"input_size", true, "[3, 1e999, 224]"},
    {"input_size", true, "[3, \"224\", 224]"},
    {"interpolation", true, "\"random\""},
    {"interpolation", true, "\"Bicubic\""},
    {"interpolation", true, "2"},
    {"crop_mode", true, "\"corner\""},
    {"crop_mode", true, "[]"},
    {"crop_pct", true, "0"},
    {"crop_pct", true, "-0.5"},
    {"crop_pct", true, "1.01"},
    {"crop_pct", true, "1e999"},
    {"crop_pct", true, "1e-999"},
    {"crop_pct", true, "\"0.9\""},
    {"mean", true, "0.5"},
    {"mean", true, "[0.5, 0.5]"},
    {"mean", true, "[0.5, 0.5, \"0.5\"]"},
    {"mean", true, "[0.5, 0.5, -1e999]"},
    {"mean", true, "[0.5, 0.5, 1e7]"},
    {"std", true, "[0.5, 0.5, 0]"},
    {"std", true, "[0.5, -0.5, 0.5]"},
    {"std", true, "[]"},
    {"std", true, "{\"0\": 1}"},
};

START_TEST(a_member_of_the_wrong_type_or_range_is_named)
{
    char json[256];
    snprintf(json, sizeof json, refused[_i].nested ? "{\"pretrained_cfg\": {\"%s\": %s}}" : "{\"%s\": %s}",
             refused[_i].key, refused[_i].value);
    ck_assert_msg(parse(json, NULL) == SENET_CONFIG_INVALID, "%s", json);
    char start[64];
    snprintf(start, sizeof start, "config.json: %s must be ", refused[_i].key);
    ck_assert_msg(!strncmp(error.message, start, strlen(start)), "%s: %s", json, error.message);
}
END_TEST

START_TEST(a_member_that_appears_twice_is_refused)
{
    ck_assert_int_eq(parse("{\"num_classes\": 3, \"num_classes\": 4}", NULL), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "config.json: num_classes appears twice");
    ck_assert_int_eq(parse("{\"pretrained_cfg\": {\"std\": [1], \"mean\": [0], \"std\": [1]}}", NULL),
                     SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "config.json: std appears twice");
    ck_assert_int_eq(parse("{\"url\": 1, \"url\": 2}", NULL), SENET_OK); /* nobody reads it */
}
END_TEST

START_TEST(what_is_no_json_is_refused_with_its_line)
{
    static const struct {
        const char *json;
        int line;
    } texts[] = {
        {"", 1},
        {"   ", 1},
        {"{\n\"num_classes\": 3,\n}", 3},
        {"{\n\n\"num_classes\": NaN}", 3},
        {"{\"num_classes\": Infinity}", 1},
        {"{\"pretrained_cfg\":\n{\"crop_pct\": +1}}", 2},
        {"{} {}", 1},
        {"{}\n\nx", 3},
        {"{\"architecture\": \"\\ud800\"}", 1},
        {"{\"architecture\": \"a\nb}", 1},
        {"{'architecture': 'a'}", 1},
    };
    char expected[64];
    snprintf(expected, sizeof expected, "config.json: line %d is not valid JSON", texts[_i].line);
    ck_assert_msg(parse(texts[_i].json, NULL) == SENET_CONFIG_INVALID, "%s", texts[_i].json);
    ck_assert_str_eq(error.message, expected);
}
END_TEST

START_TEST(the_root_has_to_be_an_object)
{
    static const char *const texts[] = {"[]", "3", "\"text\"", "null", "true"};
    ck_assert_int_eq(parse(texts[_i], NULL), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "config.json must hold one JSON object");
}
END_TEST

START_TEST(a_text_cut_anywhere_is_refused)
{
    static const char json[] = "{\"architecture\": \"a\\u00e9\", \"num_classes\": 2, \"label_names\": {\"0\": \"x\", "
                               "\"1\": \"y\"}, \"pretrained_cfg\": {\"input_size\": [3, 8, 8], \"mean\": [0.5]}}";
    for (size_t size = 0; size < sizeof json - 1; size++)
        ck_assert_int_eq(parse_sized(json, size, NULL), SENET_CONFIG_INVALID);
    ck_assert_int_eq(parse_sized(json, sizeof json - 1, NULL), SENET_OK);
    ck_assert_int_eq(parse_sized(json, sizeof json, NULL), SENET_CONFIG_INVALID); /* a zero byte more */
}
END_TEST

START_TEST(deep_nesting_and_long_texts_are_bounded)
{
    size_t depth = 100000, large = CONFIG_MAX_BYTES + 1;
    char *text = malloc(large);
    memset(text, '[', depth);
    ck_assert_int_eq(parse_sized(text, depth, NULL), SENET_CONFIG_INVALID);
    memset(text, ' ', large);
    memcpy(text, "{}", 2);
    ck_assert_int_eq(parse_sized(text, large, NULL), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "config.json is larger than 8 MiB");
    ck_assert_int_eq(parse_sized(text, large - 1, NULL), SENET_OK);
    ck_assert_int_eq(config_parse(NULL, 0, text, large, &arena, &config, &error), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "labels.txt is larger than 8 MiB");
    /* A string of a megabyte. */
    memset(text, 'a', 1 << 20);
    memcpy(text, "{\"architecture\": \"", 18);
    memcpy(text + (1 << 20) - 2, "\"}", 2);
    ck_assert_int_eq(parse_sized(text, 1 << 20, NULL), SENET_OK);
    ck_assert_uint_eq(strlen(config.architecture), (1 << 20) - 20);
    free(text);
}
END_TEST

START_TEST(labels_may_be_keyed_by_number_in_any_order)
{
    ck_assert_int_eq(parse("{\"label_names\": {\"1\": \"dog\", \"0\": \"cat\", \"2\": \"emu\"}}", NULL), SENET_OK);
    ck_assert_uint_eq(config.label_count, 3);
    ck_assert_str_eq(config.labels[0], "cat");
    ck_assert_str_eq(config.labels[1], "dog");
    ck_assert_str_eq(config.labels[2], "emu");
}
END_TEST

START_TEST(a_line_is_a_label)
{
    static const char *const texts[] = {"cat\ndog\n", "cat\ndog", "cat\r\ndog\r\n", "\357\273\277cat\ndog\n"};
    ck_assert_msg(parse(NULL, texts[_i]) == SENET_OK, "%s", error.message);
    ck_assert_uint_eq(config.label_count, 2);
    ck_assert_str_eq(config.labels[0], "cat");
    ck_assert_str_eq(config.labels[1], "dog");
}
END_TEST

START_TEST(labels_txt_goes_before_config_json)
{
    ck_assert_int_eq(parse("{\"label_names\": [\"a\", \"b\"]}", "x\ny\nz\n"), SENET_OK);
    ck_assert_uint_eq(config.label_count, 3);
    ck_assert_str_eq(config.labels[2], "z");
}
END_TEST

START_TEST(bad_lines_of_labels_are_refused)
{
    ck_assert_int_eq(parse(NULL, "cat\n\ndog\n"), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "labels.txt: line 2 is empty");
    ck_assert_int_eq(config_parse(NULL, 0, "cat\0dog", 7, &arena, &config, &error), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "labels.txt contains a zero byte");
    ck_assert_int_eq(parse(NULL, ""), SENET_CONFIG_INVALID);
    ck_assert_str_eq(error.message, "labels.txt is empty");
}
END_TEST

START_TEST(texts_can_be_shown)
{
    ck_assert_int_eq(parse("{\"architecture\": \"a\\u001b[2J\", \"label_names\": [\"\\u009bx\", \"\xff\"]}", NULL),
                     SENET_OK);
    ck_assert_str_eq(config.architecture, "a?[2J");
    ck_assert_str_eq(config.labels[0], "??x");
    ck_assert_str_eq(config.labels[1], "?");
    ck_assert_int_eq(parse(NULL, "a\tb\n"), SENET_OK);
    ck_assert_str_eq(config.labels[0], "a?b");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_is_absent_has_timms_defaults, 0, 8);
    tcase_add_test(tcase, every_member_is_read);
    tcase_add_test(tcase, choices_are_read_by_name);
    tcase_add_test(tcase, one_number_serves_all_channels);
    tcase_add_loop_test(tcase, a_member_of_the_wrong_type_or_range_is_named, 0, COUNT(refused));
    tcase_add_test(tcase, a_member_that_appears_twice_is_refused);
    tcase_add_loop_test(tcase, what_is_no_json_is_refused_with_its_line, 0, 11);
    tcase_add_loop_test(tcase, the_root_has_to_be_an_object, 0, 5);
    tcase_add_test(tcase, a_text_cut_anywhere_is_refused);
    tcase_add_test(tcase, deep_nesting_and_long_texts_are_bounded);
    tcase_add_test(tcase, labels_may_be_keyed_by_number_in_any_order);
    tcase_add_loop_test(tcase, a_line_is_a_label, 0, 4);
    tcase_add_test(tcase, labels_txt_goes_before_config_json);
    tcase_add_test(tcase, bad_lines_of_labels_are_refused);
    tcase_add_test(tcase, texts_can_be_shown);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
