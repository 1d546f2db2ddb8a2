#include "graph/ops.h"
#include "onnx_builder.h"

START_TEST(a_small_graph_is_read_as_written)
{
    build_convolution();
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_str_eq(graph.name, "tiny");
    ck_assert_int_eq(graph.opset, 13);
    ck_assert_uint_eq(graph.node_count, 2);
    ck_assert_uint_eq(graph.input_count, 1);
    ck_assert_uint_eq(graph.output_count, 2);
    const struct node *conv = graph.nodes[0], *relu = graph.nodes[1];
    ck_assert_int_eq(conv->op, OP_CONV);
    ck_assert_str_eq(conv->name, "/conv/Conv");
    ck_assert_str_eq(relu->name, "");
    ck_assert_int_eq(conv->input_count, 3);
    ck_assert_ptr_eq(conv->inputs[0], graph.inputs[0]);
    ck_assert_ptr_null(conv->inputs[2]);
    ck_assert_ptr_eq(conv->outputs[0], relu->inputs[0]);
    ck_assert_ptr_eq(graph.outputs[0], relu->outputs[0]);
    ck_assert_ptr_eq(graph.outputs[1], conv->outputs[0]);
    ck_assert_ptr_eq(conv->outputs[0]->producer, conv);
    ck_assert_ptr_null(graph.inputs[0]->producer);
}
END_TEST

START_TEST(values_know_their_shapes_and_readers)
{
    build_convolution();
    ck_assert_int_eq(import(), SENET_OK);
    const struct value *input = graph.inputs[0], *weight = graph.nodes[0]->inputs[1];
    ck_assert_str_eq(input->name, "x");
    ck_assert_int_eq(input->shape.rank, 4);
    ck_assert_int_eq(input->shape.dim[0], -1);
    ck_assert_int_eq(input->shape.dim[1], 3);
    ck_assert_int_eq(input->shape.dim[3], -1);
    ck_assert_int_eq(senet_shape_elements(&weight->shape), 54);
    ck_assert_ptr_nonnull(weight->data);
    ck_assert_ptr_null(weight->producer);
    ck_assert_int_eq(input->uses, 1);
    ck_assert_int_eq(weight->uses, 1);
    ck_assert_int_eq(graph.outputs[0]->uses, 1);
    ck_assert_int_eq(graph.outputs[1]->uses, 2);
}
END_TEST

START_TEST(attributes_are_copied)
{
    build_convolution();
    ck_assert_int_eq(import(), SENET_OK);
    const struct attribute *pads = node_attribute(graph.nodes[0], "pads");
    ck_assert_ptr_nonnull(pads);
    ck_assert_int_eq(pads->type, ATTRIBUTE_INTS);
    ck_assert_uint_eq(pads->count, 4);
    ck_assert_int_eq(pads->ints[3], 1);
    ck_assert_str_eq(node_attribute(graph.nodes[0], "auto_pad")->s, "NOTSET");
    ck_assert_ptr_null(node_attribute(graph.nodes[0], "strides"));
    ck_assert_int_eq(node_attribute_int(graph.nodes[0], "group", 7), 7);
}
END_TEST

START_TEST(a_graph_in_order_keeps_its_order)
{
    add_input("x", "4");
    add_node("Relu", "left", "x", "l");
    add_node("Sigmoid", "right", "x", "r");
    add_node("Relu", "unread", "x", "u");
    add_node("Add", "sum", "r l", "y");
    add_output("y");
    ck_assert_int_eq(import(), SENET_OK);
    static const char *const names[] = {"left", "right", "unread", "sum"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(graph.nodes[i]->name, names[i]);
}
END_TEST

START_TEST(a_graph_out_of_order_is_sorted)
{
    add_input("x", "4");
    add_node("Add", "sum", "r l", "y");
    add_node("Relu", "left", "r", "l");
    add_node("Sigmoid", "right", "x", "r");
    add_output("y");
    ck_assert_int_eq(import(), SENET_OK);
    static const char *const names[] = {"right", "left", "sum"};
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(graph.nodes[i]->name, names[i]);
}
END_TEST

START_TEST(an_initialiser_among_the_inputs_is_no_input)
{
    add_input("w", "4");
    build_relu();
    add_zeros("w", "4", 4);
    add_node("Add", "", "y w", "z");
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_uint_eq(graph.input_count, 1);
    ck_assert_str_eq(graph.inputs[0]->name, "x");
}
END_TEST

START_TEST(outputs_for_training_are_dropped)
{
    build_relu();
    add_node("Dropout", "drop", "y", "z mask");
    add_zeros("s", "4", 4);
    add_node("BatchNormalization", "norm", "z s s s s", "n mean - - variance");
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_int_eq(graph.nodes[1]->output_count, 1);
    ck_assert_int_eq(graph.nodes[2]->output_count, 1);
}
END_TEST

START_TEST(outputs_for_training_may_not_be_read)
{
    build_relu();
    add_node("Dropout", "drop", "y", "z mask");
    add_node("Identity", "reader", "mask", "m");
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "Dropout node 'drop'");
}
END_TEST

START_TEST(both_names_of_the_default_domain_are_known)
{
    build_relu();
    builder.opset.domain = arena_strdup(&arena, "ai.onnx");
    builder.nodes[0]->domain = builder.opset.domain;
    ck_assert_int_eq(import(), SENET_OK);
}
END_TEST

static const struct {
    const char *list, *name;
} scopes[] = {
    {"['', 'layer1', 'layer1.0', 'layer1.0.se', 'mul']", "/layer1/layer1.0/layer1.0.se/act"},
    {"['', \"it's\", 'mul']", "/it's/act"},
    {"['', 'mul']", "act"},
    {"['mul']", "act"},
    {"['', 'layer1', 'mul", "act"},
    {"[", "act"},
    {"", "act"},
};

/* As PyTorch's newer exporter writes them. */
START_TEST(scopes_in_the_metadata_come_before_the_name)
{
    Onnx__StringStringEntryProto entries[2] = {ONNX__STRING_STRING_ENTRY_PROTO__INIT,
                                               ONNX__STRING_STRING_ENTRY_PROTO__INIT},
                                 *list[] = {&entries[0], &entries[1]};
    build_relu();
    entries[1].key = arena_strdup(&arena, "pkg.torch.onnx.name_scopes");
    entries[1].value = arena_strdup(&arena, scopes[_i].list);
    builder.nodes[0]->metadata_props = list;
    builder.nodes[0]->n_metadata_props = 2;
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_str_eq(graph.nodes[0]->name, scopes[_i].name);
}
END_TEST

START_TEST(a_cycle_is_refused)
{
    build_relu();
    add_node("Add", "first", "b x", "a");
    add_node("Relu", "second", "a", "b");
    ck_assert_refused(SENET_MODEL_MALFORMED, "node 'first'");
}
END_TEST

START_TEST(a_node_that_feeds_itself_is_refused)
{
    build_relu();
    add_node("Relu", "ouroboros", "a", "a");
    ck_assert_refused(SENET_MODEL_MALFORMED, "node 'ouroboros'");
}
END_TEST

START_TEST(a_value_produced_twice_is_refused)
{
    build_relu();
    add_node("Sigmoid", "rival", "x", "y");
    ck_assert_refused(SENET_MODEL_MALFORMED, "'y'");
}
END_TEST

START_TEST(a_node_that_produces_an_input_or_initialiser_is_refused)
{
    build_relu();
    add_zeros("w", "1", 1);
    add_node("Relu", "usurper", "x", _i ? "w" : "x");
    ck_assert_refused(SENET_MODEL_MALFORMED, "node 'usurper'");
}
END_TEST

START_TEST(inputs_and_initialisers_may_not_repeat)
{
    build_relu();
    if (_i) {
        add_input("x", "4");
    } else {
        add_zeros("x2", "1", 1);
        add_zeros("x2", "1", 1);
    }
    ck_assert_refused(SENET_MODEL_MALFORMED, "'x");
}
END_TEST

START_TEST(an_undefined_input_is_refused)
{
    build_relu();
    add_node("Add", "sum", "y nothing", "z");
    ck_assert_refused(SENET_MODEL_MALFORMED, "Add node 'sum'");
    ck_assert_ptr_nonnull(strstr(error.message, "'nothing'"));
}
END_TEST

START_TEST(an_undefined_output_of_the_graph_is_refused)
{
    build_relu();
    add_output("nothing");
    ck_assert_refused(SENET_MODEL_MALFORMED, "'nothing'");
}
END_TEST

static const struct {
    const char *type, *inputs, *outputs;
} bad_arities[] = {
    {"Relu", "", "z"},
    {"Relu", "x y", "z"},
    {"Relu", "x", ""},
    {"Relu", "x", "z u"},
    {"Relu", "x", "-"},
    {"Conv", "x", "z"},
    {"BatchNormalization", "x", "z"},
    {"Concat", "", "z"},
    {"Conv", "x -", "z"},
    {"Constant", "x", "z"},
};

START_TEST(a_node_with_too_few_or_many_operands_is_refused)
{
    build_relu();
    add_node(bad_arities[_i].type, "odd", bad_arities[_i].inputs, bad_arities[_i].outputs);
    ck_assert_refused(SENET_MODEL_MALFORMED, "node 'odd'");
}
END_TEST

START_TEST(an_attribute_of_the_wrong_type_is_refused)
{
    build_relu();
    add_attribute(add_node("Softmax", "soft", "x", "z"), "axis", 7);
    ck_assert_refused(SENET_MODEL_MALFORMED, "Softmax node 'soft': attribute 'axis'");
}
END_TEST

START_TEST(an_attribute_that_holds_a_graph_is_refused)
{
    build_relu();
    add_attribute(add_node("Softmax", "soft", "x", "z"), "body", 5);
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "Softmax node 'soft': attribute 'body'");
}
END_TEST

static const struct {
    int32_t type;
    enum dtype dtype;
} input_types[] = {
    {FLOAT, DTYPE_FLOAT32},    {DOUBLE, DTYPE_FLOAT32}, {FLOAT16, DTYPE_FLOAT32},
    {BFLOAT16, DTYPE_FLOAT32}, {INT8, DTYPE_INT64},     {UINT8, DTYPE_INT64},
    {INT32, DTYPE_INT64},      {UINT64, DTYPE_INT64},   {BOOL, DTYPE_INT64},
};

START_TEST(an_input_has_one_of_two_types)
{
    build_relu();
    builder.inputs[0]->type->tensor_type->elem_type = input_types[_i].type;
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_int_eq(graph.inputs[0]->dtype, input_types[_i].dtype);
}
END_TEST

/* A name ("batch") is a field that is not read. */
START_TEST(a_dimension_without_a_size_is_open)
{
    build_relu();
    Onnx__TensorShapeProto__Dimension *dim = builder.inputs[0]->type->tensor_type->shape->dim[1];
    dim->has_dim_value = _i;
    dim->dim_value = -1;
    ck_assert_int_eq(import(), SENET_OK);
    ck_assert_int_eq(graph.inputs[0]->shape.rank, 2);
    ck_assert_int_eq(graph.inputs[0]->shape.dim[1], -1);
}
END_TEST

START_TEST(an_input_that_is_no_tensor_of_numbers_is_refused)
{
    build_relu();
    Onnx__ValueInfoProto *input = builder.inputs[0];
    input->type->tensor_type->elem_type = STRING;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "input 'x' is of element type 'string'");
    input->type->tensor_type->elem_type = FLOAT;
    input->type->tensor_type->shape = NULL;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "input 'x' has no shape");
    input->type->tensor_type = NULL;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "input 'x' is not a tensor");
    input->type = NULL;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "input 'x' is not a tensor");
    input->name = NULL;
    ck_assert_refused(SENET_MODEL_MALFORMED, "no name");
}
END_TEST

START_TEST(an_input_of_impossible_shape_is_refused)
{
    static const struct {
        const char *dims;
        enum senet_code code;
    } shapes[] = {{"2x0", SENET_MODEL_UNSUPPORTED},
                  {"2x-5", SENET_MODEL_MALFORMED},
                  {"1x1x1x1x1x1x1x1x1", SENET_MODEL_UNSUPPORTED}};
    build_relu();
    builder.inputs[0] = make_value_info("x", shapes[_i].dims);
    ck_assert_refused(shapes[_i].code, "'x'");
}
END_TEST

START_TEST(a_graph_without_outputs_is_refused)
{
    build_relu();
    builder.graph.n_output = 0;
    ck_assert_refused(SENET_MODEL_MALFORMED, "no outputs");
    builder.graph.n_output = 1;
    builder.model.graph = NULL;
    ck_assert_refused(SENET_MODEL_MALFORMED, "no graph");
}
END_TEST

START_TEST(an_unknown_opset_is_refused)
{
    static const struct {
        int64_t version;
        enum senet_code code;
    } opsets[] = {{5, SENET_MODEL_UNSUPPORTED},
                  {29, SENET_MODEL_UNSUPPORTED},
                  {-1, SENET_MODEL_UNSUPPORTED},
                  {0, SENET_MODEL_MALFORMED},
                  {INT64_MAX, SENET_MODEL_UNSUPPORTED}};
    build_relu();
    builder.opset.version = opsets[_i].version;
    ck_assert_refused(opsets[_i].code, "perator set");
    builder.model.n_opset_import = 0;
    ck_assert_refused(SENET_MODEL_MALFORMED, "operator set");
}
END_TEST

START_TEST(all_nodes_of_unsupported_operators_are_named)
{
    build_relu();
    add_node("Wobble", "/up/Wobble", "x", "a");
    add_node("Frob", "/gelu/Frob", "x", "b");
    add_node("Wobble", "/up2/Wobble", "x", "c");
    add_node("Frob", "", "x", "d");
    add_node("SE", "se", "x", "e"); /* ours alone, no file may have it */
    add_node("Relu", "/own/Relu", "x", "f")->domain = arena_strdup(&arena, "com.microsoft");
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "4 unsupported operators in 6 nodes: Frob ('/gelu/Frob', a nameless "
                                               "node), com.microsoft.Relu ('/own/Relu'), SE ('se'), "
                                               "Wobble ('/up/Wobble', '/up2/Wobble')");
}
END_TEST

/* Every operator is named, each with as many of its nodes as all of them can. */
START_TEST(unsupported_nodes_that_do_not_fit_are_counted)
{
    build_relu();
    for (char name[] = "/a/scope/that/is/longer/than/most/scopes/are/A"; name[45] <= 'Z'; name[45]++)
        add_node("Frob", name, "x", "z");
    add_node("Wobble", "/up/Wobble", "x", "a");
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "2 unsupported operators in 27 nodes: Frob ('/a/scope/");
    int named = 0;
    for (const char *at = error.message; (at = strstr(at, "/a/scope")); at++)
        named++;
    const char *more = strstr(error.message, " and ");
    ck_assert_ptr_nonnull(more);
    ck_assert_int_ge(named, 10);
    ck_assert_int_eq(named + atoi(more + strlen(" and ")), 26);
    ck_assert_ptr_nonnull(strstr(more, " more), Wobble ('/up/Wobble')"));
}
END_TEST

/* With so many, how many nodes each has must do. */
START_TEST(unsupported_operators_that_do_not_fit_are_counted)
{
    build_relu();
    for (char type[] = "AnOperatorWithANameThatIsQuiteLongA"; type[34] <= 'Z'; type[34]++)
        add_node(type, "n", "x", "z");
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "26 unsupported operators in 26 nodes: AnOperator");
    const char *more = strstr(error.message, ", ... (");
    ck_assert_ptr_nonnull(more);
    int named = 0;
    for (const char *at = error.message; (at = strstr(at, "AnOperator")); at++)
        named++;
    ck_assert_int_ge(named, 15);
    ck_assert_int_eq(named + atoi(more + strlen(", ... (")), 26);
    ck_assert_ptr_nonnull(strstr(more, " more)"));
}
END_TEST

/* The subgraph is in a field that onnx.proto does not have: AttributeProto.g, 6. */
START_TEST(an_operator_with_a_subgraph_is_refused_by_name)
{
    static const char *const types[] = {"If", "Loop", "Scan"};
    static uint8_t subgraph[] = {0x12, 1, 'g'}; /* named so */
    ProtobufCMessageUnknownField field = {6, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, 0, NULL};
    uint8_t prefixed[] = {3, subgraph[0], subgraph[1], subgraph[2]};
    field.data = prefixed;
    field.len = sizeof prefixed;
    build_relu();
    Onnx__AttributeProto *body = add_attribute(add_node(types[_i], "/branch", "x", "z"), "body", 5);
    body->base.n_unknown_fields = 1;
    body->base.unknown_fields = &field;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "1 unsupported operator in 1 node: ");
    ck_assert_ptr_nonnull(strstr(error.message, types[_i]));
    ck_assert_ptr_nonnull(strstr(error.message, "('/branch')"));
}
END_TEST

START_TEST(a_sparse_initialiser_is_refused)
{
    Onnx__SparseTensorProto sparse = ONNX__SPARSE_TENSOR_PROTO__INIT, *list[] = {&sparse};
    build_relu();
    sparse.values = make_tensor("thin", FLOAT, "0");
    builder.graph.sparse_initializer = list;
    builder.graph.n_sparse_initializer = 1;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "initialiser 'thin' is sparse");
    sparse.values = NULL;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "initialiser '' is sparse");
}
END_TEST

START_TEST(a_nameless_node_without_operator_is_refused)
{
    build_relu();
    builder.nodes[0]->op_type = NULL;
    builder.nodes[0]->name = NULL;
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "1 unsupported operator in 1 node: (none) (a nameless node)");
}
END_TEST

static void add_read_tests(Suite *suite)
{
    TCase *tests = tcase_create("read");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_small_graph_is_read_as_written);
    tcase_add_test(tests, values_know_their_shapes_and_readers);
    tcase_add_test(tests, attributes_are_copied);
    tcase_add_test(tests, a_graph_in_order_keeps_its_order);
    tcase_add_test(tests, a_graph_out_of_order_is_sorted);
    tcase_add_test(tests, an_initialiser_among_the_inputs_is_no_input);
    tcase_add_test(tests, outputs_for_training_are_dropped);
    tcase_add_test(tests, outputs_for_training_may_not_be_read);
    tcase_add_test(tests, both_names_of_the_default_domain_are_known);
    tcase_add_loop_test(tests, an_input_has_one_of_two_types, 0, sizeof input_types / sizeof *input_types);
    tcase_add_loop_test(tests, a_dimension_without_a_size_is_open, 0, 2);
    tcase_add_loop_test(tests, scopes_in_the_metadata_come_before_the_name, 0, sizeof scopes / sizeof *scopes);
    suite_add_tcase(suite, tests);
}

static void add_graph_tests(Suite *suite)
{
    TCase *tests = tcase_create("hostile graphs");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_cycle_is_refused);
    tcase_add_test(tests, a_node_that_feeds_itself_is_refused);
    tcase_add_test(tests, a_value_produced_twice_is_refused);
    tcase_add_loop_test(tests, a_node_that_produces_an_input_or_initialiser_is_refused, 0, 2);
    tcase_add_loop_test(tests, inputs_and_initialisers_may_not_repeat, 0, 2);
    tcase_add_test(tests, an_undefined_input_is_refused);
    tcase_add_test(tests, an_undefined_output_of_the_graph_is_refused);
    tcase_add_loop_test(tests, a_node_with_too_few_or_many_operands_is_refused, 0,
                        sizeof bad_arities / sizeof *bad_arities);
    tcase_add_test(tests, an_attribute_of_the_wrong_type_is_refused);
    tcase_add_test(tests, an_attribute_that_holds_a_graph_is_refused);
    tcase_add_test(tests, an_input_that_is_no_tensor_of_numbers_is_refused);
    tcase_add_loop_test(tests, an_input_of_impossible_shape_is_refused, 0, 3);
    tcase_add_test(tests, a_graph_without_outputs_is_refused);
    tcase_add_loop_test(tests, an_unknown_opset_is_refused, 0, 5);
    tcase_add_test(tests, all_nodes_of_unsupported_operators_are_named);
    tcase_add_test(tests, unsupported_nodes_that_do_not_fit_are_counted);
    tcase_add_test(tests, unsupported_operators_that_do_not_fit_are_counted);
    tcase_add_loop_test(tests, an_operator_with_a_subgraph_is_refused_by_name, 0, 3);
    tcase_add_test(tests, a_sparse_initialiser_is_refused);
    tcase_add_test(tests, a_nameless_node_without_operator_is_refused);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("onnx");
    add_read_tests(suite);
    add_graph_tests(suite);
    return harness_run(suite);
}
