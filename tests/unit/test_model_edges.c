/* Something goes into a network, and what goes in and comes out are floats; integers may flow inside. */
#include "model/model.h"
#include "onnx_builder.h"

static void refuse(const char *message)
{
    size_t size;
    uint8_t *bytes = pack(&size);
    struct senet_model *model = NULL;
    enum senet_code code = senet_model_load_memory(bytes, size, NULL, 0, NULL, 0, NULL, &model, &error);
    free(bytes);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(code, SENET_MODEL_UNSUPPORTED);
    ck_assert_str_eq(error.message, message);
}

START_TEST(an_input_of_integers_is_refused)
{
    static const int32_t types[] = {INT64, UINT8, BOOL};
    build_relu();
    add_input("mask", "4")->type->tensor_type->elem_type = types[_i];
    refuse("input 'mask' is not float32");
}
END_TEST

START_TEST(an_output_of_integers_is_refused)
{
    build_relu();
    set_raw(add_tensor("k", INT8, "1"), "\7", 1);
    add_node("Identity", "", "k", "count");
    add_output("count");
    refuse("output 'count' is not float32");
}
END_TEST

START_TEST(a_network_without_inputs_is_refused)
{
    static const float ones[] = {1, 1, 1, 1};
    build_relu();
    builder.graph.n_input = 0;
    set_raw(add_tensor("x", FLOAT, "4"), ones, sizeof ones);
    refuse("the graph has no inputs");
}
END_TEST

START_TEST(an_input_in_half_precision_is_a_float)
{
    build_relu();
    builder.inputs[0]->type->tensor_type->elem_type = FLOAT16;
    size_t size;
    uint8_t *bytes = pack(&size);
    struct senet_model *model;
    ck_assert_int_eq(senet_model_load_memory(bytes, size, NULL, 0, NULL, 0, NULL, &model, &error), SENET_OK);
    free(bytes);
    senet_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_edges");
    TCase *tests = tcase_create("model_edges");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, an_input_of_integers_is_refused, 0, 3);
    tcase_add_test(tests, an_output_of_integers_is_refused);
    tcase_add_test(tests, a_network_without_inputs_is_refused);
    tcase_add_test(tests, an_input_in_half_precision_is_a_float);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
