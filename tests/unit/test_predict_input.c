/* What a request asks for, from the query and each kind of body. The model is the built-in one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "predict/predict_input.h"

static struct senet_model *model;
static const struct senet_model_info *info;

static void load_model(void)
{
    struct senet_error error;
    ck_assert_int_eq(senet_model_load_builtin(NULL, &model, &error), SENET_OK);
    info = senet_model_info(model);
    ck_assert_uint_gt(info->se_block_count, 1);
}

static void free_model(void)
{
    senet_model_free(model);
}

struct request_text {
    const char *query, *type, *body;
};

struct reading {
    struct predict_input input;
    struct senet_error error;
    enum senet_code code;
    char *body;
};

static void read_request(struct reading *reading, const struct request_text *request)
{
    size_t size = strlen(request->body);
    reading->body = malloc(size ? size : 1);
    memcpy(reading->body, request->body, size);
    struct predict_source source = {request->query, request->type, reading->body, size, 3, model};
    reading->code = predict_input_read(&reading->input, &source, &reading->error);
}
#define READ(reading, query, type, body) read_request((reading), &(struct request_text){(query), (type), (body)})

static void reading_release(struct reading *reading)
{
    predict_input_release(&reading->input);
    free(reading->body);
}

#define JSON "application/json"
#define FORM "multipart/form-data; boundary=b"

START_TEST(without_options_the_defaults_hold)
{
    struct reading reading;
    READ(&reading, NULL, NULL, "bytes");
    ck_assert_int_eq(reading.code, SENET_OK);
    ck_assert_uint_eq(reading.input.image_count, 1);
    ck_assert_uint_eq(reading.input.images[0].size, 5);
    ck_assert_uint_eq(reading.input.answer.top_k, 5);
    ck_assert_int_eq(reading.input.answer.attention, SENET_ATTENTION_FULL);
    ck_assert_int_eq(reading.input.exif, SENET_EXIF_APPLY);
    ck_assert_uint_eq(reading.input.answer.layer_count, 0);
    ck_assert(!reading.input.is_list);
    reading_release(&reading);
}
END_TEST

static const struct request_text same_options[] = {
    {"top_k=7&attention=summary&layers=a.*,b&exif=ignore", "image/png", "x"},
    {"exif=ignore&layers=a.%2A%2cb&&top_k=7&attention=summary", NULL, "x"},
    {"top_k=7", JSON "; charset=utf-8",
     "{\"attention\":\"summary\",\"layers\":\"a.*,b\",\"exif\":\"ignore\",\"image\":\"eA==\"}"},
    {"", "Application/JSON",
     "{\"image\":\"data:image/png;base64,eA==\",\"top_k\":7.0,\"attention\":\"summary\","
     "\"layers\":\"a.*,b\",\"exif\":\"ignore\"}"},
    {"top_k=7&exif=ignore", FORM,
     "--b\r\nContent-Disposition: form-data; name=attention\r\n\r\nsummary\r\n"
     "--b\r\nContent-Disposition: form-data; name=any; filename=f\r\n\r\nx\r\n"
     "--b\r\nContent-Disposition: form-data; name=layers\r\n\r\na.*,b\r\n--b--"},
};

START_TEST(options_mean_the_same_wherever_they_stand)
{
    struct reading reading;
    read_request(&reading, &same_options[_i]);
    ck_assert_msg(!reading.code, "%s", reading.error.message);
    const struct senet_answer_options *answer = &reading.input.answer;
    ck_assert_uint_eq(answer->top_k, 7);
    ck_assert_int_eq(answer->attention, SENET_ATTENTION_SUMMARY);
    ck_assert_uint_eq(answer->layer_count, 2);
    ck_assert_str_eq(answer->layers[0], "a.*");
    ck_assert_str_eq(answer->layers[1], "b");
    ck_assert_int_eq(reading.input.exif, SENET_EXIF_IGNORE);
    ck_assert_uint_eq(reading.input.image_count, 1);
    ck_assert_uint_eq(reading.input.images[0].size, 1);
    ck_assert_mem_eq(reading.input.images[0].bytes, "x", 1);
    reading_release(&reading);
}
END_TEST

static const struct request_text refused[] = {
    {NULL, NULL, ""},
    {NULL, JSON, ""},
    {NULL, FORM, ""},
    {"top_k=-1", NULL, "x"},
    {"top_k=1001", NULL, "x"},
    {"top_k=", NULL, "x"},
    {"top_k", NULL, "x"},
    {"top_k=1&top_k=1", NULL, "x"},
    {"top_k=1 ", NULL, "x"},
    {"top_k=00001", NULL, "x"},
    {"attention=Full", NULL, "x"},
    {"exif=", NULL, "x"},
    {"layers=", NULL, "x"},
    {"layers=a,", NULL, "x"},
    {"layers=,a", NULL, "x"},
    {"nothing=1", NULL, "x"},
    {"gates=1", NULL, "x"},
    {"%zz=1", NULL, "x"},
    {"=1", NULL, "x"},
    {"top_k=1", JSON, "{\"image\":\"eA==\",\"top_k\":1}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":\"1\"}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":1.5}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":-1}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":1e300}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":[1]}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"top_k\":null}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"exif\":1}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"Top_k\":1}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"image\":\"eA==\"}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"images\":[\"eA==\"]}"},
    {NULL, JSON, "{\"images\":[\"eA==\"],\"images\":[\"eA==\"]}"},
    {NULL, JSON, "{\"images\":[\"eA==\",\"eA==\",\"eA==\",\"eA==\"]}"},
    {NULL, JSON, "{\"images\":[\"eA==\",{}]}"},
    {NULL, JSON, "{\"images\":\"eA==\"}"},
    {NULL, JSON, "{\"images\":[]}"},
    {NULL, JSON, "{\"image\":\"eA\"}"},
    {NULL, JSON, "{\"image\":\"data:image/png,eA==\"}"},
    {NULL, JSON, "{\"image\":[\"eA==\"]}"},
    {NULL, JSON, "{}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"gates\":{},\"gates\":{}}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"gates\":[]}"},
    {NULL, JSON, "{\"image\":\"eA==\",\"gates\":null}"},
    {NULL, FORM, "--b\r\nContent-Disposition: form-data; name=top_k\r\n\r\n1\r\n--b--"},
    {"top_k=1", FORM,
     "--b\r\nContent-Disposition: form-data; name=top_k\r\n\r\n1\r\n"
     "--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nx\r\n--b--"},
    {NULL, FORM, "--b\r\nContent-Disposition: form-data; name=image\r\n\r\nx\r\n--b--"},
};

START_TEST(what_cannot_be_meant_is_refused)
{
    struct reading reading;
    read_request(&reading, &refused[_i]);
    ck_assert_msg(reading.code == SENET_INVALID_ARGUMENT, "%s %s", refused[_i].query ? refused[_i].query : "",
                  refused[_i].body);
    ck_assert_uint_gt(strlen(reading.error.message), 10);
    reading_release(&reading);
}
END_TEST

START_TEST(a_list_stays_a_list_when_it_holds_one)
{
    struct reading reading;
    READ(&reading, NULL, JSON, "{\"images\":[\"eA==\"]}");
    ck_assert_int_eq(reading.code, SENET_OK);
    ck_assert(reading.input.is_list);
    reading_release(&reading);
    READ(&reading, NULL, FORM,
         "--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nx\r\n"
         "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n\r\n--b--");
    ck_assert_int_eq(reading.code, SENET_OK);
    ck_assert(reading.input.is_list);
    ck_assert_uint_eq(reading.input.image_count, 2);
    ck_assert_str_eq(reading.input.images[1].filename, "b");
    ck_assert_uint_eq(reading.input.images[1].size, 0);
    reading_release(&reading);
}
END_TEST

/* {"image": ..., "gates": {LAYER: VALUE}} for the first SE block. */
static void read_gate(struct reading *reading, const char *value)
{
    char *body = malloc(strlen(value) + 512);
    sprintf(body, "{\"image\":\"eA==\",\"gates\":{\"%s\":%s}}", info->se_blocks[0].layer, value);
    READ(reading, NULL, JSON, body);
    free(body);
}

START_TEST(a_gate_is_identity_a_number_or_a_number_each)
{
    struct reading reading;
    int64_t channels = info->se_blocks[0].channels;
    read_gate(&reading, "\"identity\"");
    ck_assert_int_eq(reading.code, SENET_OK);
    ck_assert_uint_eq(reading.input.gate_count, 1);
    ck_assert_uint_eq(reading.input.gates[0].se_block, 0);
    for (int64_t c = 0; c < channels; c++)
        ck_assert(reading.input.gates[0].values[c] == 1);
    reading_release(&reading);

    read_gate(&reading, "-2.5");
    ck_assert_int_eq(reading.code, SENET_OK);
    for (int64_t c = 0; c < channels; c++)
        ck_assert(reading.input.gates[0].values[c] == -2.5f);
    reading_release(&reading);

    char values[4096] = "[0.5";
    for (int64_t c = 1; c < channels; c++)
        strcat(values, ",null");
    read_gate(&reading, strcat(values, "]"));
    ck_assert_msg(!reading.code, "%s", reading.error.message);
    ck_assert(reading.input.gates[0].values[0] == 0.5f);
    for (int64_t c = 1; c < channels; c++)
        ck_assert(isnan(reading.input.gates[0].values[c]));
    reading_release(&reading);
}
END_TEST

static const char *const bad_gates[] = {"\"open\"", "true",  "null",  "{}",    "[]",     "[1]",
                                        "1e39",     "-1e39", "1e400", "[[1]]", "[\"1\"]"};

START_TEST(another_gate_is_refused)
{
    struct reading reading;
    read_gate(&reading, bad_gates[_i]);
    ck_assert_msg(reading.code == SENET_INVALID_ARGUMENT, "%s", bad_gates[_i]);
    ck_assert(strstr(reading.error.message, info->se_blocks[0].layer) != NULL);
    reading_release(&reading);
}
END_TEST

START_TEST(an_unknown_block_is_named)
{
    struct reading reading;
    READ(&reading, NULL, JSON, "{\"image\":\"eA==\",\"gates\":{\"layer9.se\":1}}");
    ck_assert_int_eq(reading.code, SENET_UNKNOWN_LAYER);
    ck_assert(strstr(reading.error.message, "layer9.se") != NULL);
    reading_release(&reading);
}
END_TEST

START_TEST(a_block_may_be_given_once)
{
    struct reading reading;
    char body[1024];
    const char *layer = info->se_blocks[1].layer;
    snprintf(body, sizeof body, "{\"image\":\"eA==\",\"gates\":{\"%s\":1,\"%s\":1}}", layer, layer);
    READ(&reading, NULL, JSON, body);
    ck_assert_int_eq(reading.code, SENET_INVALID_ARGUMENT);
    reading_release(&reading);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("predict_input");
    TCase *tcase = tcase_create("predict_input");
    tcase_add_unchecked_fixture(tcase, load_model, free_model);
    tcase_add_test(tcase, without_options_the_defaults_hold);
    tcase_add_loop_test(tcase, options_mean_the_same_wherever_they_stand, 0,
                        (int)(sizeof same_options / sizeof *same_options));
    tcase_add_loop_test(tcase, what_cannot_be_meant_is_refused, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tcase, a_list_stays_a_list_when_it_holds_one);
    tcase_add_test(tcase, a_gate_is_identity_a_number_or_a_number_each);
    tcase_add_loop_test(tcase, another_gate_is_refused, 0, (int)(sizeof bad_gates / sizeof *bad_gates));
    tcase_add_test(tcase, an_unknown_block_is_named);
    tcase_add_test(tcase, a_block_may_be_given_once);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
