/*
 * A small network with all that a file can have, cut after each of its bytes and with each of its bits turned over:
 * it is refused with a sentence, or it is a network that runs; never more memory than a fixed amount. The sanitisers
 * see the rest.
 */
#include "files.h"
#include "model/model.h"
#include "onnx_builder.h"

/* The network itself takes less than a tenth. */
#define IMPORT_BYTES_MAX ((size_t)16 << 20)
#define RUN_BYTES ((size_t)1 << 20)
#define RUN_MACS 100000

static struct folder folder;
static uint8_t *bytes;
static size_t bytes_size;

/* SE(u, w1, w2; kept = 1) -> y, with a call of Gate(z) -> s inside. */
static void add_functions(void)
{
    Onnx__FunctionProto *se = add_function("SE", "u w1 w2", "y"), *gate = add_function("Gate", "z", "s");
    Onnx__NodeProto *mean = add_inner(se, "ReduceMean", "mean", "u", "z");
    add_reference(mean, "keepdims", 2, "kept");
    Onnx__AttributeProto *axes = add_attribute(mean, "axes", 7);
    axes->n_ints = 2;
    axes->ints = arena_alloc(&arena, 2, sizeof *axes->ints);
    axes->ints[0] = 2;
    axes->ints[1] = -1;
    se->attribute_proto[se->n_attribute_proto++] = make_int("kept", 1);
    add_inner(se, "Conv", "fc1", "z w1", "r");
    add_inner(se, "Relu", "act", "r", "a");
    add_inner(se, "Conv", "fc2", "a w2", "e");
    as_call(add_inner(se, "Gate", "gate", "e", "g"));
    add_inner(se, "Mul", "mul", "u g", "y");
    add_inner(gate, "Sigmoid", "", "z", "s");
    Onnx__OperatorSetIdProto *opset = arena_alloc(&arena, 1, sizeof *opset),
                             **list = arena_alloc(&arena, 1, sizeof list);
    onnx__operator_set_id_proto__init(opset);
    opset->has_version = true;
    opset->version = 12;
    list[0] = opset;
    gate->opset_import = list;
    gate->n_opset_import = 1;
}

static void add_entry(Onnx__StringStringEntryProto **entry, const char *key, const char *value)
{
    onnx__string_string_entry_proto__init(*entry = arena_alloc(&arena, 1, sizeof **entry));
    (*entry)->key = arena_strdup(&arena, key);
    (*entry)->value = arena_strdup(&arena, value);
}

static void add_external(const char *name, const char *dims, const char *offset, const char *length)
{
    Onnx__TensorProto *tensor = add_tensor(name, FLOAT, dims);
    tensor->has_data_location = true;
    tensor->data_location = 1;
    tensor->external_data = arena_alloc(&arena, 3, sizeof *tensor->external_data);
    tensor->n_external_data = 3;
    add_entry(&tensor->external_data[0], "location", "w.data");
    add_entry(&tensor->external_data[1], "offset", offset);
    add_entry(&tensor->external_data[2], "length", length);
}

static void add_typed_tensors(void)
{
    static int32_t halves[] = {0x3c00, 0x4000, 0xbc00, 0};
    static int64_t shape[] = {0, 2};
    static uint64_t zeros[] = {0};
    Onnx__TensorProto *half = add_tensor("w1", FLOAT16, "2x2x1x1"), *target = make_tensor("", INT64, "2"),
                      *bias = add_tensor("b", BFLOAT16, "3"), *unread = add_tensor("n", UINT64, "1");
    half->int32_data = halves;
    half->n_int32_data = 4;
    target->int64_data = shape;
    target->n_int64_data = 2;
    unread->uint64_data = zeros;
    unread->n_uint64_data = 1;
    set_raw(bias, "\x80\x3f\0\0\x80\xbf", 6);
    add_attribute(add_node("Constant", "shape", "", "t"), "value", 4)->t = target;
}

static void build_network(void)
{
    add_functions();
    add_typed_tensors();
    add_external("w2", "2x2x1x1", "4", "16");
    add_external("w3", "2x3", "20", "24");
    add_input("x", "-1x2x3x3");
    Onnx__NodeProto *call = as_call(add_node("SE", "/layer1/se", "x w1 w2", "u"));
    add_int(call, "kept", 1);
    call->metadata_props = arena_alloc(&arena, 1, sizeof *call->metadata_props);
    call->n_metadata_props = 1;
    add_entry(&call->metadata_props[0], "pkg.torch.onnx.name_scopes", "['', 'block', 'se']");
    add_node("GlobalAveragePool", "pool", "u", "p");
    add_node("Reshape", "flat", "p t", "f");
    Onnx__NodeProto *gemm = add_node("Gemm", "fc", "f w3 b", "y");
    Onnx__AttributeProto *alpha = add_attribute(gemm, "alpha", 1);
    alpha->has_f = true;
    alpha->f = 0.5f;
    add_output("y");
}

static void set_up_network(void)
{
    static const float weights[] = {0, 1, -1, 0.5f, 2, 1, 2, 3, 4, 5, 6};
    set_up();
    folder_init(&folder);
    folder_write(&folder, "w.data", weights, sizeof weights);
    build_network();
    bytes = pack(&bytes_size);
}

static void tear_down_network(void)
{
    free(bytes);
    folder_release(&folder);
    tear_down();
}

static void run(const struct senet_model *model)
{
    struct senet_session *session;
    const struct senet_model_info *info = senet_model_info(model);
    if (info->arena_bytes > RUN_BYTES || info->macs > RUN_MACS)
        return;
    ck_assert_int_eq(senet_session_create(model, 1, &session, &error), SENET_OK);
    senet_session_run(session);
    senet_session_free(session);
}

/* In a block of exactly its size. `what` and `number` say which damage it has. */
static enum senet_code load(const uint8_t *data, size_t size, const char *what, size_t number)
{
    uint8_t *copy = malloc(size + !size);
    memcpy(copy, data, size);
    const struct source file = {.bytes = copy, .size = size};
    struct arena own = {0};
    error = (struct senet_error){0};
    enum senet_code code = onnx_import(&file, folder.path, &own, NULL, &graph, &error);
    ck_assert_msg(code == error.code && !code == !*error.message, "%s %zu: '%s'", what, number, error.message);
    ck_assert_msg(own.total <= IMPORT_BYTES_MAX, "%s %zu: %zu bytes", what, number, own.total);
    arena_release(&own);

    struct senet_model *model = NULL;
    const struct model_source source = {.onnx = file, .directory = folder.path};
    error = (struct senet_error){0};
    code = model_create(&source, NULL, &model, &error);
    free(copy);
    ck_assert_msg(code == error.code && !code == !*error.message && !code == (model != NULL), "%s %zu: '%s'", what,
                  number, error.message);
    if (model)
        run(model);
    senet_model_free(model);
    return code;
}

START_TEST(the_network_runs_undamaged)
{
    struct senet_model *model;
    const struct model_source source = {.onnx = {.bytes = bytes, .size = bytes_size}, .directory = folder.path};
    ck_assert_msg(model_create(&source, NULL, &model, &error) == SENET_OK, "%s", error.message);
    const struct senet_model_info *info = senet_model_info(model);
    ck_assert_uint_eq(info->se_block_count, 1);
    ck_assert_str_eq(info->se_blocks[0].layer, "block.layer1.se");
    senet_model_free(model);
}
END_TEST

START_TEST(a_network_cut_after_any_byte_is_refused_or_runs)
{
    size_t refused = 0;
    for (size_t size = 0; size < bytes_size; size++)
        refused += load(bytes, size, "cut after", size) != SENET_OK;
    ck_assert_uint_ge(refused, bytes_size - 2); /* what ends between two fields of the model may be whole */
}
END_TEST

START_TEST(a_network_with_any_bit_turned_is_refused_or_runs)
{
    for (size_t bit = 0; bit < 8 * bytes_size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        load(bytes, bytes_size, "bit", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("onnx_damage");
    TCase *tests = tcase_create("onnx_damage");
    tcase_set_timeout(tests, 300); /* sanitisers on a busy machine; seconds otherwise */
    tcase_add_checked_fixture(tests, set_up_network, tear_down_network);
    tcase_add_test(tests, the_network_runs_undamaged);
    tcase_add_test(tests, a_network_cut_after_any_byte_is_refused_or_runs);
    tcase_add_test(tests, a_network_with_any_bit_turned_is_refused_or_runs);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
