#include "graph/ops.h"
#include "onnx_builder.h"

static enum senet_code import_bytes(const void *bytes, size_t size, struct arena *own)
{
    const struct source source = {.bytes = bytes, .size = size};
    return onnx_import(&source, NULL, own, NULL, &graph, &error);
}

START_TEST(no_beginning_of_a_file_passes_for_the_whole)
{
    build_convolution();
    size_t size;
    uint8_t *bytes = pack(&size);
    for (size_t length = 0; length < size; length++) {
        uint8_t *beginning = malloc(length + 1); /* of its own, so that sanitisers see reads past the end */
        memcpy(beginning, bytes, length);
        struct arena own = {0};
        enum senet_code code = import_bytes(beginning, length, &own);
        ck_assert_msg(code == SENET_MODEL_MALFORMED, "%zu of %zu bytes: code %d", length, size, (int)code);
        arena_release(&own);
        free(beginning);
    }
    free(bytes);
}
END_TEST

START_TEST(damaged_bytes_do_no_harm)
{
    build_convolution();
    size_t size;
    uint8_t *bytes = pack(&size);
    uint32_t state = 2463534242u;
    for (int round = 0; round < 3000; round++) {
        size_t at = (size_t)((harness_random(&state) + 1.0f) * 0.4999f * (float)size);
        uint8_t saved = bytes[at];
        bytes[at] = (uint8_t)(bytes[at] + 1 + round % 255);
        struct arena own = {0};
        enum senet_code code = import_bytes(bytes, size, &own);
        ck_assert_msg(code == SENET_OK || (code == error.code && *error.message), "byte %zu, round %d", at, round);
        arena_release(&own);
        bytes[at] = saved;
    }
    free(bytes);
}
END_TEST

START_TEST(text_is_not_onnx)
{
    static const char text[] = "<!DOCTYPE html><html>Not found</html>";
    ck_assert_int_eq(import_bytes(text, sizeof text, &arena), SENET_MODEL_MALFORMED);
    ck_assert_int_eq(import_bytes("", 0, &arena), SENET_MODEL_MALFORMED);
}
END_TEST

START_TEST(a_small_file_may_not_take_much_memory)
{
    /* opset 13, then a graph of empty nodes, two bytes each in the file and over a hundred in memory. */
    enum { NODES = 700000, HEADER = 10 };
    uint8_t *bytes = malloc(HEADER + 2 * NODES);
    const size_t length = 2 * NODES;
    const uint8_t header[HEADER] = {0x42,
                                    2,
                                    0x10,
                                    13,
                                    0x3a,
                                    (uint8_t)(length | 128),
                                    (uint8_t)(length >> 7 | 128),
                                    (uint8_t)(length >> 14 | 128),
                                    (uint8_t)(length >> 21 | 128),
                                    0};
    memcpy(bytes, header, HEADER);
    for (size_t i = 0; i < NODES; i++)
        memcpy(bytes + HEADER + 2 * i, "\x0a", 2);
    ck_assert_int_eq(import_bytes(bytes, HEADER + length, &arena), SENET_OUT_OF_MEMORY);
    ck_assert_uint_eq(arena.total, 0);
    free(bytes);
}
END_TEST

/* A chain of nodes, the last one first: neither look-ups nor the order may take quadratic time or deep stacks. */
START_TEST(a_long_chain_in_reverse_order_is_sorted)
{
    enum { LENGTH = 50000 };
    Onnx__NodeProto *chain = arena_alloc(&arena, LENGTH, sizeof *chain), **nodes = calloc(LENGTH, sizeof(*nodes));
    char *(*names)[2] = arena_alloc(&arena, LENGTH, sizeof *names);
    build_relu();
    for (size_t i = 0; i < LENGTH; i++) {
        size_t place = LENGTH - i; /* reads what the node after it in the file writes */
        onnx__node_proto__init(&chain[i]);
        chain[i].op_type = builder.nodes[0]->op_type;
        names[i][0] =
            place > 1 ? arena_printf(&arena, "a/rather/long/common/prefix/%zu", place - 1) : arena_strdup(&arena, "x");
        names[i][1] = arena_printf(&arena, "a/rather/long/common/prefix/%zu", place);
        chain[i].input = &names[i][0];
        chain[i].output = &names[i][1];
        chain[i].n_input = chain[i].n_output = 1;
        nodes[i] = &chain[i];
    }
    builder.outputs[0]->name = names[0][1];
    builder.graph.node = nodes;
    builder.graph.n_node = LENGTH;
    ck_assert_int_eq(import(), SENET_OK);
    free(nodes);
    ck_assert_uint_eq(graph.node_count, LENGTH);
    ck_assert_ptr_eq(graph.nodes[0]->inputs[0], graph.inputs[0]);
    for (size_t i = 1; i < LENGTH; i++)
        ck_assert_ptr_eq(graph.nodes[i]->inputs[0], graph.nodes[i - 1]->outputs[0]);
}
END_TEST

START_TEST(more_nodes_than_can_be_planned_are_refused)
{
    enum { COUNT = 65537 };
    build_relu();
    Onnx__NodeProto **nodes = calloc(COUNT, sizeof(*nodes));
    for (size_t i = 0; i < COUNT; i++)
        nodes[i] = builder.nodes[0];
    builder.graph.node = nodes;
    builder.graph.n_node = COUNT;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "more than 65536 nodes");
    free(nodes);
}
END_TEST

static void add_byte_tests(Suite *suite)
{
    TCase *tests = tcase_create("hostile bytes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60); /* sanitisers on a busy machine; a second otherwise */
    tcase_add_test(tests, no_beginning_of_a_file_passes_for_the_whole);
    tcase_add_test(tests, damaged_bytes_do_no_harm);
    tcase_add_test(tests, text_is_not_onnx);
    tcase_add_test(tests, a_small_file_may_not_take_much_memory);
    tcase_add_test(tests, more_nodes_than_can_be_planned_are_refused);
    tcase_add_test(tests, a_long_chain_in_reverse_order_is_sorted);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("onnx_bytes");
    add_byte_tests(suite);
    return harness_run(suite);
}
