/* Golden files: a round trip, numbers that are wrong, files of another model, and files that are none. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "npz/zip.h"
#include "senet.h"

static struct senet_model *model;
static struct senet_session *session;
static struct senet_error error;
static struct senet_golden golden;

static void setup(void)
{
    ck_assert_int_eq(senet_model_load_builtin(NULL, &model, &error), SENET_OK);
    ck_assert_int_eq(senet_session_create(model, 1, &session, &error), SENET_OK);
}

static void teardown(void)
{
    senet_session_free(session);
    senet_model_free(model);
}

static struct senet_buffer written(void)
{
    struct senet_buffer file = {0};
    uint32_t seed = 7;
    for (int i = 0; i < 3 * 32 * 32; i++)
        senet_session_input(session, 0)[i] = harness_random(&seed);
    ck_assert_int_eq(senet_golden_write(session, &file, &error), SENET_OK);
    return file;
}

static void add_array(struct zip_writer *zip, const char *name, struct senet_shape shape, const float *numbers)
{
    zip_entry_begin(zip, name);
    senet_npy_append(zip->file, &shape, numbers);
    zip_entry_end(zip, name);
}

/* The check in memory of exactly the file's size, so that a sanitizer sees the first byte read too many. */
static enum senet_code check_bytes(const void *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, bytes, size);
    enum senet_code code = senet_golden_check_memory(session, copy, size, &golden, &error);
    free(copy);
    return code;
}

START_TEST(what_was_written_is_reproduced)
{
    struct senet_buffer file = written();
    ck_assert_msg(check_bytes(file.data, file.size) == SENET_OK, "%s", error.message);
    ck_assert_uint_eq(golden.outputs, 1);
    ck_assert_uint_eq(golden.gates, senet_model_info(model)->se_block_count);
    ck_assert_double_eq(golden.difference, 0);
    senet_buffer_release(&file);
}
END_TEST

START_TEST(the_builtin_model_computes_what_pytorch_did)
{
    ck_assert_msg(senet_golden_check(session, NULL, &golden, &error) == SENET_OK, "%s", error.message);
    ck_assert_uint_eq(golden.outputs, 1);
    ck_assert_uint_eq(golden.gates, 4);
    ck_assert_double_gt(golden.difference, 0); /* other arithmetic, so not the same to the last bit */
    ck_assert_double_lt(golden.difference, 1e-5);
}
END_TEST

START_TEST(a_folder_without_the_file_has_nothing_to_compare)
{
    ck_assert_int_eq(senet_golden_check(session, "tests/fixtures/builtin", &golden, &error), SENET_OK);
    ck_assert_uint_eq(golden.outputs + golden.gates, 0);
    ck_assert_int_eq(senet_golden_check(session, "models/builtin/model.onnx", &golden, &error), SENET_OK);
    ck_assert_uint_eq(golden.outputs + golden.gates, 0);
    ck_assert_int_eq(senet_golden_check(session, "models/builtin", &golden, &error), SENET_OK);
    ck_assert_uint_eq(golden.gates, 4);
    ck_assert_int_eq(senet_golden_check(session, "no/such/folder", &golden, &error), SENET_FILE_UNREADABLE);
}
END_TEST

START_TEST(a_file_that_is_no_file_or_too_large_is_refused)
{
    char folder[] = "/tmp/senet-golden-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/golden.npz", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(senet_golden_check(session, folder, &golden, &error), SENET_FILE_UNREADABLE);
    ck_assert_str_eq(error.message, "'golden.npz' is not a regular file");
    unlink(path);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(ftruncate(fd, (off_t)1 << 40), 0);
    close(fd);
    ck_assert_int_eq(senet_golden_check(session, folder, &golden, &error), SENET_FILE_UNREADABLE);
    ck_assert_str_eq(error.message, "'golden.npz' is larger than one of this model can be");
    unlink(path);
    rmdir(folder);
}
END_TEST

/* One number of an array is changed, and the checksum with it. */
static void check_changed(const char *name, float change, enum senet_code expected)
{
    struct senet_buffer file = written(), changed = {0};
    struct zip_reader reader;
    struct zip_writer writer = {.file = &changed};
    ck_assert_int_eq(zip_open(file.data, file.size, &reader, &error), SENET_OK);
    while (reader.count) {
        struct zip_entry entry;
        struct senet_npy npy;
        char text[128];
        ck_assert_int_eq(zip_next(&reader, &entry, &error), SENET_OK);
        ck_assert_int_eq(senet_npy_parse(entry.bytes, entry.size, &npy, &error), SENET_OK);
        snprintf(text, sizeof text, "%.*s", (int)entry.name_size, entry.name);
        if (!strncmp(text, name, strlen(name)))
            npy.data[0] += change;
        add_array(&writer, text, npy.shape, npy.data);
        senet_npy_release(&npy);
    }
    zip_finish(&writer);
    error.message[0] = '\0';
    ck_assert_msg(check_bytes(changed.data, changed.size) == expected, "%s %g: %s", name, (double)change,
                  error.message);
    senet_buffer_release(&file);
    senet_buffer_release(&changed);
}

START_TEST(a_number_that_differs_is_named)
{
    check_changed("gate.layer2.0.se", 0.01f, SENET_GOLDEN_DIFFERS);
    ck_assert_msg(strstr(error.message, "gate 'layer2.0.se' is off by ") != NULL, "%s", error.message);
    check_changed("output.logits", 1.0f, SENET_GOLDEN_DIFFERS);
    ck_assert_msg(strstr(error.message, "output 'logits' is off by ") != NULL, "%s", error.message);
    check_changed("input.input", 1000.0f, SENET_GOLDEN_DIFFERS);
    check_changed("output.logits", 1e-6f, SENET_OK);
    check_changed("output.logits", NAN, SENET_MODEL_MALFORMED);
    ck_assert_str_eq(error.message, "golden.npz: 'output.logits.npy' has numbers that are not finite");
    check_changed("input.input", INFINITY, SENET_MODEL_MALFORMED);
}
END_TEST

/* Archives whose arrays do not fit the model. */
static const struct {
    const char *names[3];
    struct senet_shape shape;
    const char *message;
} strangers[] = {
    {{"input.input.npy"}, {4, {1, 3, 32, 33}}, "golden.npz: 'input.input.npy' has another shape than in the model"},
    {{"input.input.npy"}, {3, {3, 32, 32}}, "golden.npz: 'input.input.npy' has another shape than in the model"},
    {{"input.x.npy"}, {1, {1}}, "golden.npz: 'input.x.npy' is no input, output or gate of the model"},
    {{"gate.layer9.0.se.npy"}, {1, {1}}, "golden.npz: 'gate.layer9.0.se.npy' is no input, output or gate of the model"},
    {{"\x1b[2J"}, {1, {1}}, "golden.npz: '?[2J' is no input, output or gate of the model"},
    {{""}, {1, {1}}, "golden.npz: '' is no input, output or gate of the model"},
    {{"input.input.npy"}, {4, {1, 3, 32, 32}}, "golden.npz: it has no output of the model"},
    {{"input.input.npy", "input.input.npy"}, {4, {1, 3, 32, 32}}, "golden.npz: 'input.input.npy' is there twice"},
    {{"output.logits.npy"}, {2, {1, 10}}, "golden.npz: it lacks the input 'input'"},
};

START_TEST(a_file_of_another_model_is_refused)
{
    static const float zeros[3 * 33 * 33];
    struct senet_buffer file = {0};
    struct zip_writer zip = {.file = &file};
    for (size_t i = 0; i < 3 && strangers[_i].names[i]; i++)
        add_array(&zip, strangers[_i].names[i], strangers[_i].shape, zeros);
    zip_finish(&zip);
    ck_assert_int_eq(check_bytes(file.data, file.size), SENET_MODEL_MALFORMED);
    ck_assert_str_eq(error.message, strangers[_i].message);
    senet_buffer_release(&file);
}
END_TEST

START_TEST(more_arrays_than_the_model_has_are_refused_unread)
{
    struct senet_buffer file = {0};
    struct zip_writer zip = {.file = &file};
    for (int i = 0; i < 1000; i++)
        add_array(&zip, "input.input.npy", (struct senet_shape){1, {1}}, &(float){0});
    zip_finish(&zip);
    ck_assert_int_eq(check_bytes(file.data, file.size), SENET_MODEL_MALFORMED);
    senet_buffer_release(&file);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    struct senet_buffer file = written();
    for (size_t size = 0; size < file.size; size += size < 200 || size + 1200 > file.size ? 1 : 101)
        ck_assert_msg(check_bytes(file.data, size) == SENET_MODEL_MALFORMED, "%zu bytes", size);
    senet_buffer_release(&file);
}
END_TEST

START_TEST(damage_is_refused_or_makes_no_difference)
{
    struct senet_buffer file = written();
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
    for (size_t at = 0; at < file.size; at += at < 400 || at + 1200 > file.size ? 1 : 257)
        for (size_t v = 0; v < sizeof values; v++) {
            char kept = file.data[at];
            file.data[at] = (char)values[v];
            enum senet_code code = check_bytes(file.data, file.size);
            ck_assert_msg(code == SENET_MODEL_MALFORMED || code == SENET_OK, "byte %zu, %u: %s", at, values[v],
                          error.message);
            file.data[at] = kept;
        }
    senet_buffer_release(&file);
}
END_TEST

/* Fields of the directory's first entry and of the end, each set to what it must not be. */
static const struct {
    const char *what;
    bool at_end; /* else in the directory's first entry */
    size_t offset, size;
    uint32_t value;
    const char *message;
} fields[] = {
    {"compressed", false, 10, 2, 8, "it is compressed; numpy.savez writes one that is not"},
    {"sizes that differ", false, 20, 4, 1, "it is compressed; numpy.savez writes one that is not"},
    {"encrypted", false, 8, 2, 1, "it is encrypted"},
    {"checksum", false, 16, 4, 0, "an entry is damaged: its checksum is another"},
    {"an entry past the end", false, 42, 4, 0xffffffff, "an entry lies outside of it"},
    {"an entry somewhere else", false, 42, 4, 1, "an entry is not where the directory says"},
    {"a name past the end", false, 28, 2, 0xffff, "its directory ends too early"},
    {"a directory past the end", true, 16, 4, 0xfffffff0, "its directory lies outside of it"},
    {"a large directory", true, 12, 4, 0xffffffff, "its directory lies outside of it"},
    {"too many entries", true, 10, 2, 7, "it is a part of an archive"},
    {"several disks", true, 4, 2, 1, "it is a part of an archive"},
};

START_TEST(the_archives_own_lies_are_seen)
{
    struct senet_buffer file = written();
    unsigned char *end = (unsigned char *)file.data + file.size - 22, *place = end;
    if (!fields[_i].at_end)
        place = (unsigned char *)file.data + (end[16] | end[17] << 8 | end[18] << 16);
    for (size_t i = 0; i < fields[_i].size; i++)
        place[fields[_i].offset + i] = (unsigned char)(fields[_i].value >> 8 * i);
    ck_assert_msg(check_bytes(file.data, file.size) == SENET_MODEL_MALFORMED, "%s", fields[_i].what);
    char expected[200];
    snprintf(expected, sizeof expected, "golden.npz: not a usable .npz file: %s", fields[_i].message);
    ck_assert_str_eq(error.message, expected);
    senet_buffer_release(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("golden");
    TCase *tests = tcase_create("golden");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, what_was_written_is_reproduced);
    tcase_add_test(tests, the_builtin_model_computes_what_pytorch_did);
    tcase_add_test(tests, a_folder_without_the_file_has_nothing_to_compare);
    tcase_add_test(tests, a_file_that_is_no_file_or_too_large_is_refused);
    tcase_add_test(tests, a_number_that_differs_is_named);
    tcase_add_loop_test(tests, a_file_of_another_model_is_refused, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(tests, more_arrays_than_the_model_has_are_refused_unread);
    tcase_add_test(tests, every_truncation_is_refused);
    tcase_add_test(tests, damage_is_refused_or_makes_no_difference);
    tcase_add_loop_test(tests, the_archives_own_lies_are_seen, 0, sizeof fields / sizeof *fields);
    return harness_run(suite);
}
