/* The fuzzer of images on the fixtures and on the corpus that it has left: what once was found stays mended. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "../fuzz/fuzz_image.c"
#include "harness.h"

/* Runs each file of the folder, copied so that a sanitizer sees its end. Returns how many there were. */
static int replay(const char *folder)
{
    int count = 0;
    DIR *directory = opendir(folder);
    ck_assert_msg(directory, "%s is missing", folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[512];
        static uint8_t buffer[1 << 20];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (!file)
            continue;
        size_t size = fread(buffer, 1, sizeof buffer, file);
        fclose(file);
        uint8_t *bytes = malloc(size ? size : 1);
        ck_assert_ptr_nonnull(bytes);
        memcpy(bytes, buffer, size);
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
        count++;
    }
    closedir(directory);
    return count;
}

START_TEST(the_fixtures_pass)
{
    ck_assert_int_gt(replay("tests/fixtures/images/decode"), 50);
}
END_TEST

START_TEST(the_corpus_passes)
{
    ck_assert_int_gt(replay("tests/fuzz/corpus/image"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fuzz_image");
    TCase *group = tcase_create("fuzz_image");
    tcase_set_timeout(group, 120);
    tcase_add_test(group, the_fixtures_pass);
    tcase_add_test(group, the_corpus_passes);
    suite_add_tcase(suite, group);
    return harness_run(suite);
}
