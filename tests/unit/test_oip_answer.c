/* Answers to inference requests, byte by byte. The model is the built-in one, with ten labelled classes. */
#include <string.h>

#include "harness.h"
#include "models/statistics.h"
#include "routes/oip_answer.h"

static struct senet_model *model;
static struct served served = {.name = "m", .version = "3"};
static struct oip_request request;
static struct oip_answer answer;
static struct reply reply;

static void begin(size_t items, struct oip_output *outputs, size_t count)
{
    struct senet_error error;
    if (!model)
        ck_assert_int_eq(senet_model_load_builtin(NULL, &model, &error), SENET_OK);
    served.info = senet_model_info(model);
    request = (struct oip_request){.items = items, .outputs = outputs, .output_count = count, .info = served.info};
    for (size_t i = 0; i < count; i++) {
        outputs[i].shape = served.info->outputs[0].shape;
        outputs[i].elements = 10;
        outputs[i].name = "o";
    }
    ck_assert_int_eq(oip_answer_begin(&answer, &request, &served, &error), SENET_OK);
}

static void end(void)
{
    oip_answer_release(&answer);
    reply_release(&reply);
}

static void check_body(const char *json)
{
    ck_assert_int_eq(reply.status, 200);
    size_t size = reply.json_size ? reply.json_size : reply.body.size;
    ck_assert_msg(size == strlen(json) && !memcmp(reply.body.data, json, size), "%.*s", (int)size, reply.body.data);
}

START_TEST(numbers_are_json_and_what_is_not_finite_is_null)
{
    begin(1, (struct oip_output[]){{0}}, 1);
    for (int i = 0; i < 10; i++)
        answer.results[0].values[i] = i == 1 ? NAN : i == 2 ? -INFINITY : (float)i / 2;
    request.id = "\"";
    oip_answer_write(&answer, &reply);
    ck_assert_str_eq(reply.content_type, "application/json");
    ck_assert_uint_eq(reply.json_size, 0);
    check_body("{\"model_name\":\"m\",\"model_version\":\"3\",\"id\":\"\\\"\",\"outputs\":[{\"name\":\"o\","
               "\"datatype\":\"FP32\","
               "\"shape\":[1,10],\"data\":[0,null,null,1.5,2,2.5,3,3.5,4,4.5]}]}");
    end();
}
END_TEST

START_TEST(bytes_follow_the_json)
{
    struct oip_output outputs[] = {{.binary = true}, {.classes = 1}, {.binary = true, .classes = 1}};
    begin(1, outputs, 3);
    answer.results[0].values[0] = -2;
    oip_answer_write(&answer, &reply);
    ck_assert_str_eq(reply.content_type, "application/octet-stream");
    const char *label = served.info->labels[0];
    char json[1024], class[256];
    int class_size = snprintf(class, sizeof class, "0.000000:0:%s", label);
    snprintf(json, sizeof json,
             "{\"model_name\":\"m\",\"model_version\":\"3\",\"outputs\":["
             "{\"name\":\"o\",\"datatype\":\"FP32\",\"shape\":[1,10],\"parameters\":{\"binary_data_size\":40}},"
             "{\"name\":\"o\",\"datatype\":\"BYTES\",\"shape\":[1,1],\"data\":[\"%s\"]},"
             "{\"name\":\"o\",\"datatype\":\"BYTES\",\"shape\":[1,1],\"parameters\":{\"binary_data_size\":%d}}]}",
             class, class_size + 4);
    check_body(json);
    const char *tail = reply.body.data + reply.json_size;
    ck_assert_uint_eq(reply.body.size - reply.json_size, 40 + 4 + (size_t)class_size);
    ck_assert_mem_eq(tail, "\0\0\0\xc0\0\0\0\0", 8); /* -2, little-endian, and 0 */
    ck_assert_int_eq(tail[40], class_size);
    ck_assert_mem_eq(tail + 44, class, (size_t)class_size);
    end();
}
END_TEST

START_TEST(the_best_classes_come_first)
{
    begin(2, (struct oip_output[]){{.classes = 4}}, 1);
    float *values = answer.results[0].values;
    memcpy(values, (float[]){1, NAN, 3, 3, NAN, -1, INFINITY, 0, 0, 0}, 10 * sizeof *values);
    for (int i = 10; i < 20; i++)
        values[i] = NAN;
    values[15] = -INFINITY;
    served.info = &(struct senet_model_info){.label_count = 0}; /* no labels: only value and index */
    oip_answer_write(&answer, &reply);
    check_body("{\"model_name\":\"m\",\"model_version\":\"3\",\"outputs\":[{\"name\":\"o\",\"datatype\":\"BYTES\","
               "\"shape\":[2,4],"
               "\"data\":[\"inf:6\",\"3.000000:2\",\"3.000000:3\",\"1.000000:0\",\"-inf:5\",\"nan:0\",\"nan:1\",\"nan:"
               "2\"]}]}");
    end();
}
END_TEST

START_TEST(statistics_count_requests_and_runs)
{
    struct statistics statistics;
    ck_assert(statistics_init(&statistics));
    statistics_run(&statistics, 3);
    statistics_run(&statistics, 1);
    statistics_request(&statistics, &(struct statistics_request){true, 10, 1, 2, 3, 4});
    statistics_request(&statistics, &(struct statistics_request){true, 10, 1, 2, 3, -1});
    statistics_request(&statistics, &(struct statistics_request){false, 5, 5, 5, 5, 5});
    struct statistics_numbers numbers = statistics_read(&statistics);
    ck_assert_uint_eq(numbers.inferences, 4);
    ck_assert_uint_eq(numbers.executions, 2);
    ck_assert(numbers.last > 1.6e9);
    ck_assert(numbers.success.count == 2 && numbers.success.seconds == 20);
    ck_assert(numbers.fail.count == 1 && numbers.fail.seconds == 5);
    ck_assert(numbers.queue.count == 2 && numbers.queue.seconds == 2);
    ck_assert(numbers.input.seconds == 4 && numbers.infer.seconds == 6 && numbers.output.seconds == 4);
    statistics_release(&statistics);
}
END_TEST

static void free_model(void)
{
    senet_model_free(model);
    model = NULL;
}

int main(void)
{
    Suite *suite = suite_create("oip_answer");
    TCase *tests = tcase_create("answers");
    tcase_add_checked_fixture(tests, NULL, free_model);
    tcase_add_test(tests, numbers_are_json_and_what_is_not_finite_is_null);
    tcase_add_test(tests, bytes_follow_the_json);
    tcase_add_test(tests, the_best_classes_come_first);
    tcase_add_test(tests, statistics_count_requests_and_runs);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
