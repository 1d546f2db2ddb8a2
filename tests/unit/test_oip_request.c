/* Inference requests, good and malformed. The model is the built-in one, with an input of 3x32x32. */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "routes/oip_request.h"

#define ELEMENTS (3 * 32 * 32)
#define MAX_ITEMS 3

static struct senet_model *model;
static const struct senet_model_info *info;
static const char *input_name, *output_name;

static void load_model(void)
{
    struct senet_error error;
    ck_assert_int_eq(senet_model_load_builtin(NULL, &model, &error), SENET_OK);
    info = senet_model_info(model);
    ck_assert_int_eq(senet_shape_elements(&info->inputs[0].shape), ELEMENTS);
    input_name = info->inputs[0].name;
    output_name = info->outputs[0].name;
}

static void free_model(void)
{
    senet_model_free(model);
}

struct reading {
    struct oip_request request;
    struct senet_error error;
    enum senet_code code;
    char *body; /* exactly as large as what is in it, for the address sanitizer */
};

static struct reading read_bytes(const void *bytes, size_t size, int64_t json_size)
{
    struct reading reading = {.body = malloc(size ? size : 1)};
    memcpy(reading.body, bytes, size);
    struct oip_source source = {reading.body, size, json_size, MAX_ITEMS, true, model};
    reading.code = oip_request_read(&reading.request, &source, &reading.error);
    return reading;
}

static void release(struct reading *reading)
{
    oip_request_release(&reading->request);
    free(reading->body);
}

/* `json` with '%s' for the input's name, then `tail`. */
static struct reading read_with(const char *json, const void *tail, size_t tail_size)
{
    struct senet_buffer body = {0};
    senet_buffer_append(&body, json, strlen(json));
    senet_buffer_append(&body, tail, tail_size);
    ck_assert(!body.failed);
    struct reading reading = read_bytes(body.data, body.size, (int64_t)strlen(json));
    senet_buffer_release(&body);
    return reading;
}

static void check_refused(struct reading reading, const char *message)
{
    ck_assert_msg(reading.code == SENET_INVALID_ARGUMENT || reading.code == SENET_UNKNOWN_LAYER, "taken, not \"%s\"",
                  message);
    ck_assert_msg(strstr(reading.error.message, message), "\"%s\" is not in \"%s\"", message, reading.error.message);
    release(&reading);
}

/* A whole request around what is said of the one input after its name. */
static void input_json(char *json, size_t size, const char *rest, const char *more)
{
    int length = snprintf(json, size, "{\"inputs\":[{\"name\":\"%s\",%s}]%s}", input_name, rest, more);
    ck_assert(length > 0 && (size_t)length < size);
}

static void check_input_refused(const char *rest, const void *tail, size_t tail_size, const char *message)
{
    char json[2048];
    input_json(json, sizeof json, rest, "");
    check_refused(read_with(json, tail, tail_size), message);
}

static unsigned char zeros[MAX_ITEMS * ELEMENTS * 8 + 8];

static struct reading read_zeros(const char *datatype, size_t element, int items, const char *more)
{
    char json[1024], rest[256];
    size_t size = element * (size_t)items * ELEMENTS;
    snprintf(rest, sizeof rest, "\"shape\":[%d,3,32,32],\"datatype\":\"%s\",\"parameters\":{\"binary_data_size\":%zu}",
             items, datatype, size);
    input_json(json, sizeof json, rest, more);
    return read_with(json, zeros, size);
}

static void check_more_refused(const char *more, const char *message)
{
    check_refused(read_zeros("FP32", 4, 1, more), message);
}

/* `count` times `number`, separated by commas. */
static char *repeat(const char *number, size_t count)
{
    char *text = malloc(count * (strlen(number) + 1) + 1), *at = text;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s%s", i ? "," : "", number);
    *at = '\0';
    return text;
}

static struct reading read_numbers(const char *datatype, const char *data)
{
    size_t size = strlen(data) + 512;
    char *json = malloc(size);
    ck_assert_ptr_nonnull(json);
    snprintf(json, size, "{\"inputs\":[{\"name\":\"%s\",\"shape\":[1,3,32,32],\"datatype\":\"%s\",\"data\":%s}]}",
             input_name, datatype, data);
    struct reading reading = read_bytes(json, strlen(json), -1);
    free(json);
    return reading;
}

/* All elements are 1 but the last, which is `last`. */
static struct reading read_last(const char *datatype, const char *last)
{
    char *ones = repeat("1", ELEMENTS - 1), *data = malloc(strlen(ones) + strlen(last) + 4);
    ck_assert_ptr_nonnull(data);
    sprintf(data, "[%s,%s]", ones, last);
    struct reading reading = read_numbers(datatype, data);
    free(ones);
    free(data);
    return reading;
}

static void check_last(const char *datatype, const char *last, float expected)
{
    struct reading reading = read_last(datatype, last);
    ck_assert_msg(reading.code == SENET_OK, "%s %s: %s", datatype, last, reading.error.message);
    const float *values = reading.request.inputs[0].values;
    ck_assert(values[0] == 1 && values[ELEMENTS - 1] == expected);
    release(&reading);
}

START_TEST(numbers_are_read_flat_and_nested)
{
    check_last("FP32", "-2.5e-1", -0.25f);
    check_last("FP32", "0.20000000298023224", 0.2f);
    char *row = repeat("0.5", 32), *nested = malloc(ELEMENTS * 8);
    ck_assert_ptr_nonnull(nested);
    char *at = nested + sprintf(nested, " [ [");
    for (int channel = 0; channel < 3; channel++) {
        at += sprintf(at, "%s[", channel ? "," : "");
        for (int y = 0; y < 32; y++)
            at += sprintf(at, "%s[%s]", y ? ",\n" : "", row);
        at += sprintf(at, "]");
    }
    sprintf(at, "] ]");
    struct reading reading = read_numbers("FP32", nested);
    ck_assert_msg(reading.code == SENET_OK, "%s", reading.error.message);
    for (int i = 0; i < ELEMENTS; i++)
        ck_assert(reading.request.inputs[0].values[i] == 0.5f);
    ck_assert_uint_eq(reading.request.items, 1);
    release(&reading);
    free(row);
    free(nested);
}
END_TEST

START_TEST(each_datatype_takes_its_values_alone)
{
    check_last("UINT8", "255", 255);
    check_last("INT8", "-128", -128);
    check_last("BOOL", "true", 1);
    check_last("BOOL", "false", 0);
    check_last("FP64", "1e-300", 0);
    check_last("FP16", "65504", 65504);
    check_last("INT64", "16777216", 16777216);
    check_last("UINT64", "1e3", 1000);
    static const char *const wrong[][2] = {
        {"UINT8", "256"},      {"UINT8", "-1"},   {"UINT8", "1.5"},  {"INT8", "128"},     {"BOOL", "2"},
        {"FP32", "4e38"},      {"FP32", "1e999"}, {"FP64", "1e300"}, {"FP64", "-1e999"},  {"FP16", "65505"},
        {"INT32", "16777217"}, {"INT64", "1e17"}, {"UINT32", "0.5"}, {"UINT16", "65536"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_refused(read_last(wrong[i][0], wrong[i][1]), "element 3071 does not fit");
}
END_TEST

START_TEST(what_is_no_array_of_numbers_is_refused)
{
    static const char *const malformed[] = {"01", "+1", ".5",  "1.", "1e", "-",  "1 2",
                                            "1,", ",1", "tru", "1]", "[1", "- 1"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct reading reading = read_last("FP32", malformed[i]);
        ck_assert_msg(reading.code == SENET_INVALID_ARGUMENT, "%s is taken", malformed[i]);
        release(&reading);
    }
    static const char *const other[] = {"NaN", "null", "\"1\"", "{}", "Infinity", "0x1"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct reading reading = read_last("FP32", other[i]);
        ck_assert_msg(reading.code == SENET_INVALID_ARGUMENT, "%s is taken", other[i]);
        release(&reading);
    }
    check_refused(read_last("FP32", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
                  "malformed at");
    check_refused(read_last("FP32", "1,1"), "more than");
    check_refused(read_numbers("FP32", "[1,1]"), "less than");
    check_refused(read_numbers("FP32", "[0]"), "less than");
    check_refused(read_numbers("FP32", "[]"), "must be an array of numbers");
    check_refused(read_numbers("FP32", "1"), "must be an array of numbers");
    check_refused(read_numbers("FP32", "{\"data\":[1]}"), "must be an array of numbers");
    check_refused(read_numbers("FP32", "[1,2"), "not valid JSON");
}
END_TEST

START_TEST(a_data_where_none_belongs_is_refused)
{
    char *ones = repeat("1", ELEMENTS), *json = malloc(strlen(ones) + 512);
    ck_assert_ptr_nonnull(json);
    static const char *const stray[] = {"\"data\":[1]", "\"outputs\":[],\"x\":{\"data\":[[2]]}"};
    for (size_t i = 0; i < sizeof stray / sizeof *stray; i++) {
        sprintf(json, "{\"inputs\":[{\"name\":\"%s\",\"shape\":[1,3,32,32],\"datatype\":\"FP32\",\"data\":[%s]}],%s}",
                input_name, ones, stray[i]);
        check_refused(read_bytes(json, strlen(json), -1), "'data' where none belongs");
    }
    free(ones);
    free(json);
    check_input_refused("\"shape\":[1,3,32,32],\"datatype\":\"FP32\",\"d\\u0061ta\":[0]", NULL, 0, "array of numbers");
}
END_TEST

START_TEST(binary_tensors_stay_where_they_are)
{
    struct reading reading = read_zeros("FP32", 4, 2, ",\"id\":\"7\"");
    ck_assert_msg(reading.code == SENET_OK, "%s", reading.error.message);
    ck_assert_uint_eq(reading.request.items, 2);
    ck_assert_ptr_nonnull(reading.request.inputs[0].bytes);
    ck_assert_ptr_null(reading.request.inputs[0].values);
    ck_assert_str_eq(reading.request.id, "7");
    ck_assert_uint_eq(reading.request.output_count, info->output_count);
    ck_assert(!reading.request.outputs[0].is_gate && !reading.request.outputs[0].binary);
    release(&reading);
    static const struct {
        const char *name;
        size_t size;
    } types[] = {{"FP64", 8}, {"FP16", 2}, {"BOOL", 1}, {"UINT8", 1}, {"INT16", 2}, {"INT64", 8}, {"UINT32", 4}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        reading = read_zeros(types[i].name, types[i].size, 1, "");
        ck_assert_msg(reading.code == SENET_OK, "%s: %s", types[i].name, reading.error.message);
        ck_assert(reading.request.inputs[0].values[ELEMENTS - 1] == 0);
        release(&reading);
    }
}
END_TEST

START_TEST(half_precision_is_converted_exactly)
{
    static const struct {
        unsigned char bytes[2];
        double value;
    } cases[] = {
        {{0x00, 0x3c}, 1},     {{0x00, 0xc0}, -2},       {{0x01, 0x00}, 0x1p-24},       {{0xff, 0x03}, 1023 * 0x1p-24},
        {{0xff, 0x7b}, 65504}, {{0x00, 0x7c}, HUGE_VAL}, {{0x55, 0x35}, 1365 * 0x1p-12}};
    const struct oip_datatype *fp16 = oip_datatype_find("FP16");
    ck_assert_ptr_nonnull(fp16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert(fp16->read(cases[i].bytes) == cases[i].value);
    ck_assert(isnan(fp16->read((const unsigned char[]){0x01, 0x7e})));
    ck_assert_ptr_null(oip_datatype_find("BYTES"));
    ck_assert_ptr_null(oip_datatype_find("fp32"));
}
END_TEST

START_TEST(sizes_must_add_up)
{
#define FP32_SHAPE "\"shape\":[1,3,32,32],\"datatype\":\"FP32\","
    size_t size = 4 * ELEMENTS;
    check_input_refused(FP32_SHAPE "\"parameters\":{\"binary_data_size\":12288}", zeros, size - 1,
                        "more than there are bytes");
    check_input_refused(FP32_SHAPE "\"parameters\":{\"binary_data_size\":12288}", zeros, size + 1, "1 bytes follow");
    check_input_refused(FP32_SHAPE "\"parameters\":{\"binary_data_size\":12284}", zeros, size - 4,
                        "its shape is of 3072 elements");
    check_input_refused(FP32_SHAPE "\"parameters\":{\"binary_data_size\":12287}", zeros, size - 1,
                        "its shape is of 3072 elements");
    static const char *const sizes[] = {"-1", "1.5", "\"12288\"", "1e300", "true", "null"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char rest[256];
        snprintf(rest, sizeof rest, FP32_SHAPE "\"parameters\":{\"binary_data_size\":%s}", sizes[i]);
        check_input_refused(rest, zeros, size, "must be a whole number");
    }
    check_input_refused(FP32_SHAPE "\"data\":[1],\"parameters\":{\"binary_data_size\":4}", zeros, 4, "give either");
    check_input_refused(FP32_SHAPE "\"parameters\":{}", NULL, 0, "give either");
    check_input_refused(FP32_SHAPE "\"parameters\":{\"shared_memory_region\":\"x\"}", NULL, 0, "shared memory");
}
END_TEST

START_TEST(shapes_must_be_the_models)
{
#define TYPED ",\"datatype\":\"FP32\",\"data\":[1]"
    check_input_refused("\"shape\":[1,3,32]" TYPED, NULL, 0, "the model's shape is [n,3,32,32]");
    check_input_refused("\"shape\":[1,32,32,3]" TYPED, NULL, 0, "the model's shape is");
    check_input_refused("\"shape\":[]" TYPED, NULL, 0, "the model's shape is");
    check_input_refused("\"shape\":[-1,3,32,32]" TYPED, NULL, 0, "none of them negative");
    check_input_refused("\"shape\":[1.5,3,32,32]" TYPED, NULL, 0, "whole numbers");
    check_input_refused("\"shape\":[1e300,3,32,32]" TYPED, NULL, 0, "whole numbers");
    check_input_refused("\"shape\":[\"1\",3,32,32]" TYPED, NULL, 0, "whole numbers");
    check_input_refused("\"shape\":\"1\"" TYPED, NULL, 0, "must be an array");
    check_input_refused("\"shape\":[1,1,1,1,1,1,1,1,1]" TYPED, NULL, 0, "too many dimensions");
    check_input_refused("\"shape\":[0,3,32,32]" TYPED, NULL, 0, "no item");
    check_input_refused("\"shape\":[4,3,32,32]" TYPED, NULL, 0, "more than 3 items");
    check_input_refused("\"shape\":[999999999999999,3,32,32]" TYPED, NULL, 0, "more than 3 items");
    check_input_refused("\"datatype\":\"FP32\",\"data\":[1]", NULL, 0, "must be an array");
    check_input_refused("\"shape\":[1,3,32,32],\"data\":[1]", NULL, 0, "no 'datatype'");
    check_input_refused("\"shape\":[1,3,32,32],\"datatype\":\"BF16\",\"data\":[1]", NULL, 0,
                        "the datatype 'BF16' is not taken");
}
END_TEST

START_TEST(documents_must_be_requests)
{
    static const char *const documents[][2] = {
        {"", "no JSON"},
        {"[]", "must be an object"},
        {"{}", "'inputs' must be an array"},
        {"{\"inputs\":{}}", "'inputs' must be an array"},
        {"{\"inputs\":[]}", "is missing"},
        {"{\"inputs\":[1]}", "must be of objects"},
        {"{\"inputs\":[{}]}", "no 'name'"},
        {"{\"inputs\":[{\"name\":1}]}", "no 'name'"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}", "no input 'x'"},
        {"{\"id\":1,\"inputs\":[]}", "'id' must be a string"},
        {"{\"parameters\":[],\"inputs\":[]}", "'parameters' must be an object"},
        {"{\"parameters\":{\"x\":{}},\"inputs\":[]}", "must be a string, number or boolean"},
        {"{\"parameters\":{\"gate.nope\":1},\"inputs\":[]}", "no SE block 'nope'"},
        {"{\"parameters\":{\"exif\":\"maybe\"},\"inputs\":[]}", "apply or ignore"},
        {"{\"inputs\":[", "not valid JSON"},
        {"{\"inputs\":[]} x", "something follows"},
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        check_refused(read_bytes(documents[i][0], strlen(documents[i][0]), -1), documents[i][1]);
    check_refused(read_bytes("{}", 2, 3), "Inference-Header-Content-Length");
    check_refused(read_bytes("{}", 2, -2), "Inference-Header-Content-Length");
    check_refused(read_bytes("{}", 2, INT64_MAX), "Inference-Header-Content-Length");
    check_refused(read_bytes("{}", 2, 0), "no JSON");
    char deep[4096];
    memset(deep, '[', sizeof deep);
    check_refused(read_bytes(deep, sizeof deep, -1), "not valid JSON");
}
END_TEST

START_TEST(outputs_are_chosen_by_name)
{
    char more[512];
    snprintf(more, sizeof more,
             ",\"parameters\":{\"binary_data_output\":true,\"gate.%s\":\"identity\",\"priority\":1},\"outputs\":["
             "{\"name\":\"gate.%s\"},{\"name\":\"%s\",\"parameters\":{\"binary_data\":false,\"classification\":99}}]",
             info->se_blocks[0].layer, info->se_blocks[1].layer, output_name);
    struct reading reading = read_zeros("FP32", 4, 1, more);
    ck_assert_msg(reading.code == SENET_OK, "%s", reading.error.message);
    const struct oip_output *outputs = reading.request.outputs;
    ck_assert_uint_eq(reading.request.output_count, 2);
    ck_assert(outputs[0].is_gate && outputs[0].index == 1 && outputs[0].binary && outputs[0].classes == 0);
    ck_assert_int_eq((int64_t)outputs[0].elements, info->se_blocks[1].channels);
    ck_assert(!outputs[1].is_gate && !outputs[1].binary);
    ck_assert_int_eq((int64_t)outputs[1].classes, info->class_count);
    ck_assert_uint_eq(reading.request.options.gate_count, 1);
    ck_assert(reading.request.options.gates[0].se_block == 0 && reading.request.options.gates[0].values[0] == 1);
    release(&reading);
    check_more_refused(",\"outputs\":{}", "'outputs' must be an array");
    check_more_refused(",\"outputs\":[1]", "each with a 'name'");
    check_more_refused(",\"outputs\":[{\"name\":\"nope\"}]", "no output 'nope'");
    check_more_refused(",\"outputs\":[{\"name\":\"gate.nope\"}]", "no output 'gate.nope'");
    check_more_refused(",\"parameters\":{\"binary_data_output\":1}", "'binary_data_output' must be true or false");
    static const char *const parameters[][2] = {
        {"\"binary_data\":\"x\"", "'binary_data' must be"},
        {"\"classification\":0", "'classification' must be"},
        {"\"classification\":-1", "'classification' must be"},
        {"\"classification\":1.5", "'classification' must be"},
        {"\"classification\":1e99", "'classification' must be"},
        {"\"classification\":\"3\"", "'classification' must be"},
        {"\"shared_memory_region\":\"x\"", "shared memory"},
    };
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        snprintf(more, sizeof more, ",\"outputs\":[{\"name\":\"%s\",\"parameters\":{%s}}]", output_name,
                 parameters[i][0]);
        check_more_refused(more, parameters[i][1]);
    }
    snprintf(more, sizeof more, ",\"outputs\":[{\"name\":\"%s\"},{\"name\":\"%s\"}]", output_name, output_name);
    check_more_refused(more, "twice");
    char *many = repeat("{\"name\":\"x\"}", 100), *outputs_text = malloc(strlen(many) + 32);
    ck_assert_ptr_nonnull(outputs_text);
    sprintf(outputs_text, ",\"outputs\":[%s]", many);
    char json[4096];
    snprintf(json, sizeof json,
             "{\"inputs\":[{\"name\":\"%s\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]%s}", input_name,
             outputs_text);
    check_refused(read_bytes(json, strlen(json), -1), "no more than");
    free(many);
    free(outputs_text);
}
END_TEST

#define BYTES_OF(size) "\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":" #size "}"

START_TEST(images_come_as_bytes)
{
    static const char two[] = "\2\0\0\0ab\0\0\0\0"; /* and a NUL of C's: not sent */
    char json[512];
    input_json(json, sizeof json, "\"shape\":[2,1]," BYTES_OF(10), "");
    struct reading reading = read_with(json, two, 10);
    ck_assert_msg(reading.code == SENET_OK, "%s", reading.error.message);
    ck_assert_uint_eq(reading.request.items, 2);
    ck_assert_uint_eq(reading.request.images[0].size, 2);
    ck_assert_mem_eq(reading.request.images[0].bytes, "ab", 2);
    ck_assert_uint_eq(reading.request.images[1].size, 0);
    release(&reading);
    input_json(json, sizeof json,
               "\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[[\"YWI=\"],[\"data:image/png;base64,YWI=\"]]", "");
    reading = read_with(json, NULL, 0);
    ck_assert_msg(reading.code == SENET_OK, "%s", reading.error.message);
    ck_assert_mem_eq(reading.request.images[1].bytes, "ab", 2);
    release(&reading);
    check_input_refused("\"shape\":[1]," BYTES_OF(3), two, 3, "beyond the end");
    check_input_refused("\"shape\":[1]," BYTES_OF(5), two, 5, "beyond the end");
    check_input_refused("\"shape\":[1]," BYTES_OF(10), two, 10, "bytes follow its last");
    check_input_refused("\"shape\":[3]," BYTES_OF(10), two, 10, "element 2 goes beyond");
    check_input_refused("\"shape\":[1]," BYTES_OF(4), "\377\377\377\377", 4, "beyond the end");
    check_input_refused("\"shape\":[1]," BYTES_OF(0), NULL, 0, "beyond the end");
    check_input_refused("\"shape\":[4]," BYTES_OF(10), two, 10, "more than 3 items");
    check_input_refused("\"shape\":[0]," BYTES_OF(0), NULL, 0, "no item");
    check_input_refused("\"shape\":[1,3,32,32]," BYTES_OF(10), two, 10, "is [n] or [n,1]");
    check_input_refused("\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"a\"]", NULL, 0, "not valid base64");
    check_input_refused("\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[1,\"\"]", NULL, 0, "must be strings");
    check_input_refused("\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[1]", NULL, 0, "must be strings");
    check_input_refused("\"shape\":[1],\"datatype\":\"BYTES\",\"data\":\"AAAA\"", NULL, 0, "must be strings");
    check_input_refused("\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"\",\"\"]", NULL, 0, "more elements");
    check_input_refused("\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"\"]", NULL, 0, "must be strings");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oip_request");
    TCase *tests = tcase_create("requests");
    tcase_add_unchecked_fixture(tests, load_model, free_model);
    tcase_add_test(tests, numbers_are_read_flat_and_nested);
    tcase_add_test(tests, each_datatype_takes_its_values_alone);
    tcase_add_test(tests, what_is_no_array_of_numbers_is_refused);
    tcase_add_test(tests, a_data_where_none_belongs_is_refused);
    tcase_add_test(tests, binary_tensors_stay_where_they_are);
    tcase_add_test(tests, half_precision_is_converted_exactly);
    tcase_add_test(tests, sizes_must_add_up);
    tcase_add_test(tests, shapes_must_be_the_models);
    tcase_add_test(tests, documents_must_be_requests);
    tcase_add_test(tests, outputs_are_chosen_by_name);
    tcase_add_test(tests, images_come_as_bytes);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
