/* Files taken apart before protobuf sees them, against protobuf's own reading of the whole. */
#include "onnx/unpack.h"

#include <fcntl.h>
#include <unistd.h>

#include "files.h"
#include "onnx_builder.h"

#define TENSORS 5

/* With raw_data longer and shorter than the window that tags are read through, and none. */
static const size_t raw_sizes[TENSORS] = {4, 3 * WIRE_WINDOW_BYTES + 4, WIRE_WINDOW_BYTES - 20, 40000, 0};

static uint8_t *bytes;
static size_t bytes_size;

static void set_up_file(void)
{
    static uint8_t raw[40000];
    uint32_t seed = 1;
    set_up();
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(harness_random(&seed) * 100);
    for (int i = 0; i < TENSORS; i++) {
        char name[16];
        snprintf(name, sizeof name, "tensor%d", i);
        set_raw(add_tensor(name, FLOAT, "3x3"), raw, raw_sizes[i]);
    }
    add_input("x", "1x2");
    for (int i = 0; i < 10; i++)
        add_int(add_node("Relu", "/a/node/with/a/name", "x", "y"), "attribute", i);
    add_output("y");
    add_inner(add_function("Function", "a", "b"), "Relu", "inner", "a", "b");
    bytes = pack(&bytes_size);
}

static void tear_down_file(void)
{
    free(bytes);
    tear_down();
}

static struct source in_memory(const uint8_t *data, size_t size)
{
    return (struct source){.bytes = data, .size = size};
}

/* The tensors get their raw_data back, so that the model is as protobuf would have read it. */
static void put_raw_back(const struct unpacked *unpacked, const struct source *source)
{
    Onnx__GraphProto *whole = unpacked->model->graph;
    for (size_t i = 0; whole && i < whole->n_initializer; i++) {
        const struct extent *raw = &unpacked->raw[i];
        Onnx__TensorProto *tensor = whole->initializer[i];
        ck_assert(!tensor->has_raw_data);
        tensor->has_raw_data = raw->begin > 0;
        tensor->raw_data.len = raw->end - raw->begin;
        tensor->raw_data.data = malloc(tensor->raw_data.len + 1);
        ck_assert_int_eq(source_read(source, raw->begin, tensor->raw_data.data, tensor->raw_data.len, &error),
                         SENET_OK);
    }
}

/* Reads `source`, whose bytes are `data`, in both ways. False when ours refuses it, which protobuf then does too. */
static bool check_against_protobuf(const struct source *source, const uint8_t *data, const char *what, size_t number)
{
    struct unpacked unpacked;
    error = (struct senet_error){0};
    enum senet_code code = model_unpack(source, &unpacked, &error);
    Onnx__ModelProto *expected = onnx__model_proto__unpack(NULL, source->size, data);
    ck_assert_msg(!code || !expected, "%s %zu is refused: %s", what, number, error.message);
    ck_assert_msg(code == SENET_OK || code == SENET_MODEL_MALFORMED, "%s %zu: %s", what, number, error.message);
    if (code)
        return false;
    if (expected) {
        put_raw_back(&unpacked, source);
        size_t size = onnx__model_proto__get_packed_size(expected);
        uint8_t *packed = malloc(size + 1), *ours = malloc(size + 1);
        ck_assert_msg(onnx__model_proto__get_packed_size(unpacked.model) == size, "%s %zu: other size", what, number);
        onnx__model_proto__pack(expected, packed);
        onnx__model_proto__pack(unpacked.model, ours);
        ck_assert_msg(!memcmp(packed, ours, size), "%s %zu: read otherwise", what, number);
        free(packed);
        free(ours);
        onnx__model_proto__free_unpacked(expected, NULL);
    }
    unpacked_release(&unpacked);
    return true;
}

START_TEST(a_model_in_memory_is_read_as_protobuf_reads_it)
{
    const struct source source = in_memory(bytes, bytes_size);
    ck_assert(check_against_protobuf(&source, bytes, "the file", 0));
    struct unpacked unpacked;
    ck_assert_int_eq(model_unpack(&source, &unpacked, &error), SENET_OK);
    ck_assert_uint_eq(unpacked.model->graph->n_initializer, TENSORS);
    for (int i = 0; i < TENSORS; i++)
        ck_assert_uint_eq(unpacked.raw[i].end - unpacked.raw[i].begin, raw_sizes[i]);
    unpacked_release(&unpacked);
}
END_TEST

START_TEST(a_model_in_a_file_is_read_as_protobuf_reads_it)
{
    struct folder folder;
    folder_init(&folder);
    folder_write(&folder, "model.onnx", bytes, bytes_size);
    char path[160];
    snprintf(path, sizeof path, "%s/model.onnx", folder.path);
    const struct source source = {.file = open(path, O_RDONLY), .name = "model.onnx", .size = bytes_size};
    ck_assert_int_ge(source.file, 0);
    ck_assert(check_against_protobuf(&source, bytes, "the file", 0));
    close(source.file);
    folder_release(&folder);
}
END_TEST

/* Wherever it ends by now: in a tag, in a message, in raw_data. */
START_TEST(a_file_that_shrinks_meanwhile_is_an_error)
{
    struct folder folder;
    folder_init(&folder);
    folder_write(&folder, "model.onnx", bytes, bytes_size);
    char path[160];
    snprintf(path, sizeof path, "%s/model.onnx", folder.path);
    const struct source source = {.file = open(path, O_RDWR), .name = "model.onnx", .size = bytes_size};
    for (size_t size = bytes_size; size > 0; size -= size < 97 ? size : 97) {
        ck_assert_int_eq(ftruncate(source.file, (off_t)size - 1), 0);
        struct arena own = {0};
        error = (struct senet_error){0};
        enum senet_code code = onnx_import(&source, NULL, &own, NULL, &graph, &error);
        arena_release(&own);
        ck_assert_msg(code == SENET_FILE_UNREADABLE && strstr(error.message, "'model.onnx' became shorter"),
                      "%zu bytes: %s", size - 1, error.message);
    }
    close(source.file);
    folder_release(&folder);
}
END_TEST

START_TEST(damaged_bytes_are_read_as_protobuf_reads_them)
{
    uint32_t state = 2463534242u;
    int accepted = 0;
    for (size_t round = 0; round < 4000; round++) {
        /* Tags and lengths are few among so much raw_data: every second byte that is damaged is one before it. */
        float place = (harness_random(&state) + 1.0f) * 0.4999f * (float)bytes_size;
        size_t at = round % 2 ? bytes_size - 1 - (size_t)place % 900 : (size_t)place;
        uint8_t saved = bytes[at];
        bytes[at] = (uint8_t)(bytes[at] + 1 + round % 255);
        const struct source source = in_memory(bytes, bytes_size);
        accepted += check_against_protobuf(&source, bytes, "round", round);
        bytes[at] = saved;
    }
    ck_assert_int_gt(accepted, 1000);
    ck_assert_int_lt(accepted, 3900);
}
END_TEST

START_TEST(cut_bytes_are_read_as_protobuf_reads_them)
{
    for (size_t size = 0; size < bytes_size; size += size < bytes_size - 1000 ? 61 : 1) {
        uint8_t *beginning = malloc(size + 1);
        memcpy(beginning, bytes, size);
        const struct source source = in_memory(beginning, size);
        check_against_protobuf(&source, beginning, "beginning of", size);
        free(beginning);
    }
}
END_TEST

/* ------------------------------------------------------- what no writer does */

/* A field of type 2 at the end of `to`. */
static size_t put_field(uint8_t *to, uint8_t number, const uint8_t *payload, size_t size)
{
    size_t length = 0;
    to[length++] = (uint8_t)(number << 3 | WIRE_BYTES);
    for (size_t rest = size; length == 1 || rest > 0; rest >>= 7)
        to[length++] = (uint8_t)((rest & 127) | (rest > 127 ? 128 : 0));
    memcpy(to + length, payload, size);
    return length + size;
}

START_TEST(a_graph_in_pieces_is_put_together)
{
    uint8_t tensor[64], graphs[2][256], file[1024];
    size_t sizes[2] = {0}, size = 0;
    for (uint8_t i = 0; i < 4; i++) {
        const uint8_t raw[4] = {i, 1, 2, 3}, name[1] = {(uint8_t)('a' + i)};
        size_t tensor_size = put_field(tensor, 9, raw, i);
        tensor_size += put_field(tensor + tensor_size, 8, name, 1);
        uint8_t *graph_bytes = graphs[i / 2];
        sizes[i / 2] += put_field(graph_bytes + sizes[i / 2], 5, tensor, tensor_size);
        sizes[i / 2] += put_field(graph_bytes + sizes[i / 2], 2, name, 1);
    }
    size += put_field(file + size, 7, graphs[0], sizes[0]);
    size += put_field(file + size, 8, (const uint8_t *)"\x10\x0d", 2);
    size += put_field(file + size, 7, graphs[1], sizes[1]);
    const struct source source = in_memory(file, size);
    ck_assert(check_against_protobuf(&source, file, "pieces", 2));
    struct unpacked unpacked;
    ck_assert_int_eq(model_unpack(&source, &unpacked, &error), SENET_OK);
    ck_assert_uint_eq(unpacked.model->graph->n_initializer, 4);
    ck_assert_str_eq(unpacked.model->graph->name, "d");
    unpacked_release(&unpacked);
}
END_TEST

START_TEST(of_several_raw_data_the_last_counts)
{
    uint8_t tensor[64], graph_bytes[128], file[256];
    size_t size = put_field(tensor, 9, (const uint8_t *)"first", 5);
    size += put_field(tensor + size, 8, (const uint8_t *)"name", 4);
    size += put_field(tensor + size, 9, (const uint8_t *)"last", 4);
    size = put_field(graph_bytes, 5, tensor, size);
    size = put_field(file, 7, graph_bytes, size);
    const struct source source = in_memory(file, size);
    ck_assert(check_against_protobuf(&source, file, "raw_data", 2));
    struct unpacked unpacked;
    ck_assert_int_eq(model_unpack(&source, &unpacked, &error), SENET_OK);
    ck_assert_mem_eq(file + unpacked.raw[0].begin, "last", 4);
    unpacked_release(&unpacked);
}
END_TEST

START_TEST(fields_that_are_none_are_refused)
{
    static const struct {
        const char *bytes;
        size_t size;
    } files[] = {
        {"\x3a", 1},                                          /* no length */
        {"\x3a\x02\x2a", 3},                                  /* a length beyond the end */
        {"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* a length of 2^64 - 1 */
        {"\x3a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12} /* a varint of eleven bytes */,
        {"\x08\xff", 2},                         /* a number that does not end */
        {"\x38\x01", 2},                         /* a graph that is a number */
        {"\x3b\x3c", 2},                         /* a group */
        {"\x3e\x00", 2},                         /* a type that there is not */
        {"\x3d\x01\x02", 3},                     /* four bytes, of which two are there */
        {"\xba\x80\x80\x80\x80\x80\x01\x00", 8}, /* a tag of 43 bits, whose lowest are the graph's */
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct unpacked unpacked;
        const struct source source = {.bytes = files[i].bytes, .size = files[i].size};
        ck_assert_msg(model_unpack(&source, &unpacked, &error) == SENET_MODEL_MALFORMED, "file %zu", i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unpack");
    TCase *tests = tcase_create("unpack");
    tcase_add_checked_fixture(tests, set_up_file, tear_down_file);
    tcase_set_timeout(tests, 60); /* sanitisers on a busy machine */
    tcase_add_test(tests, a_model_in_memory_is_read_as_protobuf_reads_it);
    tcase_add_test(tests, a_model_in_a_file_is_read_as_protobuf_reads_it);
    tcase_add_test(tests, a_file_that_shrinks_meanwhile_is_an_error);
    tcase_add_test(tests, damaged_bytes_are_read_as_protobuf_reads_them);
    tcase_add_test(tests, cut_bytes_are_read_as_protobuf_reads_them);
    tcase_add_test(tests, a_graph_in_pieces_is_put_together);
    tcase_add_test(tests, of_several_raw_data_the_last_counts);
    tcase_add_test(tests, fields_that_are_none_are_refused);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
