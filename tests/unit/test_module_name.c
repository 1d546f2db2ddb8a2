#include "graph/graph.h"

#include <string.h>

#include "harness.h"

static const struct {
    const char *node, *module;
} cases[] = {
    /* The operator at the end goes, scopes become components. */
    {"/conv1/Conv", "conv1"},
    {"/layer1/layer1.0/se/Mul", "layer1.0.se"},
    {"/layer1/layer1.0/se/fc1/Conv", "layer1.0.se.fc1"},
    {"/layer1/layer1.0/downsample/downsample.0/Conv", "layer1.0.downsample.0"},
    /* A Sequential in a Sequential. */
    {"/blocks/blocks.0/blocks.0.0/se/Mul", "blocks.0.0.se"},
    {"/features/features.10/features.10.1/Relu_1", "features.10.1"},
    /* Only a child repeats its parent's name and a dot. */
    {"/layer1/layer10/Conv", "layer1.layer10"},
    {"/se/se/Mul", "se.se"},
    {"/a/b/a.0/Add", "a.b.a.0"},
    /* Keras: TensorFlow's name for the whole call goes. */
    {"model/block1a_se_excite/mul", "model.block1a_se_excite"},
    {"StatefulPartitionedCall/efficientnetb0/block1a_se_excite/mul", "efficientnetb0.block1a_se_excite"},
    {"StatefulPartitionedCall_1/StatefulPartitionedCall/se/Mul", "se"},
    {"StatefulPartitionedCall/mul", "mul"},
    {"StatefulPartitionedCall", "StatefulPartitionedCall"},
    /* Without a scope. */
    {"/Relu", "Relu"},
    {"Conv_12", "Conv_12"},
    {"", ""},
    {"/", ""},
    /* Nothing that PyTorch writes, and still no reason to stumble. */
    {"stem/conv/Conv", "stem.conv"},
    {"a//b/Conv", "a.b"},
    {"//Conv", ""},
    {"a/", "a"},
    {"a//", "a"},
    {"/./..//Conv", ".."},
    {"/layer1/layer1./Conv", "layer1."},
};

START_TEST(a_node_has_the_name_of_its_module)
{
    struct arena arena = {0};
    const char *module = module_name(&arena, cases[_i].node);
    ck_assert_msg(module && !strcmp(module, cases[_i].module), "'%s': expected '%s', got '%s'", cases[_i].node,
                  cases[_i].module, module ? module : "NULL");
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("module_name");
    TCase *tests = tcase_create("module_name");
    tcase_add_loop_test(tests, a_node_has_the_name_of_its_module, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
