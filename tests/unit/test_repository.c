/* Folders of models, good and hostile: which names are taken, which versions, and whether a change is noticed. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "models/repository.h"
#include "models/wanted.h"

static char root[64];
static struct senet_error error;

static void setup(void)
{
    snprintf(root, sizeof root, "/tmp/senetd-repository-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static const char *at(const char *name)
{
    static char paths[4][4096];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static void make_folder(const char *name)
{
    ck_assert_msg(!mkdir(at(name), 0700), "%s", name);
}

static void make_file(const char *name, const char *text)
{
    FILE *stream = fopen(at(name), "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(fputs(text, stream), 0);
    fclose(stream);
}

START_TEST(names_are_what_may_stand_in_a_path)
{
    char longest[MODEL_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[MODEL_NAME_MAX + 1] = '\0';
    ck_assert(!model_name_valid(longest));
    longest[MODEL_NAME_MAX] = '\0';
    ck_assert(model_name_valid(longest));
    static const char *const good[] = {"a", "resnet-50_v1.5", "0", "a..b"};
    static const char *const bad[] = {"",     ".",   "..",  ".git", "..data",   "a/b",
                                      "../a", "a b", "a\n", "a%2e", "\xc3\xa9", "-\x01"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(model_name_valid(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!model_name_valid(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(versions_are_numbers_without_leading_zeros)
{
    int64_t number = 0;
    ck_assert(model_version_parse("999999999999999999", &number));
    ck_assert_int_eq(number, 999999999999999999);
    static const char *const bad[] = {"", "0", "01", "-1", "+1", "1 ", "1.0", "0x1", "9999999999999999999", "a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!model_version_parse(bad[i], &number), "%s", bad[i]);
}
END_TEST

START_TEST(only_folders_with_safe_names_are_models)
{
    struct model_names names;
    make_folder("zebra");
    make_folder("ape");
    make_folder(".hidden");
    make_folder("with space");
    make_folder("new\nline");
    make_file("file", "");
    ck_assert(!symlink("ape", at("link")));
    ck_assert(!symlink("/", at("root")));
    ck_assert(!symlink("nowhere", at("dangling")));
    ck_assert(!mkfifo(at("pipe"), 0600));
    ck_assert_int_eq(repository_scan(root, &names, &error), SENET_OK);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.items[0], "ape");
    ck_assert_str_eq(names.items[1], "zebra");
    model_names_release(&names);
}
END_TEST

START_TEST(more_models_than_there_may_be_are_refused)
{
    char name[32];
    struct model_names names;
    for (int i = 0; i < REPOSITORY_MODELS_MAX; i++) {
        snprintf(name, sizeof name, "m%d", i);
        make_folder(name);
    }
    ck_assert_int_eq(repository_scan(root, &names, &error), SENET_OK);
    ck_assert_uint_eq(names.count, REPOSITORY_MODELS_MAX);
    model_names_release(&names);
    make_folder("one-more");
    ck_assert_int_eq(repository_scan(root, &names, &error), SENET_FILE_UNREADABLE);
    ck_assert_str_eq(error.message, "it has more than 1024 models");
    ck_assert_int_eq(repository_scan(at("m1/none"), &names, &error), SENET_FILE_UNREADABLE);
    ck_assert_str_eq(error.message, "it does not exist");
}
END_TEST

START_TEST(the_highest_versions_are_taken)
{
    struct version_folders folders;
    char name[32];
    for (int i = 1; i <= 2000; i += 37) {
        snprintf(name, sizeof name, "%d", i);
        make_folder(name);
    }
    make_folder("0099");
    make_folder("99x");
    make_file("99999", "");
    ck_assert(!symlink("1", at("88888")));
    ck_assert_int_eq(version_folders_scan(root, 3, &folders, &error), SENET_OK);
    ck_assert_uint_eq(folders.count, 3);
    ck_assert_int_eq(folders.items[0].number, 2000 - (2000 - 1) % 37);
    ck_assert_int_eq(folders.items[1].number, folders.items[0].number - 37);
    ck_assert_int_eq(folders.items[2].number, folders.items[1].number - 37);
    snprintf(name, sizeof name, "%lld", (long long)folders.items[2].number);
    ck_assert_str_eq(folders.items[2].path, at(name));
    version_folders_release(&folders);
}
END_TEST

START_TEST(a_folder_without_versions_and_a_file_are_version_1)
{
    struct version_folders folders;
    make_file("model.onnx", "x");
    ck_assert_int_eq(version_folders_scan(root, 3, &folders, &error), SENET_OK);
    ck_assert_uint_eq(folders.count, 1);
    ck_assert_int_eq(folders.items[0].number, 1);
    ck_assert_str_eq(folders.items[0].path, root);
    version_folders_release(&folders);
    ck_assert_int_eq(version_folders_scan(at("model.onnx"), 3, &folders, &error), SENET_OK);
    ck_assert_str_eq(folders.items[0].path, at("model.onnx"));
    version_folders_release(&folders);
    ck_assert_int_eq(version_folders_scan(at("gone"), 3, &folders, &error), SENET_FILE_UNREADABLE);
    ck_assert_str_eq(error.message, "its folder does not exist");
}
END_TEST

static uint64_t fingerprint(void)
{
    struct version_folders folders;
    ck_assert_int_eq(version_folders_scan(root, 1, &folders, &error), SENET_OK);
    uint64_t print = folders.items[0].fingerprint;
    version_folders_release(&folders);
    return print;
}

START_TEST(every_change_of_a_file_is_noticed)
{
    make_file("model.onnx", "one");
    make_file("config.json", "{}");
    uint64_t first = fingerprint();
    ck_assert_uint_eq(fingerprint(), first);
    make_file(".swap", "");
    ck_assert_uint_eq(fingerprint(), first);
    make_file("model.onnx", "two!");
    uint64_t second = fingerprint();
    ck_assert_uint_ne(second, first);
    /* Replaced by one of the same size and time: another inode. */
    struct stat status;
    ck_assert(!stat(at("model.onnx"), &status));
    make_file("new", "2222");
    const struct timespec times[2] = {status.st_mtim, status.st_mtim};
    ck_assert(!utimensat(AT_FDCWD, at("new"), times, 0));
    ck_assert(!rename(at("new"), at("model.onnx")));
    uint64_t third = fingerprint();
    ck_assert_uint_ne(third, second);
    ck_assert(!rename(at("config.json"), at("labels.txt")));
    ck_assert_uint_ne(fingerprint(), third);
}
END_TEST

static char nothing[] = "";

START_TEST(the_configuration_names_models_and_the_repository_adds_its_own)
{
    char *listed[] = {strdup("first=some/where"), strdup("elsewhere/second/")};
    struct options options = {
        .models = {.items = listed, .count = 2}, .model_repository = root, .default_model = nothing};
    struct wanted wanted;
    char message[512];
    make_folder("third");
    ck_assert_msg(wanted_read(&options, &wanted, message, sizeof message), "%s", message);
    ck_assert_uint_eq(wanted.count, 3);
    ck_assert_str_eq(wanted.items[0].name, "first");
    ck_assert_str_eq(wanted.items[0].path, "some/where");
    ck_assert_str_eq(wanted.items[1].name, "second");
    ck_assert_str_eq(wanted.items[2].path, at("third"));
    ck_assert(wanted.items[2].in_repository && !wanted.items[1].in_repository);
    wanted_release(&wanted);
    make_folder("second");
    ck_assert(!wanted_read(&options, &wanted, message, sizeof message));
    ck_assert_str_eq(message, "model 'second': the name is used twice: give one of them another, NAME=DIR");
    free(listed[0]);
    free(listed[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("repository");
    TCase *tests = tcase_create("repository");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, names_are_what_may_stand_in_a_path);
    tcase_add_test(tests, versions_are_numbers_without_leading_zeros);
    tcase_add_test(tests, only_folders_with_safe_names_are_models);
    tcase_add_test(tests, more_models_than_there_may_be_are_refused);
    tcase_add_test(tests, the_highest_versions_are_taken);
    tcase_add_test(tests, a_folder_without_versions_and_a_file_are_version_1);
    tcase_add_test(tests, every_change_of_a_file_is_noticed);
    tcase_add_test(tests, the_configuration_names_models_and_the_repository_adds_its_own);
    return harness_run(suite);
}
