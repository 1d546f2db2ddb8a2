/*
 * The whole library against numbers that PyTorch and Keras computed: logits and the gate of every SE block. The
 * fixtures are folders of model.onnx, input.npy, logits.npy and gate.<layer>.npy, which were written by
 * tests/fixtures/networks/make_networks.py, tests/fixtures/exporters/make_exporters.py, tests/parity/keras_se.py
 * and training/export.py.
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "kernels/simd/simd.h"
#include "senet.h"

#define TOLERANCE 1e-4f /* of the largest element */

static const struct {
    const char *model, *golden;
    size_t se_blocks;
    const char *kind;
} cases[] = {
    {"tests/fixtures/networks/basic_conv/model.onnx", "tests/fixtures/networks/basic_conv", 3, "conv"},
    {"tests/fixtures/networks/basic_dense/model.onnx", "tests/fixtures/networks/basic_dense", 3, "dense"},
    {"tests/fixtures/networks/bottleneck_batchnorm/model.onnx", "tests/fixtures/networks/bottleneck_batchnorm", 3,
     "conv"},
    {"tests/fixtures/networks/bottleneck_dense/model.onnx", "tests/fixtures/networks/bottleneck_dense", 3, "dense"},
    {"tests/fixtures/networks/hard_gate/model.onnx", "tests/fixtures/networks/hard_gate", 1, "conv"},
    {"tests/fixtures/exporters/functions/model.onnx", "tests/fixtures/exporters/functions", 2, "conv"},
    {"tests/fixtures/exporters/torch_export/model.onnx", "tests/fixtures/exporters/torch_export", 2, "conv"},
    {"tests/fixtures/exporters/half/model.onnx", "tests/fixtures/exporters/half", 2, "conv"},
    {"tests/fixtures/networks/keras_conv/model.onnx", "tests/fixtures/networks/keras_conv", 3, "conv"},
    {"tests/fixtures/networks/keras_dense/model.onnx", "tests/fixtures/networks/keras_dense", 3, "dense"},
    {"models/builtin", "tests/fixtures/builtin", 4, "conv"},
};

static struct senet_npy read_npy(const char *folder, const char *name)
{
    char path[512], bytes[1 << 20];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s is missing", path);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct senet_npy npy;
    struct senet_error error;
    ck_assert_msg(senet_npy_parse(bytes, size, &npy, &error) == SENET_OK, "%s: %s", path, error.message);
    return npy;
}

static void assert_matches(const char *folder, const char *name, const float *actual)
{
    struct senet_npy expected = read_npy(folder, name);
    int64_t count = senet_shape_elements(&expected.shape);
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(expected.data[i]));
    int64_t at = harness_first_difference(expected.data, actual, count, TOLERANCE * largest);
    ck_assert_msg(at < 0, "%s/%s, element %lld: PyTorch has %.9g, the engine %.9g", folder, name, (long long)at,
                  (double)expected.data[at < 0 ? 0 : at], (double)actual[at < 0 ? 0 : at]);
    senet_npy_release(&expected);
}

static void run_case(int index, int threads, const char *isa)
{
    const char *folder = cases[index].golden;
    struct senet_npy input = read_npy(folder, "input");
    struct senet_load_options options = {
        .batch = input.shape.dim[0], .height = input.shape.dim[2], .width = input.shape.dim[3], .isa = isa};
    struct senet_model *model;
    struct senet_session *session;
    struct senet_error error;
    ck_assert_msg(senet_model_load(cases[index].model, &options, &model, &error) == SENET_OK, "%s", error.message);
    const struct senet_model_info *info = senet_model_info(model);
    ck_assert_uint_eq(info->se_block_count, cases[index].se_blocks);
    ck_assert_int_eq(senet_session_create(model, threads, &session, &error), SENET_OK);

    size_t bytes = (size_t)senet_shape_elements(&input.shape) * sizeof(float);
    ck_assert_int_eq(senet_shape_elements(&input.shape), senet_shape_elements(&info->inputs[0].shape));
    memcpy(senet_session_input(session, 0), input.data, bytes);
    senet_session_run(session);
    assert_matches(folder, "logits", senet_session_output(session, 0));
    for (size_t block = 0; block < info->se_block_count; block++) {
        char name[128];
        ck_assert_str_eq(info->se_blocks[block].kind, cases[index].kind);
        snprintf(name, sizeof name, "gate.%s", info->se_blocks[block].layer);
        assert_matches(folder, name, senet_session_gate(session, block));
    }
    senet_session_free(session);
    senet_model_free(model);
    senet_npy_release(&input);
}

START_TEST(logits_and_gates_match_pytorch)
{
    run_case(_i, 1, NULL);
}
END_TEST

START_TEST(logits_and_gates_match_pytorch_with_three_threads)
{
    run_case(_i, 3, NULL);
}
END_TEST

START_TEST(logits_and_gates_match_pytorch_with_every_instruction_set)
{
    run_case(_i, 1, "reference");
    for (size_t set = 0; simd_at(set); set++)
        run_case(_i, 2, simd_at(set)->name);
}
END_TEST

START_TEST(an_instruction_set_that_is_not_there_is_refused)
{
    const struct senet_load_options options = {.isa = "vector-unit"};
    struct senet_model *model;
    struct senet_error error;
    ck_assert_int_eq(senet_model_load(cases[0].model, &options, &model, &error), SENET_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "this machine has no instruction set 'vector-unit'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parity");
    TCase *tcase = tcase_create("against PyTorch");
    int count = (int)(sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, logits_and_gates_match_pytorch, 0, count);
    tcase_add_loop_test(tcase, logits_and_gates_match_pytorch_with_three_threads, 0, count);
    tcase_add_loop_test(tcase, logits_and_gates_match_pytorch_with_every_instruction_set, 0, count);
    tcase_add_test(tcase, an_instruction_set_that_is_not_there_is_refused);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
