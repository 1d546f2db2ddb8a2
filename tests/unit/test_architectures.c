/*
 * The networks of training/ as PyTorch exports them, with weights drawn here: the kernels that serve against the naive
 * ones, on the graph that the passes leave, and both against the graph as the file has it. The SE blocks are those of
 * the modules that PyTorch ran. tests/fixtures/architectures/make_architectures.py writes the fixtures.
 */
#include <stdio.h>
#include <string.h>

#include "graph/passes.h"
#include "harness.h"
#include "model/model.h"
#include "onnx/import.h"
#include "skeleton.h"

#define FOLDER "tests/fixtures/architectures/"
#define TOLERANCE 1e-4f /* of the largest element */
#define SPREAD 1e-2f    /* of the largest element, what is compared has to vary at least by */
#define NETWORKS_MAX 64
#define BLOCKS_MAX 64
#define SEED 3

/* blocks.txt has a line for each, and an indented one for each of its blocks. */
struct network {
    char name[64];
    long long batch, height, width;
    char blocks[BLOCKS_MAX][128];
    size_t block_count;
};

static struct network networks[NETWORKS_MAX];
static int network_count;

struct engine {
    struct senet_model model;
    const char *kernels; /* for messages */
};

typedef enum senet_code prepare_function(struct graph *graph, const struct input_size *size, struct senet_error *error);

static void read_networks(void)
{
    char line[256];
    FILE *file = fopen(FOLDER "blocks.txt", "r");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line == '#' || network_count == NETWORKS_MAX)
            continue;
        if (*line == ' ') {
            struct network *owner = &networks[network_count - 1];
            if (owner->block_count < BLOCKS_MAX)
                snprintf(owner->blocks[owner->block_count++], sizeof owner->blocks[0], "%.127s", line + 2);
            continue;
        }
        struct network *network = &networks[network_count++];
        sscanf(line, "%63s %lld %lld %lld", network->name, &network->batch, &network->height, &network->width);
    }
    if (file)
        fclose(file);
}

/* `prepare` makes the graph one that can be planned. */
static void engine_load(struct engine *engine, const struct network *network, const struct bytes *bytes,
                        prepare_function *prepare, const struct kernel_table *kernels, const char *description)
{
    const struct input_size size = {network->batch, network->height, network->width};
    struct senet_error error = {SENET_OK, ""};
    struct senet_model *model = &engine->model;
    *engine = (struct engine){.kernels = description};
    const struct source source = {.bytes = bytes->data, .size = bytes->size};
    enum senet_code code = onnx_import(&source, NULL, &model->arena, &model->constants, &model->graph, &error);
    if (!code)
        code = prepare(&model->graph, &size, &error);
    if (!code)
        code = plan_create(&model->graph, kernels, simd_find(NULL), &model->plan, &error);
    ck_assert_msg(!code, "%s, %s: %s", network->name, description, error.message);
}

/* Images of a batch differ in contrast and brightness: noise alone has the same mean everywhere. */
static void draw_images(float *input, int64_t count, int64_t batch)
{
    uint32_t seed = SEED + 1;
    for (int64_t i = 0; i < count; i++) {
        float image = (float)(i / (count / batch));
        input[i] = (0.5f + image) * harness_random(&seed) + 0.5f * image;
    }
}

static void run(const struct engine *engine, struct senet_session *session)
{
    const struct senet_shape *shape = &engine->model.graph.inputs[0]->shape;
    draw_images(senet_session_input(session, 0), senet_shape_elements(shape), shape->dim[0]);
    senet_session_run(session);
}

static struct senet_session *engine_run(const struct engine *engine, int threads)
{
    struct senet_session *session = NULL;
    struct senet_error error = {SENET_OK, ""};
    ck_assert_int_eq(senet_session_create(&engine->model, threads, &session, &error), SENET_OK);
    run(engine, session);
    return session;
}

/* ------------------------------------------------------------------ numbers */

static float largest_of(const float *data, int64_t count)
{
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(data[i]));
    return largest;
}

/* Numbers that are all the same would agree for any weights, and so would those that are the same for any image. */
static void check_variety(const struct network *network, const char *tensor, const float *data, int64_t count)
{
    float least = SPREAD * largest_of(data, count), low = data[0], high = data[0];
    int64_t each = count / network->batch;
    for (int64_t i = 1; i < each; i++) {
        low = fminf(low, data[i]);
        high = fmaxf(high, data[i]);
    }
    ck_assert_msg(high - low > least, "%s, %s: all numbers lie in %g..%g", network->name, tensor, (double)low,
                  (double)high);
    if (network->batch > 1)
        ck_assert_msg(harness_first_difference(data, data + each, each, TOLERANCE * largest_of(data, count)) >= 0,
                      "%s, %s: two images have the same numbers", network->name, tensor);
}

static void check_near(const struct network *network, const char *tensor, const struct engine *engine,
                       const float *expected, const float *actual, int64_t count)
{
    int64_t at = harness_first_difference(expected, actual, count, TOLERANCE * largest_of(expected, count));
    ck_assert_msg(at < 0, "%s, %s, element %lld: %.9g by %s, expected %.9g", network->name, tensor, (long long)at,
                  (double)actual[at < 0 ? 0 : at], engine->kernels, (double)expected[at < 0 ? 0 : at]);
}

static void check_outputs(const struct network *network, const struct engine *engine, const float *expected,
                          const struct senet_session *session)
{
    int64_t count = senet_shape_elements(&engine->model.graph.outputs[0]->shape);
    check_near(network, "output", engine, expected, senet_session_output(session, 0), count);
}

static void check_gates(const struct network *network, const struct engine *engine,
                        const struct senet_session *expected, const struct senet_session *actual)
{
    const struct plan *plan = engine->model.plan;
    for (size_t block = 0; block < plan->gate_count; block++)
        check_near(network, network->blocks[block], engine, senet_session_gate(expected, block),
                   senet_session_gate(actual, block), senet_shape_elements(&plan->tensors[plan->gates[block]].shape));
}

/* How many members take part is for each run to say, and its numbers must not tell. */
static void check_alone(const struct network *network, const struct engine *engine, struct senet_session *session)
{
    int64_t count = senet_shape_elements(&engine->model.graph.outputs[0]->shape);
    float *before = malloc((size_t)count * sizeof *before);
    ck_assert_ptr_nonnull(before);
    memcpy(before, senet_session_output(session, 0), (size_t)count * sizeof *before);
    senet_session_set_threads(session, 1);
    run(engine, session);
    int64_t at = harness_first_difference(before, senet_session_output(session, 0), count, 0.0f);
    ck_assert_msg(at < 0, "%s: another number when one member alone computes output %lld", network->name,
                  (long long)at);
    free(before);
}

/* ------------------------------------------------------------------- blocks */

static void check_blocks(const struct network *network, const struct graph *graph)
{
    size_t found = 0;
    char text[128];
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct se_block *se = graph->nodes[n]->se;
        if (!se)
            continue;
        snprintf(text, sizeof text, "%s %s %s %s %s %lld %lld", se->layer, se_kind_text(se->kind),
                 se_squeeze_text(se->squeeze), activation_text(se->gate.kind), se_placement_text(se->placement),
                 (long long)se->channels, (long long)se->reduced);
        ck_assert_msg(found < network->block_count && !strcmp(text, network->blocks[found]),
                      "%s, block %zu is '%s', expected '%s'", network->name, found, text,
                      found < network->block_count ? network->blocks[found] : "none");
        found++;
    }
    ck_assert_msg(found == network->block_count, "%s has %zu blocks, expected %zu", network->name, found,
                  network->block_count);
}

static void check_variety_of_all(const struct network *network, const struct engine *engine,
                                 const struct senet_session *session)
{
    const struct plan *plan = engine->model.plan;
    int64_t count = senet_shape_elements(&engine->model.graph.outputs[0]->shape);
    check_variety(network, "output", senet_session_output(session, 0), count);
    for (size_t block = 0; block < plan->gate_count; block++)
        check_variety(network, network->blocks[block], senet_session_gate(session, block),
                      senet_shape_elements(&plan->tensors[plan->gates[block]].shape));
}

/* -------------------------------------------------------------------- tests */

static struct bytes bytes;
static struct engine as_exported, reference, fast;

static void tear_down(void)
{
    free(bytes.data);
    arena_release(&as_exported.model.arena);
    arena_release(&reference.model.arena);
    arena_release(&fast.model.arena);
}

START_TEST(fixtures_are_complete)
{
    ck_assert_int_gt(network_count, 20);
    for (int i = 0; i < network_count; i++)
        ck_assert_msg(networks[i].block_count > 0 && networks[i].width > 0, "%s", networks[i].name);
}
END_TEST

START_TEST(kernels_agree_on_an_architecture)
{
    static const int teams[] = {1, 3};
    const struct network *network = &networks[_i];
    char path[256];
    snprintf(path, sizeof path, FOLDER "%s.onnx", network->name);
    bytes = skeleton_read(path, SEED);
    engine_load(&as_exported, network, &bytes, graph_infer, &reference_kernel_table, "naive kernels, no passes");
    engine_load(&reference, network, &bytes, graph_optimise, &reference_kernel_table, "naive kernels");
    engine_load(&fast, network, &bytes, graph_optimise, &kernel_table, "fast kernels");
    check_blocks(network, &reference.model.graph);
    check_blocks(network, &fast.model.graph);

    struct senet_session *plain = engine_run(&as_exported, 1), *expected = engine_run(&reference, 1);
    check_variety_of_all(network, &reference, expected);
    check_outputs(network, &reference, senet_session_output(plain, 0), expected);
    senet_session_free(plain);
    for (size_t i = 0; i < sizeof teams / sizeof *teams; i++) {
        struct senet_session *actual = engine_run(&fast, teams[i]);
        check_outputs(network, &fast, senet_session_output(expected, 0), actual);
        check_gates(network, &fast, expected, actual);
        check_alone(network, &fast, actual);
        senet_session_free(actual);
    }
    senet_session_free(expected);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("architectures");
    TCase *tcase = tcase_create("against the naive kernels");
    tcase_set_timeout(tcase, 60); /* sanitisers and busy machines are slow */
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    read_networks();
    tcase_add_test(tcase, fixtures_are_complete);
    tcase_add_loop_test(tcase, kernels_agree_on_an_architecture, 0, network_count);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
