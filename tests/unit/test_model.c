#include <fcntl.h>

#include "files.h"
#include "onnx.pb-c.h"
#include "senet.h"

/* Five classes, three dense SE blocks; batch, height and width are open. */
#define NETWORK "tests/fixtures/networks/basic_dense/model.onnx"
#define CLASSES 5

static struct folder folder;
static struct senet_model *model;
static struct senet_error error;

static void set_up(void)
{
    model = NULL;
    error = (struct senet_error){0};
    folder_init(&folder);
}

static void tear_down(void)
{
    senet_model_free(model);
    folder_release(&folder);
}

static const struct senet_model_info *load(const char *path, const struct senet_load_options *options)
{
    enum senet_code code = senet_model_load(path, options, &model, &error);
    ck_assert_msg(code == SENET_OK, "%s", error.message);
    return senet_model_info(model);
}

/* No path may be told, and nothing is written on failure. */
static void refuse(const char *path, enum senet_code expected, const char *message)
{
    enum senet_code code = senet_model_load(path, NULL, &model, &error);
    ck_assert_msg(code == expected, "code %d: %s", (int)code, error.message);
    ck_assert_int_eq(error.code, code);
    ck_assert_str_eq(error.message, message);
    ck_assert_ptr_null(strchr(error.message, '/'));
    ck_assert_ptr_null(model);
}

static void check_shape(const struct senet_shape *shape, int rank, const int64_t *dims)
{
    ck_assert_int_eq(shape->rank, rank);
    for (int axis = 0; axis < rank; axis++)
        ck_assert_int_eq(shape->dim[axis], dims[axis]);
}

/* ------------------------------------------------------------- directories */

START_TEST(a_directory_is_a_model)
{
    folder_copy(&folder, "model.onnx", NETWORK);
    folder_write_text(&folder, "config.json",
                      "{\"architecture\": \"tiny\", \"num_classes\": 5, \"label_names\": [\"a\", \"b\", \"c\", \"d\", "
                      "\"e\"], \"pretrained_cfg\": {\"input_size\": [3, 24, 40], \"crop_pct\": 0.5}}");
    folder_write_text(&folder, "labels.txt", "ant\nbee\ncat\ndog\nemu\n");
    const struct senet_model_info *info = load(folder.path, NULL);
    ck_assert_str_eq(info->architecture, "tiny");
    ck_assert_int_eq(info->class_count, CLASSES);
    ck_assert_uint_eq(info->label_count, CLASSES);
    ck_assert_str_eq(info->labels[4], "emu");
    ck_assert(!info->outputs_probabilities);
    ck_assert_int_eq(info->preprocess.height, 24);
    ck_assert_int_eq(info->preprocess.width, 40);
    ck_assert_double_eq(info->preprocess.crop_pct, 0.5);
    ck_assert_uint_eq(info->input_count, 1);
    ck_assert_uint_eq(info->output_count, 1);
    check_shape(&info->inputs[0].shape, 4, (const int64_t[]){1, 3, 24, 40});
    check_shape(&info->outputs[0].shape, 2, (const int64_t[]){1, CLASSES});
    ck_assert_str_eq(info->inputs[0].name, "input");
    ck_assert_uint_gt(info->weight_bytes, (size_t)info->parameters * sizeof(float));
    ck_assert_uint_gt(info->arena_bytes, 3 * 24 * 40 * sizeof(float));
}
END_TEST

START_TEST(everything_but_the_network_may_be_missing)
{
    folder_copy(&folder, "model.onnx", NETWORK);
    const struct senet_model_info *info = load(folder.path, NULL);
    ck_assert_uint_eq(info->label_count, 0);
    ck_assert_int_eq(info->class_count, CLASSES);
    ck_assert_uint_gt(strlen(info->architecture), 0);
    check_shape(&info->inputs[0].shape, 4, (const int64_t[]){1, 3, 224, 224});
}
END_TEST

START_TEST(slashes_at_the_end_do_not_matter)
{
    char path[80];
    folder_copy(&folder, "model.onnx", NETWORK);
    snprintf(path, sizeof path, "%s//", folder.path);
    load(path, NULL);
}
END_TEST

START_TEST(a_file_is_a_network_alone)
{
    folder_copy(&folder, "model.onnx", NETWORK);
    folder_write_text(&folder, "config.json", "no JSON");
    folder_write_text(&folder, "labels.txt", "only one\n");
    ck_assert_uint_eq(load(folder_path(&folder, "model.onnx"), NULL)->label_count, 0);
}
END_TEST

START_TEST(a_file_of_the_working_directory_needs_no_slash)
{
    folder_copy(&folder, "net.onnx", NETWORK);
    ck_assert_int_eq(chdir(folder.path), 0); /* each test is a process of its own */
    ck_assert_int_eq(load("net.onnx", NULL)->class_count, CLASSES);
}
END_TEST

START_TEST(what_config_json_says_of_another_network_is_refused)
{
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"{\"num_classes\": 6}", "config.json: num_classes is 6, but the network has 5 outputs"},
        {"{\"label_names\": [\"a\", \"b\"]}", "there are 2 labels, but the network has 5 outputs"},
        {"{\"pretrained_cfg\": {\"input_size\": [1, 8, 8]}}",
         "config.json: input_size has channels 1, but the network takes 3"},
        {"{\"num_classes\": }", "config.json: line 1 is not valid JSON"},
    };
    folder_copy(&folder, "model.onnx", NETWORK);
    folder_write_text(&folder, "config.json", cases[_i].config);
    refuse(folder.path, SENET_CONFIG_INVALID, cases[_i].message);
}
END_TEST

START_TEST(as_many_labels_as_classes_are_needed)
{
    folder_copy(&folder, "model.onnx", NETWORK);
    folder_write_text(&folder, "labels.txt", "a\nb\nc\nd\ne\nf\n");
    refuse(folder.path, SENET_CONFIG_INVALID, "there are 6 labels, but the network has 5 outputs");
}
END_TEST

/* ------------------------------------------------------------------- paths */

START_TEST(a_directory_without_network_is_refused)
{
    folder_write_text(&folder, "config.json", "{}");
    refuse(folder.path, SENET_FILE_UNREADABLE, "'model.onnx' does not exist");
}
END_TEST

START_TEST(a_path_to_nothing_is_refused)
{
    refuse("/nowhere/at/all", SENET_FILE_UNREADABLE, "'all' does not exist");
    refuse("/nowhere/at/all//", SENET_FILE_UNREADABLE, "'all' does not exist");
    refuse("nowhere.onnx", SENET_FILE_UNREADABLE, "'nowhere.onnx' does not exist");
    refuse(NETWORK "/model.onnx", SENET_FILE_UNREADABLE, "'model.onnx' does not exist");
    refuse("", SENET_FILE_UNREADABLE, "'' does not exist");
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
    ck_assert_int_eq(mkdir(folder_path(&folder, "model.onnx"), 0700), 0);
    refuse(folder.path, SENET_FILE_UNREADABLE, "'model.onnx' is not a regular file");
    ck_assert_int_eq(mkfifo(folder_path(&folder, "pipe.onnx"), 0600), 0);
    refuse(folder_path(&folder, "pipe.onnx"), SENET_FILE_UNREADABLE, "'pipe.onnx' is not a regular file");
    refuse("/dev/null", SENET_FILE_UNREADABLE, "'null' is not a regular file");
}
END_TEST

START_TEST(files_that_are_too_large_are_not_read)
{
    int file = open(folder_path(&folder, "huge.onnx"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(ftruncate(file, ((off_t)2 << 30) + 1), 0);
    close(file);
    refuse(folder_path(&folder, "huge.onnx"), SENET_FILE_UNREADABLE, "'huge.onnx' is too large");
    folder_copy(&folder, "model.onnx", NETWORK);
    file = open(folder_path(&folder, "config.json"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(ftruncate(file, ((off_t)8 << 20) + 1), 0);
    close(file);
    refuse(folder.path, SENET_FILE_UNREADABLE, "'config.json' is too large");
}
END_TEST

START_TEST(a_network_that_is_none_is_refused)
{
    folder_write_text(&folder, "model.onnx", "<!DOCTYPE html>");
    refuse(folder.path, SENET_MODEL_MALFORMED, "the file is not ONNX, or it is damaged");
    folder_write_text(&folder, "model.onnx", "");
    refuse(folder.path, SENET_MODEL_MALFORMED, "the ONNX file does not say which operator set it uses");
}
END_TEST

static Onnx__ValueInfoProto *value_info(Onnx__ValueInfoProto *info, Onnx__TypeProto *type,
                                        Onnx__TypeProto__Tensor *tensor, char *name, int32_t element)
{
    static Onnx__TensorShapeProto shape = ONNX__TENSOR_SHAPE_PROTO__INIT;
    static Onnx__TensorShapeProto__Dimension dimension = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT, *dimensions[1];
    dimensions[0] = &dimension;
    dimension.has_dim_value = true;
    dimension.dim_value = 4;
    shape.dim = dimensions;
    shape.n_dim = 1;
    onnx__value_info_proto__init(info);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = true;
    tensor->elem_type = element;
    tensor->shape = &shape;
    type->tensor_type = tensor;
    info->name = name;
    info->type = type;
    return info;
}

/* scores (4) -> ArgMax -> best: written as ONNX, bytes by protobuf. */
static struct bytes pack_arg_max(void)
{
    Onnx__ModelProto written = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets[] = {&opset};
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__NodeProto node = ONNX__NODE_PROTO__INIT, *nodes[] = {&node};
    char input_name[] = "scores", output_name[] = "best", type_name[] = "ArgMax";
    char *input_names[] = {input_name}, *output_names[] = {output_name};
    Onnx__ValueInfoProto infos[2], *inputs[1], *outputs[1];
    Onnx__TypeProto types[2];
    Onnx__TypeProto__Tensor tensors[2];
    inputs[0] = value_info(&infos[0], &types[0], &tensors[0], input_name, 1);
    outputs[0] = value_info(&infos[1], &types[1], &tensors[1], output_name, 7);
    opset.has_version = true;
    opset.version = 13;
    written.opset_import = opsets;
    node.op_type = type_name;
    node.input = input_names;
    node.output = output_names;
    graph.node = nodes;
    graph.input = inputs;
    graph.output = outputs;
    written.n_opset_import = node.n_input = node.n_output = graph.n_node = graph.n_input = graph.n_output = 1;
    written.graph = &graph;
    struct bytes bytes = {malloc(onnx__model_proto__get_packed_size(&written)), 0};
    bytes.size = onnx__model_proto__pack(&written, (uint8_t *)bytes.data);
    return bytes;
}

START_TEST(outputs_that_are_no_floats_are_refused)
{
    struct bytes onnx = pack_arg_max();
    enum senet_code code = senet_model_load_memory(onnx.data, onnx.size, NULL, 0, NULL, 0, NULL, &model, &error);
    free(onnx.data);
    ck_assert_int_eq(code, SENET_MODEL_UNSUPPORTED);
    ck_assert_str_eq(error.message, "output 'best' is not float32");
    ck_assert_ptr_null(model);
}
END_TEST

/* ----------------------------------------------------------------- options */

START_TEST(options_fill_what_the_network_leaves_open)
{
    const struct senet_load_options options = {.batch = 3, .height = 17, .width = 9};
    folder_copy(&folder, "model.onnx", NETWORK);
    folder_write_text(&folder, "config.json", "{\"pretrained_cfg\": {\"input_size\": [3, 24, 40]}}");
    const struct senet_model_info *info = load(folder.path, &options);
    check_shape(&info->inputs[0].shape, 4, (const int64_t[]){3, 3, 17, 9});
    check_shape(&info->outputs[0].shape, 2, (const int64_t[]){3, CLASSES});
    ck_assert_int_eq(info->preprocess.height, 17);
    ck_assert_int_eq(info->preprocess.width, 9);
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
    static const struct senet_load_options cases[] = {
        {.batch = -1}, {.batch = 65537}, {.height = -1}, {.width = 16385}, {.height = INT64_MAX, .width = INT64_MAX},
    };
    ck_assert_int_eq(senet_model_load(NETWORK, &cases[_i], &model, &error), SENET_INVALID_ARGUMENT);
    ck_assert_int_eq(error.code, SENET_INVALID_ARGUMENT);
    ck_assert_ptr_null(model);
}
END_TEST

START_TEST(sizes_that_no_machine_holds_are_refused)
{
    static const struct senet_load_options cases[] = {
        {.batch = 65536, .height = 16384, .width = 16384},
        {.batch = 16, .height = 16384, .width = 16384},
    };
    ck_assert_int_eq(senet_model_load(NETWORK, &cases[_i], &model, &error), SENET_MODEL_UNSUPPORTED);
    ck_assert_ptr_null(model);
}
END_TEST

/* ------------------------------------------------------------------- memory */

START_TEST(a_model_can_come_from_memory)
{
    static const char config[] = "{\"architecture\": \"tiny\"}", labels[] = "1\n2\n3\n4\n5";
    struct bytes onnx = files_read(NETWORK);
    char *copies[2] = {strdup(config), strdup(labels)};
    enum senet_code code = senet_model_load_memory(onnx.data, onnx.size, copies[0], strlen(config), copies[1],
                                                   strlen(labels), NULL, &model, &error);
    free(onnx.data); /* nothing is kept of them */
    free(copies[0]);
    free(copies[1]);
    ck_assert_msg(code == SENET_OK, "%s", error.message);
    ck_assert_str_eq(senet_model_info(model)->architecture, "tiny");
    ck_assert_str_eq(senet_model_info(model)->labels[4], "5");
}
END_TEST

START_TEST(nothing_but_the_network_is_needed_in_memory)
{
    struct bytes onnx = files_read(NETWORK);
    ck_assert_int_eq(senet_model_load_memory(onnx.data, onnx.size, NULL, 0, NULL, 0, NULL, &model, &error), SENET_OK);
    free(onnx.data);
    ck_assert_uint_eq(senet_model_info(model)->se_block_count, 3);
    ck_assert_int_eq(senet_model_load_memory("", 0, NULL, 0, NULL, 0, NULL, &model, &error), SENET_MODEL_MALFORMED);
    ck_assert_int_eq(senet_model_load_memory(NULL, 0, NULL, 0, NULL, 0, NULL, &model, &error), SENET_MODEL_MALFORMED);
}
END_TEST

START_TEST(blocks_are_found_by_name)
{
    const struct senet_model_info *info = load(NETWORK, NULL);
    ck_assert_uint_eq(info->se_block_count, 3);
    for (size_t i = 0; i < info->se_block_count; i++)
        ck_assert_int_eq(senet_model_find_se_block(model, info->se_blocks[i].layer), (int)i);
    ck_assert_str_eq(info->se_blocks[0].layer, "layer1.0.se");
    ck_assert_int_eq(senet_model_find_se_block(model, "layer1.0"), -1);
    ck_assert_int_eq(senet_model_find_se_block(model, ""), -1);
}
END_TEST

START_TEST(nothing_can_be_freed)
{
    senet_model_free(NULL);
}
END_TEST

/* The files of models/builtin, wherever the program runs. */
START_TEST(the_builtin_model_is_a_classifier_with_se_blocks)
{
    struct senet_model *from_files = NULL;
    ck_assert_int_eq(senet_model_load("models/builtin", NULL, &from_files, &error), SENET_OK);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_msg(senet_model_load_builtin(NULL, &model, &error) == SENET_OK, "%s", error.message);
    const struct senet_model_info *info = senet_model_info(model), *files = senet_model_info(from_files);
    check_shape(&info->inputs[0].shape, 4, (const int64_t[]){1, 3, 32, 32});
    ck_assert_int_eq(info->class_count, 10);
    ck_assert_uint_eq(info->label_count, 10);
    ck_assert_uint_eq(info->se_block_count, 4);
    for (size_t i = 0; i < info->se_block_count; i++) {
        ck_assert_str_eq(info->se_blocks[i].kind, "conv");
        ck_assert_str_eq(info->se_blocks[i].layer, files->se_blocks[i].layer);
    }
    ck_assert_str_eq(info->architecture, files->architecture);
    ck_assert_int_eq(info->parameters, files->parameters);
    ck_assert_uint_eq(info->layer_count, files->layer_count);
    senet_model_free(from_files);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_directory_is_a_model);
    tcase_add_test(tcase, everything_but_the_network_may_be_missing);
    tcase_add_test(tcase, slashes_at_the_end_do_not_matter);
    tcase_add_test(tcase, a_file_is_a_network_alone);
    tcase_add_test(tcase, a_file_of_the_working_directory_needs_no_slash);
    tcase_add_loop_test(tcase, what_config_json_says_of_another_network_is_refused, 0, 4);
    tcase_add_test(tcase, as_many_labels_as_classes_are_needed);
    tcase_add_test(tcase, a_directory_without_network_is_refused);
    tcase_add_test(tcase, a_path_to_nothing_is_refused);
    tcase_add_test(tcase, what_is_no_regular_file_is_refused);
    tcase_add_test(tcase, files_that_are_too_large_are_not_read);
    tcase_add_test(tcase, a_network_that_is_none_is_refused);
    tcase_add_test(tcase, outputs_that_are_no_floats_are_refused);
    tcase_add_test(tcase, options_fill_what_the_network_leaves_open);
    tcase_add_loop_test(tcase, options_out_of_range_are_refused, 0, 5);
    tcase_add_loop_test(tcase, sizes_that_no_machine_holds_are_refused, 0, 2);
    tcase_add_test(tcase, a_model_can_come_from_memory);
    tcase_add_test(tcase, nothing_but_the_network_is_needed_in_memory);
    tcase_add_test(tcase, blocks_are_found_by_name);
    tcase_add_test(tcase, nothing_can_be_freed);
    tcase_add_test(tcase, the_builtin_model_is_a_classifier_with_se_blocks);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
