/*
 * Damaged files, from a fixed seed: whatever the bytes say, loading ends soon, with a model that runs or an error, and
 * gives back what it took. The sanitisers see the rest.
 */
#include "files.h"
#include "graph/graph.h"
#include "onnx.pb-c.h"

#ifndef MUTATIONS
#define MUTATIONS 600
#endif
/* Models that are not small any more are loaded only. */
#define RUN_BYTES ((size_t)16 << 20)
#define RUN_MACS 10000000

static struct bytes original;
static uint32_t state = 2463534242;

static void set_up(void)
{
    original = files_read("tests/fixtures/networks/hard_gate/model.onnx");
}

static void tear_down(void)
{
    free(original.data);
}

static size_t random_below(size_t limit)
{
    harness_random(&state);
    return state % limit;
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static void run(const struct senet_model *model)
{
    struct senet_session *session;
    struct senet_error error;
    const struct senet_model_info *info = senet_model_info(model);
    if (info->arena_bytes > RUN_BYTES || info->weight_bytes > RUN_BYTES || info->macs > RUN_MACS)
        return;
    ck_assert_int_eq(senet_session_create(model, 1, &session, &error), SENET_OK);
    senet_session_run(session);
    senet_session_free(session);
}

/* In a block of exactly its size. */
static void load(const char *data, size_t size, const char *description, size_t number)
{
    const struct senet_load_options options = {.batch = 2, .height = 9, .width = 11};
    struct senet_model *model = NULL;
    struct senet_error error = {SENET_OK, ""};
    char *copy = malloc(size + !size);
    memcpy(copy, data, size);
    enum senet_code code = senet_model_load_memory(copy, size, NULL, 0, NULL, 0, &options, &model, &error);
    free(copy);
    if (code == SENET_OK) {
        run(model);
        senet_model_free(model);
        return;
    }
    ck_assert_msg(code == error.code && *error.message && is_printable(error.message), "%s %zu", description, number);
    ck_assert_ptr_null(model);
}

/* The file has its weights in the middle: what is cut there differs in nothing. */
START_TEST(a_network_cut_anywhere_is_refused_or_runs)
{
    for (size_t size = 0; size < original.size; size += size < 512 || original.size - size < 1024 ? 1 : 13)
        load(original.data, size, "cut after", size);
}
END_TEST

static void overwrite(char *data, size_t size)
{
    static const char extremes[] = {0, 1, 2, 0x7f, (char)0x80, (char)0xff};
    for (size_t count = 1 + random_below(4); count > 0; count--) {
        char *byte = &data[random_below(size)];
        unsigned flipped = (unsigned char)*byte ^ 1u << random_below(8);
        *byte = random_below(2) ? extremes[random_below(sizeof extremes)] : (char)flipped;
    }
}

/* Fields move to other places, lengths grow out of their messages. */
static void move_piece(char *data, size_t size)
{
    size_t length = 1 + random_below(64), from = random_below(size - length), to = random_below(size - length);
    memmove(data + to, data + from, length);
}

/* A number of any length in the place of what was there. */
static void write_number(char *data, size_t size)
{
    size_t at = random_below(size - 10), length = 1 + random_below(10);
    for (size_t i = 0; i < length; i++)
        data[at + i] = (char)(random_below(128) | (i + 1 < length ? 128 : 0));
}

START_TEST(a_network_with_damage_is_refused_or_runs)
{
    static void (*const damages[])(char *, size_t) = {overwrite, move_piece, write_number};
    char *copy = malloc(original.size);
    for (size_t i = 0; i < MUTATIONS; i++) {
        memcpy(copy, original.data, original.size);
        damages[_i](copy, original.size);
        load(copy, original.size, "damage", i);
    }
    free(copy);
}
END_TEST

/* ------------------------------------------------------------- well-formed */

static int64_t random_extreme(void)
{
    static const int64_t extremes[] = {0,  1,  2,       3,       4,         5,         13,        -1,
                                       -2, -3, 1 << 16, 1 << 24, INT32_MAX, INT64_MAX, INT64_MIN, (int64_t)1 << 40};
    return extremes[random_below(sizeof extremes / sizeof *extremes)];
}

static void replace_text(char **text, const char *other)
{
    char *copy = strdup(other);
    free(*text);
    *text = copy;
}

static Onnx__NodeProto *random_node(Onnx__GraphProto *graph)
{
    return graph->node[random_below(graph->n_node)];
}

static const char *random_value(Onnx__GraphProto *graph)
{
    if (random_below(4) == 0)
        return graph->initializer[random_below(graph->n_initializer)]->name;
    const Onnx__NodeProto *node = random_node(graph);
    return random_below(2) || !node->n_input ? node->output[0] : node->input[random_below(node->n_input)];
}

static void change_operator(Onnx__GraphProto *graph)
{
    static const char *const names[] = {
#define NAME(symbol, name, fewest, most, outputs, computed, infer, macs) name,
        OPERATORS(NAME)
#undef NAME
    };
    replace_text(&random_node(graph)->op_type, names[random_below(sizeof names / sizeof *names)]);
}

static void change_input(Onnx__GraphProto *graph)
{
    Onnx__NodeProto *node = random_node(graph);
    if (node->n_input > 0)
        replace_text(&node->input[random_below(node->n_input)], random_below(8) ? random_value(graph) : "");
}

static void drop_input(Onnx__GraphProto *graph)
{
    Onnx__NodeProto *node = random_node(graph);
    if (node->n_input > 0)
        free(node->input[--node->n_input]);
}

static void change_attribute(Onnx__GraphProto *graph)
{
    static const char *const names[] = {"axis", "axes", "perm", "pads", "group", "transA", "keepdims", "kernel_shape"};
    Onnx__NodeProto *node = random_node(graph);
    if (!node->n_attribute)
        return;
    Onnx__AttributeProto *attribute = node->attribute[random_below(node->n_attribute)];
    if (random_below(4) == 0)
        replace_text(&attribute->name, names[random_below(sizeof names / sizeof *names)]);
    else if (attribute->n_ints > 0 && random_below(4) == 0)
        attribute->n_ints--;
    else if (attribute->n_ints > 0)
        attribute->ints[random_below(attribute->n_ints)] = random_extreme();
    else
        attribute->i = random_extreme();
}

static void change_weights(Onnx__GraphProto *graph)
{
    Onnx__TensorProto *tensor = graph->initializer[random_below(graph->n_initializer)];
    if (random_below(4) == 0 && tensor->raw_data.len > 0)
        tensor->raw_data.len--;
    else if (tensor->n_dims > 1 && random_below(2))
        tensor->dims[0] = tensor->dims[tensor->n_dims - 1];
    else if (tensor->n_dims > 0)
        tensor->dims[random_below(tensor->n_dims)] = random_extreme();
}

static void change_input_shape(Onnx__GraphProto *graph)
{
    Onnx__TensorShapeProto *shape = graph->input[0]->type->tensor_type->shape;
    Onnx__TensorShapeProto__Dimension *dim = shape->dim[random_below(shape->n_dim)];
    dim->has_dim_value = true;
    dim->dim_value = random_extreme();
}

static void change_output(Onnx__GraphProto *graph)
{
    replace_text(&graph->output[0]->name, random_value(graph));
}

static void swap_nodes(Onnx__GraphProto *graph)
{
    Onnx__NodeProto **one = &graph->node[random_below(graph->n_node)],
                    **other = &graph->node[random_below(graph->n_node)];
    Onnx__NodeProto *kept = *one;
    *one = *other;
    *other = kept;
}

/* Every field is one that a file may have: what is refused by protobuf never gets as far as shapes and passes. */
START_TEST(a_network_with_other_contents_is_refused_or_runs)
{
    static void (*const changes[])(Onnx__GraphProto *) = {
        change_operator, change_input,       change_input,  drop_input, change_attribute,
        change_weights,  change_input_shape, change_output, swap_nodes,
    };
    for (size_t i = 0; i < MUTATIONS; i++) {
        Onnx__ModelProto *proto = onnx__model_proto__unpack(NULL, original.size, (const uint8_t *)original.data);
        for (size_t count = 1 + random_below(3); count > 0; count--)
            changes[random_below(sizeof changes / sizeof *changes)](proto->graph);
        if (random_below(8) == 0)
            proto->opset_import[0]->version = 7 + (int64_t)random_below(16);
        char *packed = malloc(onnx__model_proto__get_packed_size(proto));
        size_t size = onnx__model_proto__pack(proto, (uint8_t *)packed);
        onnx__model_proto__free_unpacked(proto, NULL);
        load(packed, size, "contents", i);
        free(packed);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_bytes");
    TCase *tcase = tcase_create("model_bytes");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_network_cut_anywhere_is_refused_or_runs);
    tcase_add_loop_test(tcase, a_network_with_damage_is_refused_or_runs, 0, 3);
    tcase_add_test(tcase, a_network_with_other_contents_is_refused_or_runs);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
