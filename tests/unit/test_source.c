#include "source.h"

#include <string.h>

#include "harness.h"

static const struct {
    const char *path, *name, *version;
} identities[] = {
    {NULL, "builtin", "1"},
    {"models/pets", "pets", "1"},
    {"models/pets///", "pets", "1"},
    {"pets.onnx", "pets", "1"},
    {"/models/pets.v2.onnx", "pets.v2", "1"},
    {"models/pets/12", "pets", "12"},
    {"models/pets//3/", "pets", "3"},
    {"models/pets/3/model.onnx", "model", "1"},
    {"7", "7", "1"},
    {"/7", "", "7"},
    {".onnx", ".onnx", "1"},
    {"/", "", "1"},
    {"pets/123456789012345678901234567890", "123456789012345678901234567890", "1"},
};

START_TEST(a_model_is_called_after_its_path)
{
    struct model_identity identity;
    source_identity(identities[_i].path, &identity);
    ck_assert_str_eq(identity.name, identities[_i].name);
    ck_assert_str_eq(identity.version, identities[_i].version);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
    char path[400];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    struct model_identity identity;
    source_identity(path, &identity);
    ck_assert_uint_eq(strlen(identity.name), sizeof identity.name - 1);
}
END_TEST

static Suite *source_suite(void)
{
    Suite *suite = suite_create("source");
    TCase *names = tcase_create("names");
    tcase_add_loop_test(names, a_model_is_called_after_its_path, 0, (int)(sizeof identities / sizeof *identities));
    tcase_add_test(names, a_long_name_is_cut);
    suite_add_tcase(suite, names);
    return suite;
}

int main(void)
{
    return harness_run(source_suite());
}
