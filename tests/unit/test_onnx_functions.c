/* Calls of functions that a file defines itself become the nodes of these. */
#include "graph/ops.h"
#include "onnx_builder.h"

/* Gate(x, s) -> y: y = x * sigmoid(s) */
static Onnx__FunctionProto *add_gate(void)
{
    Onnx__FunctionProto *gate = add_function("Gate", "x s", "y");
    add_inner(gate, "Sigmoid", "Sigmoid", "s", "g");
    add_inner(gate, "Mul", "/Mul", "x g", "y");
    return gate;
}

static void assert_names(const char *names)
{
    size_t count;
    char **expected = split(names, &count);
    ck_assert_uint_eq(graph.node_count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(graph.nodes[i]->name, expected[i]);
}

static void import_or_fail(void)
{
    ck_assert_msg(import() == SENET_OK, "%s", error.message);
}

START_TEST(a_call_becomes_the_nodes_of_its_function)
{
    build_relu();
    add_gate();
    as_call(add_node("Gate", "/layer1/se", "y x", "z"));
    add_output("z");
    import_or_fail();
    assert_names("act /layer1/se/Sigmoid /layer1/se/Mul");
    const struct node *sigmoid = graph.nodes[1], *mul = graph.nodes[2];
    ck_assert_int_eq(sigmoid->op, OP_SIGMOID);
    ck_assert_int_eq(mul->op, OP_MUL);
    ck_assert_ptr_eq(sigmoid->inputs[0], graph.inputs[0]);
    ck_assert_ptr_eq(mul->inputs[0], graph.nodes[0]->outputs[0]);
    ck_assert_ptr_eq(mul->inputs[1], sigmoid->outputs[0]);
    ck_assert_ptr_eq(graph.outputs[1], mul->outputs[0]);
    ck_assert_str_eq(graph.outputs[1]->name, "z");
}
END_TEST

START_TEST(calls_share_no_values)
{
    build_relu();
    add_gate();
    as_call(add_node("Gate", "one", "y x", "z"));
    as_call(add_node("Gate", "two", "z y", "g")); /* as the function calls something of its own */
    import_or_fail();
    assert_names("act one/Sigmoid one/Mul two/Sigmoid two/Mul");
    ck_assert_ptr_ne(graph.nodes[1]->outputs[0], graph.nodes[3]->outputs[0]);
    ck_assert_ptr_eq(graph.nodes[4]->inputs[0], graph.nodes[2]->outputs[0]);
    ck_assert_ptr_eq(graph.nodes[4]->inputs[1], graph.nodes[3]->outputs[0]);
}
END_TEST

START_TEST(calls_in_functions_nest_their_names)
{
    build_relu();
    Onnx__FunctionProto *block = add_function("Block", "x", "y");
    add_inner(block, "Relu", "", "x", "a");
    as_call(add_inner(block, "Gate", "se", "a x", "y"));
    add_gate(); /* after the one that calls it */
    as_call(add_node("Block", "/layer1", "y", "z"));
    as_call(add_node("Block", "", "z", "u"));
    import_or_fail();
    assert_names("act /layer1/Relu /layer1/se/Sigmoid /layer1/se/Mul - se/Sigmoid se/Mul");
    ck_assert_ptr_eq(graph.nodes[4]->inputs[0], graph.nodes[3]->outputs[0]);
}
END_TEST

/* Pool(x; size, steps = 2) */
static Onnx__NodeProto *add_pool(const char *call, int64_t size, int64_t steps)
{
    Onnx__NodeProto *node = as_call(add_node("Pool", call, "x", call));
    if (size)
        add_int(node, "size", size);
    if (steps)
        add_int(node, "steps", steps);
    return node;
}

START_TEST(references_are_to_the_call_or_the_default_or_nothing)
{
    build_relu();
    Onnx__FunctionProto *function = add_function("Pool", "x", "y");
    Onnx__NodeProto *inner = add_inner(function, "Flatten", "Flatten", "x", "y");
    add_reference(inner, "axis", 2, "steps");
    add_reference(inner, "other", 2, "size");
    add_int(inner, "constant", 5);
    function->attribute_proto[function->n_attribute_proto++] = make_int("steps", 2);
    static const struct {
        const char *name;
        int64_t size, steps, axis, other;
    } calls[] = {{"both", 3, 4, 4, 3}, {"first", 3, 0, 2, 3}, {"none", 0, 0, 2, -1}};
    for (size_t i = 0; i < 3; i++)
        add_pool(calls[i].name, calls[i].size, calls[i].steps);
    import_or_fail();
    for (size_t i = 0; i < 3; i++) {
        const struct node *node = graph.nodes[i + 1];
        ck_assert_int_eq(node_attribute_int(node, "axis", -1), calls[i].axis);
        ck_assert_int_eq(node_attribute_int(node, "other", -1), calls[i].other);
        ck_assert_int_eq(node_attribute_int(node, "constant", -1), 5);
        ck_assert_uint_eq(node->attribute_count, calls[i].size ? 3 : 2);
    }
}
END_TEST

START_TEST(references_go_through_calls_in_functions)
{
    build_relu();
    Onnx__FunctionProto *outer = add_function("Outer", "x", "y"), *inner = add_function("Inner", "x", "y");
    add_reference(as_call(add_inner(outer, "Inner", "", "x", "y")), "b", 2, "a");
    add_reference(add_inner(inner, "Flatten", "", "x", "y"), "axis", 2, "b");
    inner->attribute_proto[inner->n_attribute_proto++] = make_int("b", 7);
    add_int(as_call(add_node("Outer", "given", "x", "u")), "a", 3);
    as_call(add_node("Outer", "default", "x", "v"));
    import_or_fail();
    ck_assert_int_eq(node_attribute_int(graph.nodes[1], "axis", -1), 3);
    ck_assert_int_eq(node_attribute_int(graph.nodes[2], "axis", -1), 7);
}
END_TEST

static const struct {
    const char *inputs;
    bool has_bias;
} operands[] = {{"x w b", true}, {"x w -", false}, {"x w", false}};

START_TEST(an_operand_that_a_call_omits_is_omitted_inside)
{
    build_convolution();
    add_zeros("b", "2", 2);
    Onnx__FunctionProto *layer = add_function("Layer", "x w b", "y");
    add_inner(layer, "Conv", "", "x w b", "y");
    as_call(add_node("Layer", "call", operands[_i].inputs, "z"));
    import_or_fail();
    ck_assert_int_eq(graph.nodes[2]->op, OP_CONV);
    ck_assert_int_eq(graph.nodes[2]->inputs[2] != NULL, operands[_i].has_bias);
}
END_TEST

START_TEST(an_output_that_a_call_omits_stays_inside)
{
    build_relu();
    Onnx__FunctionProto *pair = add_function("Pair", "x", "a b");
    add_inner(pair, "Relu", "", "x", "a");
    add_inner(pair, "Sigmoid", "", "a", "b");
    as_call(add_node("Pair", "one", "x", "- z"));
    as_call(add_node("Pair", "two", "x", "u"));
    import_or_fail();
    ck_assert_uint_eq(graph.node_count, 5);
    for (size_t i = 1; i < 5; i += 2)
        ck_assert_ptr_eq(graph.nodes[i + 1]->inputs[0], graph.nodes[i]->outputs[0]);
}
END_TEST

START_TEST(an_operand_may_be_handed_through)
{
    build_relu();
    Onnx__FunctionProto *function = add_function("Drop", "x kept", "kept y");
    add_inner(function, "Relu", "", "x", "y");
    as_call(add_node("Drop", "call", "x y", "z u"));
    as_call(add_node("Drop", "other", "x y", "- v"));
    add_output("z");
    import_or_fail();
    assert_names("act call/Relu call/Identity other/Relu");
    ck_assert_int_eq(graph.nodes[2]->op, OP_IDENTITY);
    ck_assert_ptr_eq(graph.nodes[2]->inputs[0], graph.nodes[0]->outputs[0]);
    ck_assert_ptr_eq(graph.nodes[2]->outputs[0], graph.outputs[1]);
}
END_TEST

START_TEST(domain_name_and_overload_choose_the_function)
{
    build_relu();
    static const char *const overloads[] = {"b", NULL, "a"}, *const types[] = {"Relu", "Sigmoid", "HardSwish"};
    for (size_t i = 0; i < 3; i++) {
        Onnx__FunctionProto *function = add_function("Act", "x", "y");
        function->overload = overloads[i] ? arena_strdup(&arena, overloads[i]) : NULL;
        add_inner(function, types[i], "", "x", "y");
    }
    add_inner(add_function("Act", "x", "y"), "Tanh", "", "x", "y");
    builder.functions[3]->domain = arena_strdup(&arena, "com.example.other");
    for (size_t i = 0; i < 3; i++)
        as_call(add_node("Act", "", "x", types[i]))->overload = builder.functions[i]->overload;
    import_or_fail();
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(op_table[graph.nodes[i + 1]->op].name, types[i]);
}
END_TEST

/* What the file says of an operator goes before what ONNX does. */
START_TEST(a_function_may_have_the_name_of_an_operator)
{
    build_relu();
    Onnx__FunctionProto *relu = add_function("Relu", "x", "y");
    relu->domain = _i ? arena_strdup(&arena, "ai.onnx") : NULL;
    add_inner(relu, "Sigmoid", "", "x", "y");
    import_or_fail();
    ck_assert_uint_eq(graph.node_count, 1);
    ck_assert_int_eq(graph.nodes[0]->op, OP_SIGMOID);
}
END_TEST

START_TEST(a_function_may_name_its_own_operator_set)
{
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *list[] = {&opset};
    static const struct {
        const char *type;
        int64_t version;
        const char *message; /* NULL when it is read */
    } cases[] = {{"Relu", 9, NULL},
                 {"Softmax", 17, NULL},
                 {"Softmax", 12, "function 'com.example.Act': Softmax means something else in its operator set 12"},
                 {"Relu", 5, "function 'com.example.Act' is written for operator set 5"},
                 {"Relu", 99, "function 'com.example.Act' is written for operator set 99"}};
    build_relu();
    Onnx__FunctionProto *function = add_function("Act", "x", "y");
    add_inner(function, cases[_i].type, "", "x", "y");
    opset.has_version = true;
    opset.version = cases[_i].version;
    function->opset_import = list;
    function->n_opset_import = 1;
    as_call(add_node("Act", "", "x", "z"));
    if (cases[_i].message)
        ck_assert_refused(SENET_MODEL_UNSUPPORTED, cases[_i].message);
    else
        import_or_fail();
}
END_TEST

/* ----------------------------------------------------------------- refused */

START_TEST(unsupported_nodes_in_functions_are_named_with_their_calls)
{
    build_relu();
    add_inner(add_function("Layer", "x", "y"), "Frob", "inner", "x", "y");
    as_call(add_node("Layer", "/one", "x", "z"));
    as_call(add_node("Layer", "/two", "x", "u"));
    as_call(add_node("Missing", "/three", "x", "v"));
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "2 unsupported operators in 3 nodes: Frob ('/one/inner', '/two/inner'), "
                                               "com.example.Missing ('/three')");
}
END_TEST

/* Function `i` calls function (i + 1) % `length`. */
START_TEST(a_function_that_calls_itself_is_refused)
{
    int length = _i;
    build_relu();
    for (int i = 0; i < length; i++) {
        Onnx__FunctionProto *function = add_function(arena_printf(&arena, "F%d", i), "x", "y");
        as_call(add_inner(function, arena_printf(&arena, "F%d", (i + 1) % length), "", "x", "y"));
    }
    import_or_fail(); /* while nobody calls it */
    as_call(add_node("F0", "", "x", "z"));
    ck_assert_refused(SENET_MODEL_MALFORMED, "function 'com.example.F0': it calls itself");
}
END_TEST

/* A chain of `length` functions, each of which calls the next `times` times; the last one has a node or none. */
static void build_chain(int length, int times, bool empty)
{
    Onnx__FunctionProto **functions = arena_alloc(&arena, (size_t)length, sizeof *functions);
    build_relu();
    for (int i = 0; i < length; i++) {
        builder.model.n_functions = 0; /* there are more than the builder has room for */
        functions[i] = add_function(arena_printf(&arena, "F%d", i), "x", "y");
        for (int call = 0; call < times && i + 1 < length; call++)
            as_call(add_inner(functions[i], arena_printf(&arena, "F%d", i + 1), "n", "x", call ? "-" : "y"));
    }
    if (!empty)
        add_inner(functions[length - 1], "Relu", "n", "x", "y");
    builder.model.functions = functions;
    builder.model.n_functions = (size_t)length;
    as_call(add_node("F0", "n", "x", "z"));
}

START_TEST(functions_nest_up_to_a_limit)
{
    build_chain(64, 1, false);
    import_or_fail();
    ck_assert_uint_eq(graph.node_count, 2);
    tear_down();
    arena = (struct arena){0};
    set_up();
    build_chain(65, 1, false);
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "it is more than 64 functions deep");
}
END_TEST

/* 2^63 calls in a few kilobytes, of functions that hold nodes or nothing but calls. */
START_TEST(functions_that_multiply_are_refused)
{
    build_chain(_i < 2 ? 64 : 5, _i < 2 ? 2 : 30, _i % 2);
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "more than 65536 nodes");
    ck_assert_uint_le(arena.total, (size_t)4 << 20);
}
END_TEST

/* A name of a kilobyte, which each level repeats, and a constant of a megabyte. */
START_TEST(functions_may_not_multiply_what_takes_memory)
{
    enum { LONG = 40000 };
    char *name = arena_alloc(&arena, LONG + 1, 1);
    memset(name, 'n', LONG);
    build_chain(16, 2, false);
    for (size_t i = 0; i < builder.model.n_functions && _i == 0; i++)
        builder.model.functions[i]->node[0]->name = builder.model.functions[i]->node[0]->output[0] = name;
    for (size_t i = 0; i < builder.model.n_functions && _i == 0; i++)
        builder.model.functions[i]->output[0] = name;
    if (_i == 1) {
        Onnx__NodeProto *last = builder.model.functions[15]->node[0];
        last->op_type = arena_strdup(&arena, "Constant");
        last->n_input = 0;
        Onnx__AttributeProto *attribute = add_attribute(last, "value", 4);
        attribute->t = make_tensor("", UINT8, "1048576");
        char *zeros = calloc(1 << 20, 1);
        set_raw(attribute->t, zeros, 1 << 20);
        free(zeros);
    }
    ck_assert_refused(SENET_MODEL_UNSUPPORTED, "expanding it takes more memory than it may");
}
END_TEST

static void spoil_nothing(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)gate;
    (void)call;
}

static void repeat_function(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    builder.functions[builder.model.n_functions++] = gate;
}

static void repeat_input(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    gate->input = split("s s", &gate->n_input);
}

static void repeat_output(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    gate->output = split("y y", &gate->n_output);
}

static void hand_through_twice(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    gate->output = split("y x x", &gate->n_output);
}

static void give_too_many_inputs(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)gate;
    call->input = split("x y x", &call->n_input);
}

static void ask_for_too_many_outputs(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)gate;
    call->output = split("z u", &call->n_output);
}

static void write_an_input(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    add_inner(gate, "Relu", "usurper", "s", "x");
}

static void read_from_outside(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    add_inner(gate, "Add", "spy", "x act", "v");
}

static void forget_the_output(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    gate->n_node = 1;
    add_output("z");
}

static void go_in_circles(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    add_inner(gate, "Add", "snake", "tail x", "tail");
}

static void give_another_type(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    add_reference(gate->node[0], "alpha", 1, "a");
    add_int(call, "a", 3);
}

static void refer_in_the_graph(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)gate;
    (void)call;
    add_reference(add_node("Flatten", "flat", "x", "f"), "axis", 2, "a");
}

static void refer_in_a_default(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)call;
    add_reference(gate->node[0], "alpha", 2, "a");
    gate->attribute_proto[gate->n_attribute_proto++] = make_int("a", 1);
    gate->attribute_proto[0]->ref_attr_name = gate->attribute_proto[0]->name;
}

static void pile_up_attributes(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    (void)gate;
    call->attribute = arena_alloc(&arena, 257, sizeof *call->attribute);
    for (call->n_attribute = 0; call->n_attribute < 257;)
        add_int(call, "a", 1);
}

static void pile_up_inner_attributes(Onnx__FunctionProto *gate, Onnx__NodeProto *call)
{
    pile_up_attributes(gate, call);
    gate->node[1]->attribute = call->attribute;
    gate->node[1]->n_attribute = call->n_attribute;
    call->n_attribute = 0;
}

static const struct {
    void (*spoil)(Onnx__FunctionProto *gate, Onnx__NodeProto *call);
    enum senet_code code;
    const char *message;
} spoilt[] = {
    {spoil_nothing, SENET_OK, NULL},
    {repeat_function, SENET_MODEL_MALFORMED, "function 'com.example.Gate': it is defined twice"},
    {repeat_input, SENET_MODEL_MALFORMED, "function 'com.example.Gate': it has two operands 's'"},
    {repeat_output, SENET_MODEL_MALFORMED, "it has two operands 'y'"},
    {hand_through_twice, SENET_MODEL_MALFORMED, "it has two operands 'x'"},
    {give_too_many_inputs, SENET_MODEL_MALFORMED, "its call 'call' has 3 inputs and 1 outputs, it has 2 and 1"},
    {ask_for_too_many_outputs, SENET_MODEL_MALFORMED, "its call 'call' has 2 inputs and 2 outputs"},
    {write_an_input, SENET_MODEL_MALFORMED, "Relu node 'call/usurper': its output 'x' is defined elsewhere too"},
    {read_from_outside, SENET_MODEL_MALFORMED, "Add node 'call/spy': its input 'act#1' is defined nowhere"},
    {forget_the_output, SENET_MODEL_MALFORMED, "output 'z' of the graph is defined nowhere"},
    {go_in_circles, SENET_MODEL_MALFORMED, "Add node 'call/snake': it depends on its own output"},
    {give_another_type, SENET_MODEL_MALFORMED, "its attribute 'a' is given the wrong type"},
    {refer_in_the_graph, SENET_MODEL_MALFORMED, "Flatten node 'flat': attribute 'axis' refers to one of a function"},
    {refer_in_a_default, SENET_MODEL_MALFORMED, "attribute 'alpha' refers to one of a function"},
    {pile_up_attributes, SENET_MODEL_UNSUPPORTED, "it or its call 'call' has more than 256 attributes"},
    {pile_up_inner_attributes, SENET_MODEL_UNSUPPORTED, "a node of it has more than 256 attributes"},
};

START_TEST(a_spoilt_function_or_call_is_refused)
{
    build_relu();
    Onnx__FunctionProto *gate = add_gate();
    spoilt[_i].spoil(gate, as_call(add_node("Gate", "call", "x y", "z")));
    if (spoilt[_i].message)
        ck_assert_refused(spoilt[_i].code, spoilt[_i].message);
    else
        import_or_fail();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("onnx_functions");
    TCase *read = tcase_create("read");
    tcase_add_checked_fixture(read, set_up, tear_down);
    tcase_add_test(read, a_call_becomes_the_nodes_of_its_function);
    tcase_add_test(read, calls_share_no_values);
    tcase_add_test(read, calls_in_functions_nest_their_names);
    tcase_add_test(read, references_are_to_the_call_or_the_default_or_nothing);
    tcase_add_test(read, references_go_through_calls_in_functions);
    tcase_add_loop_test(read, an_operand_that_a_call_omits_is_omitted_inside, 0, 3);
    tcase_add_test(read, an_output_that_a_call_omits_stays_inside);
    tcase_add_test(read, an_operand_may_be_handed_through);
    tcase_add_test(read, domain_name_and_overload_choose_the_function);
    tcase_add_loop_test(read, a_function_may_have_the_name_of_an_operator, 0, 2);
    tcase_add_loop_test(read, a_function_may_name_its_own_operator_set, 0, 5);
    suite_add_tcase(suite, read);
    TCase *refused = tcase_create("refused");
    tcase_add_checked_fixture(refused, set_up, tear_down);
    tcase_set_timeout(refused, 60);
    tcase_add_test(refused, unsupported_nodes_in_functions_are_named_with_their_calls);
    tcase_add_loop_test(refused, a_function_that_calls_itself_is_refused, 1, 4);
    tcase_add_test(refused, functions_nest_up_to_a_limit);
    tcase_add_loop_test(refused, functions_that_multiply_are_refused, 0, 4);
    tcase_add_loop_test(refused, functions_may_not_multiply_what_takes_memory, 0, 2);
    tcase_add_loop_test(refused, a_spoilt_function_or_call_is_refused, 0, sizeof spoilt / sizeof *spoilt);
    suite_add_tcase(suite, refused);
    return harness_run(suite);
}
