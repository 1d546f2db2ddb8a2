/* Gates as data: read after a run, overridden before it, for every form of a block. */
#include "se_forms.h"

static struct pass_pair pair;
static struct senet_model models[2];
static struct senet_session *sessions[2];

enum { GATES = FORM_BATCH * FORM_CHANNELS, OUTPUTS = FORM_BATCH * 2 * FORM_HEIGHT * FORM_WIDTH };

static void tear_down(void)
{
    for (int i = 0; i < 2; i++)
        senet_session_free(sessions[i]);
    pass_release(&pair);
}

/* A network with the form, by the kernels that serve; with or without its product. */
static struct senet_session *load(int which, const struct form *form, bool without_product)
{
    struct senet_error error = {SENET_OK, ""};
    struct builder *builder = which ? &pair.after : &pair.before;
    form_built = form;
    form_without_product = without_product;
    pass_build(builder, form_network);
    ck_assert_msg(pass_all(&builder->graph, &error) == SENET_OK, "%s: %s", form->description, error.message);
    models[which] = pass_model(builder, &kernel_table);
    sessions[which] = pass_run(&models[which]);
    return sessions[which];
}

static void check_same_bits(const float *expected, const float *actual, int count, const char *description)
{
    for (int i = 0; i < count; i++)
        ck_assert_msg(!memcmp(&expected[i], &actual[i], sizeof *actual), "%s: element %d is %.9g, not %.9g",
                      description, i, (double)actual[i], (double)expected[i]);
}

START_TEST(an_override_by_one_is_the_network_without_its_product)
{
    const float ones[FORM_CHANNELS] = {1, 1, 1, 1, 1, 1};
    struct senet_session *with = load(0, &forms[_i], false), *without = load(1, &forms[_i], true);
    ck_assert_uint_eq(models[1].plan->gate_count, 0);
    senet_session_set_gate(with, 0, ones);
    senet_session_run(with);
    check_same_bits(senet_session_output(without, 0), senet_session_output(with, 0), OUTPUTS, forms[_i].description);
    for (int i = 0; i < GATES; i++)
        ck_assert_float_eq(senet_session_gate(with, 0)[i], 1);
}
END_TEST

/* Each image's gates in turn are everybody's: that image comes out as it did. */
START_TEST(an_override_by_the_computed_gate_changes_nothing)
{
    float gates[GATES], outputs[OUTPUTS];
    struct senet_session *session = load(0, &forms[_i], false);
    if (forms[_i].squeeze == SE_SQUEEZE_NONE)
        return; /* what is read is a mean over positions, which no override can undo */
    memcpy(gates, senet_session_gate(session, 0), sizeof gates);
    memcpy(outputs, senet_session_output(session, 0), sizeof outputs);
    for (int image = 0; image < FORM_BATCH; image++) {
        int each = OUTPUTS / FORM_BATCH;
        senet_session_set_gate(session, 0, gates + image * FORM_CHANNELS);
        senet_session_run(session);
        check_same_bits(outputs + image * each, senet_session_output(session, 0) + image * each, each,
                        forms[_i].description);
        for (int other = 0; other < FORM_BATCH; other++)
            check_same_bits(gates + image * FORM_CHANNELS, senet_session_gate(session, 0) + other * FORM_CHANNELS,
                            FORM_CHANNELS, forms[_i].description);
    }
}
END_TEST

START_TEST(images_of_a_batch_have_gates_of_their_own)
{
    const float *gates = senet_session_gate(load(0, &forms[_i], false), 0);
    for (int image = 1; image < FORM_BATCH; image++)
        ck_assert_msg(memcmp(gates, gates + image * FORM_CHANNELS, FORM_CHANNELS * sizeof *gates) != 0, "%s: image %d",
                      forms[_i].description, image);
}
END_TEST

START_TEST(gaps_in_an_override_keep_what_the_network_computes)
{
    const float nothing[FORM_CHANNELS] = {NAN, NAN, NAN, NAN, NAN, NAN};
    const float some[FORM_CHANNELS] = {NAN, 0.25f, NAN, -2, 0, NAN};
    float gates[GATES], outputs[OUTPUTS];
    struct senet_session *session = load(0, &forms[_i], false);
    memcpy(gates, senet_session_gate(session, 0), sizeof gates);
    memcpy(outputs, senet_session_output(session, 0), sizeof outputs);
    senet_session_set_gate(session, 0, nothing);
    senet_session_run(session);
    check_same_bits(gates, senet_session_gate(session, 0), GATES, forms[_i].description);
    check_same_bits(outputs, senet_session_output(session, 0), OUTPUTS, forms[_i].description);
    senet_session_set_gate(session, 0, some);
    senet_session_run(session);
    for (int i = 0; i < GATES; i++) {
        float override = some[i % FORM_CHANNELS];
        check_same_bits(isnan(override) ? &gates[i] : &override, &senet_session_gate(session, 0)[i], 1,
                        forms[_i].description);
    }
    ck_assert_int_ne(memcmp(outputs, senet_session_output(session, 0), sizeof outputs), 0);
    senet_session_set_gate(session, 0, NULL);
    senet_session_run(session);
    check_same_bits(outputs, senet_session_output(session, 0), OUTPUTS, forms[_i].description);
}
END_TEST

/* The network goes on computing its gate for whoever else reads it. */
START_TEST(a_gate_that_is_given_out_is_the_networks_own)
{
    const float zeros[FORM_CHANNELS] = {0};
    float own[GATES];
    const struct form *form = NULL;
    for (int i = 0; i < FORMS; i++)
        form = forms[i].build == form_given_out ? &forms[i] : form;
    struct senet_session *session = load(0, form, false);
    memcpy(own, senet_session_gate(session, 0), sizeof own);
    check_same_bits(own, senet_session_output(session, 1), GATES, "as computed");
    senet_session_set_gate(session, 0, zeros);
    senet_session_run(session);
    check_same_bits(own, senet_session_output(session, 1), GATES, "while overridden");
    for (int i = 0; i < GATES; i++)
        ck_assert_float_eq(senet_session_gate(session, 0)[i], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gates");
    TCase *tcase = builder_case(suite, "gates");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, an_override_by_one_is_the_network_without_its_product, 0, FORMS);
    tcase_add_loop_test(tcase, an_override_by_the_computed_gate_changes_nothing, 0, FORMS);
    tcase_add_loop_test(tcase, images_of_a_batch_have_gates_of_their_own, 0, FORMS);
    tcase_add_loop_test(tcase, gaps_in_an_override_keep_what_the_network_computes, 0, FORMS);
    tcase_add_test(tcase, a_gate_that_is_given_out_is_the_networks_own);
    return harness_run(suite);
}
