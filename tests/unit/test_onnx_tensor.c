#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph/ops.h"
#include "onnx_builder.h"

/* Two elements in little-endian bytes, and what they become. */
static const struct {
    int32_t type;
    size_t raw_size;
    const char *raw;
    double first, second;
} numbers[] = {
    {FLOAT, 8, "\0\0\0\x40\0\0\x80\xbf", 2, -1},
    {DOUBLE, 16, "\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\xf0\xbf", 2, -1},
    {FLOAT16, 4, "\0\x40\0\xbc", 2, -1},
    {BFLOAT16, 4, "\0\x40\x80\xbf", 2, -1},
    {INT8, 2, "\x7f\x80", 127, -128},
    {UINT8, 2, "\x7f\x80", 127, 128},
    {INT16, 4, "\xff\x7f\0\x80", 32767, -32768},
    {UINT16, 4, "\xff\x7f\0\x80", 32767, 32768},
    {INT32, 8, "\xff\xff\xff\x7f\0\0\0\x80", 2147483647, -2147483648.0},
    {UINT32, 8, "\xff\xff\xff\x7f\0\0\0\x80", 2147483647, 2147483648.0},
    {INT64, 16, "\2\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 2, -1},
    {UINT64, 16, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40", 2, 4611686018427387904.0},
    {BOOL, 2, "\0\2", 0, 1},
};
#define NUMBERS ((int)(sizeof numbers / sizeof *numbers))

static void assert_elements(const struct value *value, double first, double second)
{
    size_t count = 0;
    const float *floats = value_floats(value, &count);
    const int64_t *integers = value_int64s(value, &count);
    ck_assert_uint_eq(count, 2);
    const double got[] = {floats ? (double)floats[0] : (double)integers[0],
                          floats ? (double)floats[1] : (double)integers[1]};
    ck_assert_msg(got[0] == first && got[1] == second, "%g and %g, not %g and %g", got[0], got[1], first, second);
}

/* The initialiser "t" of an import that has to succeed. */
static const struct value *import_tensor(void)
{
    build_relu();
    add_node("Identity", "", "t", "u");
    ck_assert_msg(import() == SENET_OK, "%s", error.message);
    return graph.nodes[1]->inputs[0];
}

START_TEST(raw_elements_are_little_endian)
{
    set_raw(add_tensor("t", numbers[_i].type, "2"), numbers[_i].raw, numbers[_i].raw_size);
    assert_elements(import_tensor(), numbers[_i].first, numbers[_i].second);
}
END_TEST

/* The same bits as they stand in raw bytes, in elements of `size` bytes. */
static uint64_t raw_bits(const char *raw, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = size; i > 0; i--)
        bits = bits << 8 | (uint8_t)raw[i - 1];
    return bits;
}

START_TEST(elements_are_read_from_the_field_of_their_type)
{
    float floats[] = {2.0f, -1.0f};
    double doubles[] = {2.0, -1.0};
    int64_t int64s[2];
    int32_t int32s[2];
    uint64_t uint64s[2];
    size_t size = numbers[_i].raw_size / 2;
    int32_t type = numbers[_i].type;
    for (size_t i = 0; i < 2; i++) {
        uint64s[i] = raw_bits(numbers[_i].raw + i * size, size);
        int64s[i] = (int64_t)uint64s[i];
        int32s[i] = (int32_t)uint64s[i];
    }
    Onnx__TensorProto *tensor = add_tensor("t", type, "2");
    bool is_unsigned = type == UINT32 || type == UINT64;
    tensor->float_data = floats;
    tensor->double_data = doubles;
    tensor->int64_data = int64s;
    tensor->uint64_data = uint64s;
    tensor->int32_data = int32s;
    tensor->n_float_data = type == FLOAT ? 2 : 0;
    tensor->n_double_data = type == DOUBLE ? 2 : 0;
    tensor->n_int64_data = type == INT64 ? 2 : 0;
    tensor->n_uint64_data = is_unsigned ? 2 : 0;
    tensor->n_int32_data = type != FLOAT && type != DOUBLE && type != INT64 && !is_unsigned ? 2 : 0;
    assert_elements(import_tensor(), numbers[_i].first, numbers[_i].second);
}
END_TEST

/* Exporters differ in whether they extend the sign. */
START_TEST(narrow_integers_in_a_wide_field_count_by_their_low_bits)
{
    int32_t int32s[] = {-1, 0x1ff};
    Onnx__TensorProto *tensor = add_tensor("t", _i ? INT8 : UINT8, "2");
    tensor->int32_data = int32s;
    tensor->n_int32_data = 2;
    double expected = _i ? -1 : 255;
    assert_elements(import_tensor(), expected, expected);
}
END_TEST

START_TEST(an_unsigned_integer_that_does_not_fit_is_refused)
{
    build_relu();
    set_raw(add_tensor("big", UINT64, "2"), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16);
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "element 1 of initialiser 'big' is 2^63 or more");
}
END_TEST

START_TEST(half_precision_is_converted_exactly)
{
    static const struct {
        uint16_t half;
        float expected;
    } halves[] = {{0x0001, 5.9604644775390625e-8f},
                  {0x03ff, 6.09755516052246e-5f},
                  {0x0400, 6.103515625e-5f},
                  {0x3555, 0.333251953125f},
                  {0x7bff, 65504.0f},
                  {0x7c00, INFINITY},
                  {0xfc00, -INFINITY},
                  {0x8000, -0.0f}};
    enum { COUNT = sizeof halves / sizeof *halves };
    uint8_t raw[2 * COUNT + 2] = {[2 * COUNT] = 0x01, 0x7e};
    for (size_t i = 0; i < COUNT; i++) {
        raw[2 * i] = (uint8_t)(halves[i].half & 255);
        raw[2 * i + 1] = (uint8_t)(halves[i].half >> 8);
    }
    set_raw(add_tensor("t", FLOAT16, "9"), raw, sizeof raw);
    size_t count;
    const float *floats = value_floats(import_tensor(), &count);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_msg(floats[i] == halves[i].expected && !signbit(floats[i]) == !signbit(halves[i].expected),
                      "0x%04x became %.9g", halves[i].half, (double)floats[i]);
    ck_assert(isnan(floats[COUNT]));
}
END_TEST

START_TEST(a_constant_may_be_empty)
{
    add_tensor("t", INT64, "0");
    size_t count = 1;
    ck_assert_ptr_nonnull(value_int64s(import_tensor(), &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_constant_node_holds_a_tensor)
{
    build_relu();
    Onnx__AttributeProto *attribute = add_attribute(add_node("Constant", "k", "", "c"), "value", 4);
    attribute->t = make_tensor("", INT64, "2");
    set_raw(attribute->t, "\2\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    ck_assert_int_eq(import(), SENET_OK);
    assert_elements(node_attribute(graph.nodes[1], "value")->tensor, 2, -1);
    attribute->t->raw_data.len = 15;
    ck_assert_refused(SENET_MODEL_MALFORMED, "Constant node 'k'");
    attribute->t = NULL;
    ck_assert_refused(SENET_MODEL_MALFORMED, "Constant node 'k'");
}
END_TEST

START_TEST(a_type_that_is_not_read_is_named)
{
    static const struct {
        int32_t type;
        const char *text;
    } types[] = {{STRING, "'string'"}, {COMPLEX64, "'complex64'"}, {FLOAT8E4M3FN, "'float8e4m3fn'"},
                 {INT4, "'int4'"},     {0, "'undefined'"},         {1000, "'unknown'"}};
    build_relu();
    Onnx__TensorProto *tensor = add_tensor("t", FLOAT, "0");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        tensor->data_type = types[i].type;
        ck_assert_refused(SENET_MODEL_UNSUPPORTED, "initialiser 't' is of element type ");
        ck_assert_ptr_nonnull(strstr(error.message, types[i].text));
    }
}
END_TEST

static const struct {
    int32_t type;
    const char *dims;
    size_t raw_size;
    enum senet_code code;
} bad_tensors[] = {
    {FLOAT, "2", 4, SENET_MODEL_MALFORMED},
    {FLOAT, "2", 12, SENET_MODEL_MALFORMED},
    {FLOAT, "2", 7, SENET_MODEL_MALFORMED},
    {FLOAT, "2", 0, SENET_MODEL_MALFORMED},
    {FLOAT, "0", 4, SENET_MODEL_MALFORMED},
    {FLOAT, "-2x-2", 16, SENET_MODEL_MALFORMED},
    {INT64, "-1", 8, SENET_MODEL_MALFORMED},
    {FLOAT, "1000000x1000000", 4, SENET_MODEL_MALFORMED},
    {FLOAT, "4294967296x4294967296", 0, SENET_MODEL_MALFORMED}, /* 2^64 elements */
    {FLOAT, "0x4294967296x4294967296", 0, SENET_MODEL_MALFORMED},
    {FLOAT, "9223372036854775807x2", 4, SENET_MODEL_MALFORMED},
    {FLOAT, "1x1x1x1x1x1x1x1x1", 4, SENET_MODEL_UNSUPPORTED},
    {STRING, "1", 1, SENET_MODEL_UNSUPPORTED},
    {0, "1", 4, SENET_MODEL_UNSUPPORTED},
    {-1, "1", 4, SENET_MODEL_UNSUPPORTED},
};

START_TEST(a_tensor_that_does_not_hold_what_it_says_is_refused)
{
    static const uint8_t bytes[16];
    build_relu();
    Onnx__TensorProto *tensor = add_tensor("weights", bad_tensors[_i].type, bad_tensors[_i].dims);
    if (bad_tensors[_i].raw_size)
        set_raw(tensor, bytes, bad_tensors[_i].raw_size);
    ck_assert_refused(bad_tensors[_i].code, "'weights'");
}
END_TEST

/* external data */

static char directory[64];

static void path_in_directory(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", directory, name);
}

static void set_up_directory(void)
{
    char path[128];
    set_up();
    snprintf(directory, sizeof directory, "/tmp/test_onnx.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    path_in_directory(path, sizeof path, "weights.bin");
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, "abcd", 4), 4); /* the tensor begins after that */
    ck_assert_int_eq(write(file, numbers[0].raw, 8), 8);
    close(file);
    path_in_directory(path, sizeof path, "link.bin");
    ck_assert_int_eq(symlink("weights.bin", path), 0);
    path_in_directory(path, sizeof path, "fifo.bin");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    path_in_directory(path, sizeof path, "folder.bin");
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void tear_down_directory(void)
{
    static const char *const names[] = {"weights.bin", "link.bin", "fifo.bin", "folder.bin"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        path_in_directory(path, sizeof path, names[i]);
        remove(path);
    }
    rmdir(directory);
    tear_down();
}

static void add_entry(Onnx__TensorProto *tensor, const char *key, const char *value)
{
    if (!value)
        return;
    Onnx__StringStringEntryProto *entry = arena_alloc(&arena, 1, sizeof *entry);
    onnx__string_string_entry_proto__init(entry);
    entry->key = arena_strdup(&arena, key);
    entry->value = arena_strdup(&arena, value);
    tensor->external_data[tensor->n_external_data++] = entry;
}

static Onnx__TensorProto *add_external(const char *location, const char *offset, const char *length)
{
    Onnx__TensorProto *tensor = add_tensor("t", FLOAT, "2");
    tensor->has_data_location = true;
    tensor->data_location = 1;
    tensor->external_data = arena_alloc(&arena, 8, sizeof *tensor->external_data);
    add_entry(tensor, "location", location);
    add_entry(tensor, "offset", offset);
    add_entry(tensor, "length", length);
    add_entry(tensor, "checksum", "not checked");
    build_relu();
    add_node("Identity", "", "t", "u");
    return tensor;
}

START_TEST(external_data_is_read_from_the_directory)
{
    add_external("weights.bin", "4", _i ? "8" : NULL);
    ck_assert_msg(import_from(directory) == SENET_OK, "%s", error.message);
    assert_elements(graph.nodes[1]->inputs[0], 2, -1);
}
END_TEST

START_TEST(external_data_needs_a_directory)
{
    add_external("weights.bin", "4", "8");
    ck_assert_int_eq(import_from(NULL), SENET_MODEL_UNSUPPORTED);
}
END_TEST

static const struct {
    const char *location, *offset, *length;
    enum senet_code code;
} bad_externals[] = {
    {NULL, NULL, NULL, SENET_MODEL_MALFORMED},
    {"", NULL, NULL, SENET_MODEL_MALFORMED},
    {".", NULL, NULL, SENET_MODEL_MALFORMED},
    {"..", NULL, NULL, SENET_MODEL_MALFORMED},
    {"../weights.bin", "4", "8", SENET_MODEL_MALFORMED},
    {"./weights.bin", "4", "8", SENET_MODEL_MALFORMED},
    {"/etc/passwd", NULL, NULL, SENET_MODEL_MALFORMED},
    {"..\\weights.bin", "4", "8", SENET_MODEL_MALFORMED},
    {"missing.bin", NULL, NULL, SENET_FILE_UNREADABLE},
    {"link.bin", "4", "8", SENET_FILE_UNREADABLE},
    {"fifo.bin", NULL, NULL, SENET_FILE_UNREADABLE},
    {"folder.bin", NULL, NULL, SENET_FILE_UNREADABLE},
    {"weights.bin", "5", NULL, SENET_MODEL_MALFORMED},
    {"weights.bin", "4", "7", SENET_MODEL_MALFORMED},
    {"weights.bin", "4", "9", SENET_MODEL_MALFORMED},
    {"weights.bin", "-4", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "+4", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "4 ", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "0x4", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "9223372036854775807", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "9223372036854775808", "8", SENET_MODEL_MALFORMED},
    {"weights.bin", "18446744073709551620", "8", SENET_MODEL_MALFORMED},
};

START_TEST(external_data_elsewhere_or_out_of_bounds_is_refused)
{
    add_external(bad_externals[_i].location, bad_externals[_i].offset, bad_externals[_i].length);
    enum senet_code code = import_from(directory);
    ck_assert_msg(code == bad_externals[_i].code, "code %d: %s", (int)code, error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "initialiser 't'"));
    ck_assert_ptr_null(strstr(error.message, directory));
}
END_TEST

START_TEST(external_data_may_be_far_smaller_than_its_tensor_says)
{
    Onnx__TensorProto *tensor = add_external("weights.bin", NULL, NULL);
    tensor->dims[0] = (int64_t)1 << 31; /* eight gigabytes */
    size_t before = arena.total;
    ck_assert_int_eq(import_from(directory), SENET_MODEL_MALFORMED);
    ck_assert_uint_le(arena.total, before + (1 << 20));
    tensor->dims[0] = (int64_t)1 << 37;
    ck_assert_int_eq(import_from(directory), SENET_MODEL_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.message, "initialiser 't'"));
}
END_TEST

/* A file of holes takes nothing on a disk. */
START_TEST(external_data_may_not_take_more_memory_than_there_is)
{
    char path[128];
    path_in_directory(path, sizeof path, "weights.bin");
    ck_assert_int_eq(truncate(path, (off_t)12 << 30), 0);
    Onnx__TensorProto *tensor = add_external("weights.bin", "0", NULL);
    tensor->dims[0] = (int64_t)6 << 30; /* 24 GiB of int64 from 6 of bytes */
    tensor->data_type = UINT8;
    size_t before = arena.total;
    ck_assert_int_eq(import_from(directory), SENET_MODEL_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.message, "the constants take more than 16 GiB"));
    ck_assert_uint_le(arena.total, before + (1 << 20));
}
END_TEST

static void add_tensor_tests(Suite *suite)
{
    TCase *tests = tcase_create("tensors");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, raw_elements_are_little_endian, 0, NUMBERS);
    tcase_add_loop_test(tests, elements_are_read_from_the_field_of_their_type, 0, NUMBERS);
    tcase_add_loop_test(tests, narrow_integers_in_a_wide_field_count_by_their_low_bits, 0, 2);
    tcase_add_test(tests, an_unsigned_integer_that_does_not_fit_is_refused);
    tcase_add_test(tests, a_type_that_is_not_read_is_named);
    tcase_add_test(tests, half_precision_is_converted_exactly);
    tcase_add_test(tests, a_constant_may_be_empty);
    tcase_add_test(tests, a_constant_node_holds_a_tensor);
    tcase_add_loop_test(tests, a_tensor_that_does_not_hold_what_it_says_is_refused, 0,
                        sizeof bad_tensors / sizeof *bad_tensors);
    suite_add_tcase(suite, tests);
}

static void add_external_tests(Suite *suite)
{
    TCase *tests = tcase_create("external data");
    tcase_add_checked_fixture(tests, set_up_directory, tear_down_directory);
    tcase_add_loop_test(tests, external_data_is_read_from_the_directory, 0, 2);
    tcase_add_test(tests, external_data_needs_a_directory);
    tcase_add_loop_test(tests, external_data_elsewhere_or_out_of_bounds_is_refused, 0,
                        sizeof bad_externals / sizeof *bad_externals);
    tcase_add_test(tests, external_data_may_be_far_smaller_than_its_tensor_says);
    tcase_add_test(tests, external_data_may_not_take_more_memory_than_there_is);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("onnx_tensor");
    add_tensor_tests(suite);
    add_external_tests(suite);
    return harness_run(suite);
}
