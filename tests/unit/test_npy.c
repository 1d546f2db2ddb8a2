/* .npy files: NumPy's own, and what is none. */
#include <string.h>

#include "harness.h"
#include "senet.h"

#define HEADER(descr, order, shape) "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"
#define PLAIN(shape) HEADER("<f4", "False", shape)

static const float six[] = {0, 1, 2, 3, 4, 5};

/* What numpy.save writes for numpy.arange(6, dtype="<f4").reshape(2, 3). */
static const char numpy_file[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
                                 "                                                          \n"
                                 "\x00\x00\x00\x00\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@\x00\x00\xa0@";
#define NUMPY_FILE_SIZE (sizeof numpy_file - 1)

/* A file in an allocation of exactly its size, so that a sanitizer sees the first byte read too many. */
struct file {
    unsigned char *bytes;
    size_t size;
};

static struct file file_copy(const void *bytes, size_t size)
{
    struct file file = {malloc(size ? size : 1), size};
    ck_assert_ptr_nonnull(file.bytes);
    memcpy(file.bytes, bytes, size);
    return file;
}

static struct file file_make(int major, const char *header, const void *data, size_t data_size)
{
    size_t length = strlen(header), length_size = major == 1 ? 2 : 4, begin = 8 + length_size;
    struct file file = {malloc(begin + length + data_size), begin + length + data_size};
    ck_assert_ptr_nonnull(file.bytes);
    memcpy(file.bytes, "\x93NUMPY", 6);
    file.bytes[6] = (unsigned char)major;
    file.bytes[7] = 0;
    for (size_t i = 0; i < length_size; i++)
        file.bytes[8 + i] = (unsigned char)(length >> 8 * i);
    memcpy(file.bytes + begin, header, length);
    if (data_size)
        memcpy(file.bytes + begin + length, data, data_size);
    return file;
}

/* Parses and frees the file; the code is the answer. */
static enum senet_code parse(struct file file, struct senet_npy *npy, struct senet_error *error)
{
    enum senet_code code = senet_npy_parse(file.bytes, file.size, npy, error);
    free(file.bytes);
    return code;
}

static void assert_refused(struct file file, const char *part)
{
    struct senet_npy npy = {.data = NULL};
    struct senet_error error = {0};
    enum senet_code code = parse(file, &npy, &error);
    ck_assert_msg(code == SENET_INVALID_ARGUMENT, "accepted, where '%s' was expected", part);
    ck_assert_int_eq(error.code, code);
    ck_assert_msg(strstr(error.message, part) != NULL, "'%s' does not say '%s'", error.message, part);
    ck_assert_ptr_null(npy.data);
}

static void assert_header_refused(const char *header, const char *part)
{
    assert_refused(file_make(1, header, six, sizeof six), part);
}

START_TEST(reads_what_numpy_writes)
{
    struct senet_npy npy;
    struct senet_error error;
    ck_assert_int_eq(parse(file_copy(numpy_file, NUMPY_FILE_SIZE), &npy, &error), SENET_OK);
    ck_assert_int_eq(npy.shape.rank, 2);
    ck_assert_int_eq(npy.shape.dim[0], 2);
    ck_assert_int_eq(npy.shape.dim[1], 3);
    ck_assert_floats_near(six, npy.data, 6, 0.0f);
    senet_npy_release(&npy);
    ck_assert_ptr_null(npy.data);
}
END_TEST

START_TEST(writes_what_numpy_writes)
{
    const struct senet_shape shape = {.rank = 2, .dim = {2, 3}};
    struct senet_buffer buffer = {0};
    senet_npy_append(&buffer, &shape, six);
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, NUMPY_FILE_SIZE);
    ck_assert_mem_eq(buffer.data, numpy_file, NUMPY_FILE_SIZE);
    senet_buffer_release(&buffer);
}
END_TEST

START_TEST(writes_tuples_as_python_does)
{
    static const char *const tuples[] = {"'shape': (), }  ", "'shape': (1,), }  ", "'shape': (1, 1), }  "};
    const struct senet_shape shape = {.rank = _i, .dim = {1, 1}};
    struct senet_buffer buffer = {0};
    senet_npy_append(&buffer, &shape, six);
    ck_assert_uint_eq(buffer.size, 128 + 4);
    ck_assert_mem_eq(buffer.data + 10 + strlen("{'descr': '<f4', 'fortran_order': False, "), tuples[_i],
                     strlen(tuples[_i]));
    senet_buffer_release(&buffer);
}
END_TEST

START_TEST(reads_back_what_it_wrote_for_every_rank)
{
    const int64_t dims[] = {2, 1, 3, 1, 2, 1, 1, 5};
    float numbers[60];
    uint32_t state = 7;
    for (size_t i = 0; i < 60; i++)
        numbers[i] = harness_random(&state);
    struct senet_shape shape = {.rank = _i};
    memcpy(shape.dim, dims, (size_t)_i * sizeof *dims);
    struct senet_buffer buffer = {0};
    senet_npy_append(&buffer, &shape, numbers);
    ck_assert(!buffer.failed);
    ck_assert_uint_eq((buffer.size - (size_t)senet_shape_elements(&shape) * 4) % 64, 0);
    struct senet_npy npy;
    struct senet_error error = {0};
    enum senet_code code = senet_npy_parse(buffer.data, buffer.size, &npy, &error);
    ck_assert_msg(code == SENET_OK, "rank %d: %s", _i, error.message);
    ck_assert_int_eq(npy.shape.rank, _i);
    ck_assert_mem_eq(npy.shape.dim, shape.dim, (size_t)_i * sizeof *dims);
    ck_assert_floats_near(numbers, npy.data, senet_shape_elements(&shape), 0.0f);
    senet_npy_release(&npy);
    senet_buffer_release(&buffer);
}
END_TEST

START_TEST(appends_behind_what_the_buffer_holds)
{
    const struct senet_shape shape = {.rank = 2, .dim = {2, 3}};
    struct senet_buffer buffer = {0};
    senet_buffer_append(&buffer, "abc", 3);
    senet_npy_append(&buffer, &shape, six);
    ck_assert_uint_eq(buffer.size, 3 + NUMPY_FILE_SIZE);
    ck_assert_mem_eq(buffer.data + 3, numpy_file, NUMPY_FILE_SIZE);
    senet_buffer_release(&buffer);
}
END_TEST

START_TEST(keeps_infinities_and_nan)
{
    const float odd[] = {INFINITY, -INFINITY, NAN, -0.0f, 1e-45f, 3.4e38f};
    struct senet_npy npy;
    struct senet_error error;
    ck_assert_int_eq(parse(file_make(1, PLAIN("(6,)"), odd, sizeof odd), &npy, &error), SENET_OK);
    ck_assert_mem_eq(npy.data, odd, sizeof odd);
    senet_npy_release(&npy);
}
END_TEST

START_TEST(rounds_doubles_to_floats)
{
    const double numbers[] = {0.1, -1.0 / 3.0, 1e-60};
    const float expected[] = {0.1f, -1.0f / 3.0f, 0.0f};
    struct senet_npy npy;
    struct senet_error error;
    struct file file = file_make(1, HEADER("<f8", "False", "(3,)"), numbers, sizeof numbers);
    ck_assert_int_eq(parse(file, &npy, &error), SENET_OK);
    ck_assert_floats_near(expected, npy.data, 3, 0.0f);
    senet_npy_release(&npy);
}
END_TEST

START_TEST(reads_versions_2_and_3)
{
    struct senet_npy npy;
    struct senet_error error;
    ck_assert_int_eq(parse(file_make(_i, PLAIN("(3, 2)"), six, sizeof six), &npy, &error), SENET_OK);
    ck_assert_int_eq(npy.shape.dim[0], 3);
    ck_assert_floats_near(six, npy.data, 6, 0.0f);
    senet_npy_release(&npy);
}
END_TEST

START_TEST(reads_headers_written_in_other_ways)
{
    static const char *const headers[] = {
        "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "{ 'fortran_order' : False , 'descr' : '<f4' , 'shape' : ( 2 , 3 , ) , }     \n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0002, 3)}",
    };
    struct senet_npy npy;
    struct senet_error error = {0};
    enum senet_code code = parse(file_make(1, headers[_i], six, sizeof six), &npy, &error);
    ck_assert_msg(code == SENET_OK, "%s: %s", headers[_i], error.message);
    ck_assert_int_eq(npy.shape.rank, 2);
    ck_assert_floats_near(six, npy.data, 6, 0.0f);
    senet_npy_release(&npy);
}
END_TEST

START_TEST(reads_fortran_order_where_it_is_the_same)
{
    struct senet_npy npy;
    struct senet_error error;
    struct file file = file_make(1, HEADER("<f4", "True", "(6,)"), six, sizeof six);
    ck_assert_int_eq(parse(file, &npy, &error), SENET_OK);
    ck_assert_floats_near(six, npy.data, 6, 0.0f);
    senet_npy_release(&npy);
}
END_TEST

START_TEST(refuses_a_file_cut_anywhere)
{
    for (size_t size = 0; size < NUMPY_FILE_SIZE; size++)
        assert_refused(file_copy(numpy_file, size), "not a usable .npy file");
}
END_TEST

START_TEST(refuses_a_byte_too_many)
{
    assert_refused(file_copy(numpy_file, NUMPY_FILE_SIZE + 1), "goes on after");
}
END_TEST

START_TEST(refuses_other_magic_and_versions)
{
    struct file file = file_copy(numpy_file, NUMPY_FILE_SIZE);
    file.bytes[0] = 'N';
    assert_refused(file, "begin with");
    for (int major = 0; major < 256; major += major == 0 ? 4 : 251)
        assert_refused(file_make(major, PLAIN("(6,)"), six, sizeof six), "version");
    file = file_copy(numpy_file, NUMPY_FILE_SIZE);
    file.bytes[7] = 1;
    assert_refused(file, "version");
}
END_TEST

START_TEST(refuses_a_header_length_past_the_end)
{
    struct file file = file_make(2, PLAIN("(6,)"), six, sizeof six);
    memset(file.bytes + 8, 0xff, 4);
    assert_refused(file, "longer than");
    file = file_make(1, PLAIN("(6,)"), six, sizeof six);
    file.bytes[8] = (unsigned char)(file.size - 10 + 1);
    file.bytes[9] = 0;
    assert_refused(file, "ends in its header");
}
END_TEST

START_TEST(refuses_fortran_order_of_a_matrix)
{
    assert_header_refused(HEADER("<f4", "True", "(2, 3)"), "ascontiguousarray");
}
END_TEST

START_TEST(refuses_types_it_cannot_read)
{
    static const char *const headers[] = {
        HEADER(">f4", "False", "(6,)"), HEADER("<i8", "False", "(3,)"),  HEADER("|O", "False", "(6,)"),
        HEADER("", "False", "(6,)"),    HEADER("<f44", "False", "(6,)"),
    };
    assert_header_refused(headers[_i], "'<f4' and '<f8' can be read");
}
END_TEST

/* Each would be a wrong size, a wild read or a huge allocation if it were believed. */
static const struct {
    const char *header, *part;
} hostile[] = {
    {"", "dictionary"},
    {"{", "dictionary"},
    {"[]", "dictionary"},
    {"{}", "lacks 'descr'"},
    {"{'descr': '<f4', 'fortran_order': False}", "lacks 'shape'"},
    {"{'descr': '<f4', 'shape': (6,)}", "lacks 'fortran_order'"},
    {"{'descr': '<f4' 'shape': (6,)}", "dictionary"},
    {"{'descr' '<f4'}", "dictionary"},
    {"{'descr': '<f4}", "plain type"},
    {"{'descr': [('x', '<f4')], }", "plain type"},
    {"{'descr': '<f4', 'descr': '<f8'}", "twice"},
    {"{'extra': 1}", "unknown key"},
    {"{'a key of more than thirty-one characters': 1}", "dictionary"},
    {HEADER("<f4", "0", "(6,)"), "neither True nor False"},
    {PLAIN("6"), "not a tuple"},
    {PLAIN("(6"), "whole numbers"},
    {PLAIN("(2 3)"), "whole numbers"},
    {PLAIN("(-6,)"), "whole numbers"},
    {PLAIN("(6.0,)"), "whole numbers"},
    {PLAIN("(,)"), "whole numbers"},
    {PLAIN("(0x6,)"), "whole numbers"},
    {PLAIN("(9223372036854775808,)"), "whole numbers"},
    {PLAIN("(99999999999999999999999999,)"), "whole numbers"},
    {PLAIN("(1, 1, 1, 1, 1, 1, 1, 1, 6)"), "8 dimensions"},
    {PLAIN("(0,)"), "dimension of 0"},
    {PLAIN("(9223372036854775807, 0)"), "dimension of 0"},
    {PLAIN("(7,)"), "ends before"},
    {PLAIN("(5,)"), "goes on after"},
    {PLAIN("()"), "goes on after"},
    {PLAIN("(9223372036854775807,)"), "ends before"},
    {PLAIN("(4611686018427387904, 4)"), "ends before"},
    {PLAIN("(4294967296, 4294967296)"), "ends before"},
    {PLAIN("(6,)") "x", "goes on after the dictionary"},
};

START_TEST(refuses_hostile_headers)
{
    assert_header_refused(hostile[_i].header, hostile[_i].part);
}
END_TEST

START_TEST(survives_every_byte_replaced)
{
    static const unsigned char bytes[] = {0x00, 0xff, '9', '(', '\'', '}', ','};
    for (size_t at = 0; at < NUMPY_FILE_SIZE; at++) {
        struct file file = file_copy(numpy_file, NUMPY_FILE_SIZE);
        file.bytes[at] = bytes[_i];
        struct senet_npy npy;
        struct senet_error error;
        if (parse(file, &npy, &error) != SENET_OK)
            continue;
        ck_assert_int_eq(senet_shape_elements(&npy.shape), 6);
        senet_npy_release(&npy);
    }
}
END_TEST

static Suite *npy_suite(void)
{
    Suite *suite = suite_create("npy");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, reads_what_numpy_writes);
    tcase_add_loop_test(reading, reads_versions_2_and_3, 2, 4);
    tcase_add_loop_test(reading, reads_headers_written_in_other_ways, 0, 3);
    tcase_add_test(reading, reads_fortran_order_where_it_is_the_same);
    tcase_add_test(reading, rounds_doubles_to_floats);
    tcase_add_test(reading, keeps_infinities_and_nan);
    suite_add_tcase(suite, reading);
    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, writes_what_numpy_writes);
    tcase_add_loop_test(writing, writes_tuples_as_python_does, 0, 3);
    tcase_add_loop_test(writing, reads_back_what_it_wrote_for_every_rank, 0, SENET_MAX_RANK + 1);
    tcase_add_test(writing, appends_behind_what_the_buffer_holds);
    suite_add_tcase(suite, writing);
    TCase *refusing = tcase_create("refusing");
    tcase_add_test(refusing, refuses_a_file_cut_anywhere);
    tcase_add_test(refusing, refuses_a_byte_too_many);
    tcase_add_test(refusing, refuses_other_magic_and_versions);
    tcase_add_test(refusing, refuses_a_header_length_past_the_end);
    tcase_add_test(refusing, refuses_fortran_order_of_a_matrix);
    tcase_add_loop_test(refusing, refuses_types_it_cannot_read, 0, 5);
    tcase_add_loop_test(refusing, refuses_hostile_headers, 0, (int)(sizeof hostile / sizeof *hostile));
    tcase_add_loop_test(refusing, survives_every_byte_replaced, 0, 7);
    suite_add_tcase(suite, refusing);
    return suite;
}

int main(void)
{
    return harness_run(npy_suite());
}
