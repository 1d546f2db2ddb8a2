#include <pthread.h>

#include "model/model.h"
#include "model/steps.h"
#include "model/summary.h"
#include "plan_builder.h"

#define TOLERANCE 1e-5f

enum { CLASSES = 5, NODES = 9 };

/*
 * A residual unit with an SE block and a classifier, batch 2:
 * conv, relu, conv, SE, add, pool, flatten, dense, relu.
 */
static void build_network(struct builder *builder)
{
    builder_init_graph(builder, 2026);
    struct value *input = builder_graph_input(builder, SHAPE(2, 3, 33, 31));
    struct value *stem = builder_unary(builder, OP_RELU, builder_conv(builder, input, 13));
    struct value *branch = builder_se(builder, builder_conv(builder, stem, 13), 4);
    struct value *sum = builder_binary(builder, OP_ADD, branch, stem);
    struct value *pooled = builder_flatten(builder, builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, sum));
    builder_graph_output(builder, builder_unary(builder, OP_RELU, builder_dense(builder, pooled, CLASSES)));
    builder_graph_output(builder, sum);
    ck_assert_uint_eq(builder->graph.node_count, NODES);
}

/* The plan lives in the builder's arena; the model needs no freeing of its own. */
static struct senet_model make_model(struct builder *builder, const struct kernel_table *kernels)
{
    struct senet_model model = {.graph = builder->graph};
    struct senet_error error = {SENET_OK, ""};
    ck_assert_msg(plan_create(&builder->graph, kernels, simd_find(NULL), &model.plan, &error) == SENET_OK, "%s",
                  error.message);
    ck_assert_msg(summary_create(&builder->graph, &model.info, &error) == SENET_OK, "%s", error.message);
    ck_assert_msg(steps_create(&builder->graph, model.plan, &model.info, &error) == SENET_OK, "%s", error.message);
    return model;
}

static struct senet_session *make_session(const struct senet_model *model, int threads)
{
    struct senet_session *session = NULL;
    struct senet_error error = {SENET_OK, ""};
    ck_assert_msg(senet_session_create(model, threads, &session, &error) == SENET_OK, "%s", error.message);
    ck_assert_ptr_eq(senet_session_model(session), model);
    return session;
}

static int64_t output_elements(const struct senet_model *model, size_t index)
{
    return senet_shape_elements(&model->plan->tensors[model->plan->outputs[index]].shape);
}

static void fill_input(struct senet_session *session, uint32_t seed)
{
    const struct plan *plan = senet_session_model(session)->plan;
    int64_t count = senet_shape_elements(&plan->tensors[plan->inputs[0]].shape);
    float *input = senet_session_input(session, 0);
    for (int64_t i = 0; i < count; i++)
        input[i] = harness_random(&seed);
}

static void run(struct senet_session *session, uint32_t seed)
{
    fill_input(session, seed);
    senet_session_run(session);
}

static void check_same(const struct senet_session *expected, const struct senet_session *actual, float tolerance)
{
    const struct senet_model *model = senet_session_model(expected);
    for (size_t i = 0; i < model->plan->output_count; i++)
        ck_assert_floats_near(senet_session_output(expected, i), senet_session_output(actual, i),
                              output_elements(model, i), tolerance);
    for (size_t i = 0; i < model->plan->gate_count; i++)
        ck_assert_floats_near(senet_session_gate(expected, i), senet_session_gate(actual, i), 2 * 13, tolerance);
}

/* _i: how many threads */
START_TEST(a_session_computes_what_the_reference_kernels_do)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model fast = make_model(&builder, &kernel_table);
    struct senet_model naive = make_model(&builder, &reference_kernel_table);
    struct senet_session *expected = make_session(&naive, 1), *actual = make_session(&fast, _i);
    run(expected, 7);
    run(actual, 7);
    float largest = 0;
    for (int64_t i = 0; i < output_elements(&naive, 1); i++)
        largest = fmaxf(largest, fabsf(senet_session_output(expected, 1)[i]));
    ck_assert_float_gt(largest, 1);
    check_same(expected, actual, TOLERANCE * largest);
    senet_session_free(expected);
    senet_session_free(actual);
    builder_release(&builder);
}
END_TEST

START_TEST(blocked_kernels_in_between_change_nothing)
{
    struct builder builder;
    build_network(&builder);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct senet_model planar = make_model(&builder, &kernel_table), blocked = make_model(&builder, &mixed);
    ck_assert_uint_ne(blocked.plan->step_count, planar.plan->step_count);
    struct senet_session *expected = make_session(&planar, 1), *actual = make_session(&blocked, 2);
    run(expected, 7);
    run(actual, 7);
    check_same(expected, actual, 1e-3f); /* of numbers in the hundreds */
    senet_session_free(expected);
    senet_session_free(actual);
    builder_release(&builder);
}
END_TEST

START_TEST(running_again_gives_the_same_to_the_last_bit)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_model(&builder, &kernel_table);
    struct senet_session *first = make_session(&model, 2), *again = make_session(&model, 2);
    run(first, 7);
    run(again, 8);
    run(again, 7);
    senet_session_run(again); /* the input is still there */
    check_same(first, again, 0.0f);
    senet_session_free(first);
    senet_session_free(again);
    builder_release(&builder);
}
END_TEST

START_TEST(a_gate_is_overridden_until_it_is_cleared)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_model(&builder, &kernel_table);
    struct senet_session *own = make_session(&model, 1), *session = make_session(&model, 1);
    float values[13];
    for (int i = 0; i < 13; i++)
        values[i] = i % 2 ? NAN : 1.0f;
    run(own, 7);
    fill_input(session, 7);
    senet_session_set_gate(session, 0, values);
    memset(values, 0, sizeof values); /* it was copied */
    senet_session_run(session);
    for (int i = 0; i < 26; i++)
        ck_assert_float_eq(senet_session_gate(session, 0)[i], i % 13 % 2 ? senet_session_gate(own, 0)[i] : 1.0f);
    ck_assert_float_ne(senet_session_output(session, 1)[0], senet_session_output(own, 1)[0]);
    senet_session_set_gate(session, 0, NULL);
    senet_session_run(session);
    check_same(own, session, 0.0f);
    senet_session_set_gate(session, 0, values);
    senet_session_clear_gates(session);
    senet_session_run(session);
    check_same(own, session, 0.0f);
    senet_session_free(own);
    senet_session_free(session);
    builder_release(&builder);
}
END_TEST

static void check_step(const struct senet_model_info *info, size_t index, size_t layer, const char *type,
                       const char *kernel)
{
    const struct senet_step *step = &info->steps[index];
    ck_assert_uint_eq(step->layer_index, layer);
    ck_assert_str_eq(step->layer, info->layers[layer].name);
    ck_assert_str_eq(step->type, type);
    ck_assert_msg(!kernel || !strcmp(step->kernel, kernel), "step %zu: kernel %s, not %s", index, step->kernel, kernel);
}

/* The ReLU of images alone is channels-last there; the naive kernels, which do all else, are planar. */
static struct senet_model make_mixed_model(struct builder *builder)
{
    struct kernel_table mixed = builder_mixed_table(builder);
    mixed.fallback = &reference_kernel_table;
    return make_model(builder, &mixed);
}

START_TEST(steps_are_the_kernels_and_the_conversions_between_them)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_mixed_model(&builder);
    const struct senet_model_info *info = &model.info;
    ck_assert_uint_eq(info->step_count, model.plan->step_count);
    size_t kernels = 0;
    int64_t macs = 0;
    for (size_t i = 0; i < info->step_count; i++) {
        const struct senet_step *step = &info->steps[i];
        const struct senet_layer *layer = &info->layers[step->layer_index];
        ck_assert(i == 0 || info->steps[i - 1].layer_index <= step->layer_index);
        macs += step->macs;
        if (!strcmp(step->type, "Layout"))
            continue;
        kernels++;
        check_step(info, i, step->layer_index, layer->type, NULL);
        ck_assert_mem_eq(&step->output, &layer->output, sizeof step->output);
    }
    ck_assert_uint_eq(kernels, NODES - 1); /* Flatten takes no step */
    ck_assert_int_eq(macs, info->macs);
    check_step(info, 1, 1, "Layout", "layout_planar_to_channels_last");
    check_step(info, 2, 1, "Relu", "relu_channels_last");
    check_step(info, 3, 2, "Layout", "layout_channels_last_to_planar");
    ck_assert_int_eq(info->steps[3].output.dim[1], 13);
    ck_assert_int_eq(info->steps[3].macs, 0);
    builder_release(&builder);
}
END_TEST

/* What is converted when the last kernel has run counts for it. */
START_TEST(a_conversion_of_an_output_belongs_to_the_last_layer)
{
    struct builder builder;
    builder_init_graph(&builder, 3);
    builder_graph_output(&builder, builder_unary(&builder, OP_RELU, builder_graph_input(&builder, SHAPE(1, 3, 5, 5))));
    struct senet_model model = make_mixed_model(&builder);
    ck_assert_uint_eq(model.info.step_count, 3);
    check_step(&model.info, 0, 0, "Layout", "layout_planar_to_channels_last");
    check_step(&model.info, 1, 0, "Relu", "relu_channels_last");
    check_step(&model.info, 2, 0, "Layout", "layout_channels_last_to_planar");
    builder_release(&builder);
}
END_TEST

START_TEST(a_profile_has_the_time_of_every_step_of_the_last_run)
{
    enum { ROOM = 32 };
    struct builder builder;
    build_network(&builder);
    struct kernel_table mixed = builder_mixed_table(&builder);
    struct senet_model model = make_model(&builder, &mixed);
    struct senet_session *session = make_session(&model, 1);
    size_t steps = model.info.step_count;
    struct senet_span spans[ROOM];
    ck_assert_uint_lt(steps, ROOM);
    for (int i = 0; i < ROOM; i++)
        spans[i] = (struct senet_span){-1, -1};
    senet_session_profile(session, spans);
    run(session, 7);
    ck_assert_double_ge(spans[0].begin, 0);
    for (size_t i = 0; i < steps; i++) {
        ck_assert_double_ge(spans[i].end, spans[i].begin);
        ck_assert(i == 0 || spans[i].begin >= spans[i - 1].end);
    }
    ck_assert_double_gt(spans[steps - 1].end, 0);
    ck_assert_double_lt(spans[steps - 1].end, 60);
    ck_assert_double_eq(spans[steps].begin, -1);
    spans[0].end = -1;
    senet_session_profile(session, NULL);
    senet_session_run(session);
    ck_assert_double_eq(spans[0].end, -1);
    senet_session_free(session);
    builder_release(&builder);
}
END_TEST

START_TEST(the_peak_is_measured_for_every_instruction_set)
{
    for (size_t i = 0; simd_at(i); i++)
        for (int threads = 1; threads <= 2; threads++) {
            double peak = senet_peak_measure(simd_at(i)->name, threads);
            ck_assert_msg(peak > 0.01 && peak < 1e5, "%s, %d threads: %g GFLOP/s", simd_at(i)->name, threads, peak);
        }
    ck_assert_double_gt(senet_peak_measure(NULL, 1), 0);
    ck_assert_double_gt(senet_peak_measure("reference", 1), 0);
    ck_assert_double_eq(senet_peak_measure(NULL, 0), 0);
    ck_assert_double_eq(senet_peak_measure(NULL, 65), 0);
}
END_TEST

START_TEST(outputs_that_nothing_computes_can_be_read)
{
    struct builder builder;
    builder_init_graph(&builder, 3);
    struct value *input = builder_graph_input(&builder, SHAPE(1, 3)), *constant = builder_random(&builder, SHAPE(4));
    builder_graph_output(&builder, input);
    builder_graph_output(&builder, constant);
    builder_graph_output(&builder, builder_flatten(&builder, input));
    struct senet_model model = make_model(&builder, &kernel_table);
    struct senet_session *session = make_session(&model, 2);
    run(session, 7);
    ck_assert_ptr_eq(senet_session_output(session, 0), senet_session_input(session, 0));
    ck_assert_floats_near((const float *)constant->data, senet_session_output(session, 1), 4, 0.0f);
    ck_assert_ptr_eq(senet_session_output(session, 2), senet_session_input(session, 0));
    senet_session_free(session);
    builder_release(&builder);
}
END_TEST

START_TEST(the_number_of_threads_is_checked)
{
    static const int refused[] = {0, -1, 65, 1 << 30};
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_model(&builder, &kernel_table);
    for (int i = 0; i < 4; i++) {
        struct senet_session *session = NULL;
        struct senet_error error = {SENET_OK, ""};
        ck_assert_int_eq(senet_session_create(&model, refused[i], &session, &error), SENET_INVALID_ARGUMENT);
        ck_assert_int_eq(error.code, SENET_INVALID_ARGUMENT);
        ck_assert_ptr_null(session);
    }
    senet_session_free(make_session(&model, 64));
    senet_session_free(NULL);
    builder_release(&builder);
}
END_TEST

START_TEST(how_many_threads_take_part_changes_nothing)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_model(&builder, &kernel_table);
    struct senet_session *all = make_session(&model, 4), *some = make_session(&model, 4);
    ck_assert_int_eq(senet_session_threads(some), 4);
    for (int threads = -1; threads <= 5; threads++) {
        senet_session_set_threads(some, threads);
        run(all, 3);
        run(some, 3);
        check_same(all, some, 0.0f);
    }
    senet_session_free(all);
    senet_session_free(some);
    builder_release(&builder);
}
END_TEST

enum { RUNS = 5 };

static void *run_many(void *session)
{
    for (uint32_t seed = 1; seed <= RUNS; seed++)
        run(session, seed);
    return NULL;
}

START_TEST(two_sessions_of_one_model_run_side_by_side)
{
    struct builder builder;
    build_network(&builder);
    struct senet_model model = make_model(&builder, &kernel_table);
    struct senet_session *sessions[] = {make_session(&model, 2), make_session(&model, 2)};
    struct senet_session *alone = make_session(&model, 2);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_many, sessions[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    run(alone, RUNS);
    for (int i = 0; i < 2; i++) {
        check_same(alone, sessions[i], 0.0f);
        senet_session_free(sessions[i]);
    }
    senet_session_free(alone);
    builder_release(&builder);
}
END_TEST

START_TEST(version_and_isa_are_what_they_may_be)
{
    static const char *const known[] = {"avx512", "avx2", "neon", "baseline"};
    bool found = false;
    for (int i = 0; i < 4; i++)
        found = found || !strcmp(senet_isa(), known[i]);
    ck_assert_msg(found, "%s", senet_isa());
    ck_assert_str_eq(senet_version(), SENET_VERSION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tcase = builder_case(suite, "session");
    tcase_add_loop_test(tcase, a_session_computes_what_the_reference_kernels_do, 1, 4);
    tcase_add_test(tcase, blocked_kernels_in_between_change_nothing);
    tcase_add_test(tcase, running_again_gives_the_same_to_the_last_bit);
    tcase_add_test(tcase, a_gate_is_overridden_until_it_is_cleared);
    tcase_add_test(tcase, steps_are_the_kernels_and_the_conversions_between_them);
    tcase_add_test(tcase, a_conversion_of_an_output_belongs_to_the_last_layer);
    tcase_add_test(tcase, a_profile_has_the_time_of_every_step_of_the_last_run);
    tcase_add_test(tcase, the_peak_is_measured_for_every_instruction_set);
    tcase_add_test(tcase, outputs_that_nothing_computes_can_be_read);
    tcase_add_test(tcase, the_number_of_threads_is_checked);
    tcase_add_test(tcase, how_many_threads_take_part_changes_nothing);
    tcase_add_test(tcase, two_sessions_of_one_model_run_side_by_side);
    tcase_add_test(tcase, version_and_isa_are_what_they_may_be);
    return harness_run(suite);
}
