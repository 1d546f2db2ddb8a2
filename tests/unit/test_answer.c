/* From logits and gates to predictions and attention. */
#include <cjson/cJSON.h>
#include <float.h>
#include <string.h>

#include "onnx_builder.h"
#include "senet.h"

#define CLASSES 5

static struct senet_model *model;
static struct senet_session *session;

static void open_session(void)
{
    ck_assert_msg(senet_session_create(model, 1, &session, &error) == SENET_OK, "%s", error.message);
}

/* A network whose logits are its input, one class after another; Softmax after it if `ends_in_softmax`. */
static void load_classifier(bool ends_in_softmax, const char *labels)
{
    add_input("x", "2x5");
    add_zeros("zeros", "2x5", (size_t)2 * CLASSES);
    add_node("Add", "head", "x zeros", "logits");
    if (ends_in_softmax)
        add_node("Softmax", "softmax", "logits", "y");
    add_output(ends_in_softmax ? "y" : "logits");
    size_t size;
    uint8_t *bytes = pack(&size);
    const struct senet_load_options options = {.batch = 2};
    enum senet_code code =
        senet_model_load_memory(bytes, size, NULL, 0, labels, labels ? strlen(labels) : 0, &options, &model, &error);
    free(bytes);
    ck_assert_msg(code == SENET_OK, "%s", error.message);
    open_session();
}

static void classify(const float logits[2][CLASSES])
{
    memcpy(senet_session_input(session, 0), logits, sizeof(float) * 2 * CLASSES);
    senet_session_run(session);
}

static void close_session(void)
{
    senet_session_free(session);
    senet_model_free(model);
    session = NULL;
    model = NULL;
    tear_down();
}

START_TEST(the_best_classes_come_first_with_their_softmax)
{
    load_classifier(false, "a\nb\nc\nd\ne\n");
    classify((const float[2][CLASSES]){{0, 3, 1, 2, -1}, {5, 0, 0, 0, 0}});
    struct senet_prediction best[3];
    ck_assert_uint_eq(senet_session_top_k(session, 0, 3, best), 3);
    ck_assert_str_eq(best[0].label, "b");
    ck_assert_int_eq(best[1].class_id, 3);
    ck_assert_int_eq(best[2].class_id, 2);
    double total = exp(0) + exp(3) + exp(1) + exp(2) + exp(-1);
    ck_assert(fabs((double)best[0].score - exp(3) / total) <= 1e-6);
    ck_assert_uint_eq(senet_session_top_k(session, 1, 1, best), 1);
    ck_assert_int_eq(best[0].class_id, 0);
}
END_TEST

START_TEST(no_more_classes_are_given_than_there_are)
{
    load_classifier(false, NULL);
    classify((const float[2][CLASSES]){{1, 2, 3, 4, 5}, {0}});
    struct senet_prediction best[9];
    ck_assert_uint_eq(senet_session_top_k(session, 0, 9, best), CLASSES);
    ck_assert_int_eq(best[0].class_id, 4);
    ck_assert_int_eq(best[4].class_id, 0);
    ck_assert_ptr_null(best[0].label);
    ck_assert_uint_eq(senet_session_top_k(session, 0, 0, best), 0);
}
END_TEST

START_TEST(ties_go_to_the_lower_class_id)
{
    load_classifier(false, NULL);
    classify((const float[2][CLASSES]){{1, 2, 2, 1, 2}, {0}});
    struct senet_prediction best[CLASSES];
    const int64_t expected[] = {1, 2, 4, 0, 3};
    ck_assert_uint_eq(senet_session_top_k(session, 0, CLASSES, best), CLASSES);
    for (int i = 0; i < CLASSES; i++)
        ck_assert_int_eq(best[i].class_id, expected[i]);
}
END_TEST

START_TEST(probabilities_are_not_normalised_twice)
{
    load_classifier(true, NULL);
    ck_assert(senet_model_info(model)->outputs_probabilities);
    classify((const float[2][CLASSES]){{0, 0, 10, 0, 0}, {0}});
    struct senet_prediction best[1];
    senet_session_top_k(session, 0, 1, best);
    ck_assert_int_eq(best[0].class_id, 2);
    ck_assert(fabs((double)best[0].score - exp(10) / (exp(10) + 4)) <= 1e-6);
}
END_TEST

START_TEST(scores_are_finite_whatever_the_network_computes)
{
    load_classifier(false, NULL);
    classify((const float[2][CLASSES]){{NAN, INFINITY, -INFINITY, FLT_MAX, 0}, {NAN, NAN, NAN, NAN, NAN}});
    for (int64_t image = 0; image < 2; image++) {
        struct senet_prediction best[CLASSES];
        double total = 0;
        ck_assert_uint_eq(senet_session_top_k(session, image, CLASSES, best), CLASSES);
        for (int i = 0; i < CLASSES; i++) {
            ck_assert(isfinite(best[i].score));
            total += (double)best[i].score;
        }
        ck_assert(fabs(total - 1) <= 1e-5);
    }
}
END_TEST

START_TEST(a_gate_is_summarised)
{
    const float gate[] = {0.01F, 0.5F, 0.99F, 0.5F};
    struct senet_gate_summary summary;
    senet_gate_summarise(gate, 4, &summary);
    ck_assert(fabsf(summary.mean - 0.5F) <= 1e-6F);
    ck_assert(fabsf(summary.std - 0.346482F) <= 1e-5F); /* sqrt(2 * 0.49^2 / 4) */
    ck_assert(fabsf(summary.min - 0.01F) <= 1e-6F);
    ck_assert(fabsf(summary.max - 0.99F) <= 1e-6F);
    ck_assert(fabsf(summary.saturated_ratio - 0.5F) <= 1e-6F);
}
END_TEST

/* The answer of a network with three SE blocks, parsed. The caller deletes it. */
static cJSON *answer(const struct senet_answer_options *options)
{
    const struct senet_load_options size = {.height = 32, .width = 32};
    ck_assert_msg(senet_model_load("tests/fixtures/networks/basic_conv/model.onnx", &size, &model, &error) == SENET_OK,
                  "%s", error.message);
    open_session();
    uint32_t state = 5;
    int64_t count = senet_shape_elements(&senet_model_info(model)->inputs[0].shape);
    for (int64_t i = 0; i < count; i++)
        senet_session_input(session, 0)[i] = harness_random(&state);
    senet_session_run(session);
    struct senet_buffer buffer = {0};
    struct senet_json json = {.buffer = &buffer};
    senet_json_object_begin(&json);
    senet_json_answer(&json, session, 0, options);
    senet_json_object_end(&json);
    ck_assert(!buffer.failed);
    cJSON *parsed = cJSON_ParseWithLength(buffer.data, buffer.size);
    ck_assert_ptr_nonnull(parsed);
    senet_buffer_release(&buffer);
    return parsed;
}

START_TEST(attention_has_every_gate_with_its_summary)
{
    cJSON *parsed = answer(&(struct senet_answer_options){.top_k = 2});
    const struct senet_model_info *info = senet_model_info(model);
    const cJSON *attention = cJSON_GetObjectItem(parsed, "attention"), *block = NULL;
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(parsed, "predictions")), 2);
    ck_assert_int_eq(cJSON_GetArraySize(attention), (int)info->se_block_count);
    size_t index = 0;
    cJSON_ArrayForEach(block, attention)
    {
        const float *gate = senet_session_gate(session, index);
        const cJSON *weights = cJSON_GetObjectItem(block, "weights"), *weight = NULL;
        ck_assert_str_eq(cJSON_GetObjectItem(block, "layer")->valuestring, info->se_blocks[index].layer);
        ck_assert_int_eq(cJSON_GetArraySize(weights), (int)info->se_blocks[index].channels);
        cJSON_ArrayForEach(weight, weights) ck_assert(fabs(weight->valuedouble - (double)*gate++) <= 1e-7);
        struct senet_gate_summary summary;
        senet_gate_summarise(senet_session_gate(session, index), info->se_blocks[index].channels, &summary);
        ck_assert(fabs(cJSON_GetObjectItem(block, "std")->valuedouble - (double)summary.std) <= 1e-7);
        index++;
    }
    cJSON_Delete(parsed);
}
END_TEST

START_TEST(a_summary_leaves_the_weights_out)
{
    cJSON *parsed = answer(&(struct senet_answer_options){.attention = SENET_ATTENTION_SUMMARY});
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(parsed, "attention"), 0);
    ck_assert(cJSON_HasObjectItem(first, "mean"));
    ck_assert(!cJSON_HasObjectItem(first, "weights"));
    cJSON_Delete(parsed);
}
END_TEST

START_TEST(no_attention_leaves_the_member_out)
{
    cJSON *parsed = answer(&(struct senet_answer_options){.attention = SENET_ATTENTION_NONE});
    ck_assert(!cJSON_HasObjectItem(parsed, "attention"));
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(parsed, "predictions")), 0);
    cJSON_Delete(parsed);
}
END_TEST

START_TEST(layers_selects_by_name_and_by_glob)
{
    const char *const layers[] = {"layer2.*", "nothing"};
    cJSON *parsed = answer(&(struct senet_answer_options){.layers = layers, .layer_count = 2});
    const cJSON *attention = cJSON_GetObjectItem(parsed, "attention"), *block = NULL;
    ck_assert_int_ge(cJSON_GetArraySize(attention), 1);
    ck_assert_int_lt(cJSON_GetArraySize(attention), (int)senet_model_info(model)->se_block_count);
    cJSON_ArrayForEach(block, attention)
        ck_assert(!strncmp(cJSON_GetObjectItem(block, "layer")->valuestring, "layer2.", 7));
    cJSON_Delete(parsed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("predictions");
    tcase_add_checked_fixture(tcase, set_up, close_session);
    tcase_add_test(tcase, the_best_classes_come_first_with_their_softmax);
    tcase_add_test(tcase, no_more_classes_are_given_than_there_are);
    tcase_add_test(tcase, ties_go_to_the_lower_class_id);
    tcase_add_test(tcase, probabilities_are_not_normalised_twice);
    tcase_add_test(tcase, scores_are_finite_whatever_the_network_computes);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("attention");
    tcase_add_checked_fixture(tcase, set_up, close_session);
    tcase_add_test(tcase, a_gate_is_summarised);
    tcase_add_test(tcase, attention_has_every_gate_with_its_summary);
    tcase_add_test(tcase, a_summary_leaves_the_weights_out);
    tcase_add_test(tcase, no_attention_leaves_the_member_out);
    tcase_add_test(tcase, layers_selects_by_name_and_by_glob);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
