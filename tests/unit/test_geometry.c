#include "graph/geometry.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

/* One spatial dimension's attributes; the other is always the same in a test. */
struct axis_case {
    int64_t in, kernel, stride, dilation, pad_begin, pad_end;
    bool ceil_mode;
    const char *auto_pad; /* NULL for pads */
};

/* A pool or convolution over `axis` along the height, and over one column. */
struct fixture {
    struct arena arena;
    struct graph graph;
    struct node *node;
    struct attribute attributes[12];
    int64_t kernel[2], strides[2], dilations[2], pads[4];
    struct senet_error error;
};

static void add_ints(struct fixture *fixture, const char *name, const int64_t *ints, size_t count)
{
    fixture->attributes[fixture->node->attribute_count++] =
        (struct attribute){.name = name, .type = ATTRIBUTE_INTS, .ints = ints, .count = count};
}

static void add_int(struct fixture *fixture, const char *name, int64_t number)
{
    fixture->attributes[fixture->node->attribute_count++] =
        (struct attribute){.name = name, .type = ATTRIBUTE_INT, .i = number};
}

static void set_up(struct fixture *fixture, enum op op, const struct axis_case *axis)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->graph.arena = &fixture->arena;
    struct node *node = fixture->node = graph_new_node(&fixture->graph, op, "window", op == OP_CONV ? 2 : 1, 1);
    node->attributes = fixture->attributes;
    node->inputs[0] = graph_add_value(&fixture->graph, "x");
    node->outputs[0] = graph_add_value(&fixture->graph, "y");
    node->inputs[0]->shape = (struct senet_shape){4, {2, 6, axis->in, 1}};
    if (op == OP_CONV) {
        node->inputs[1] = graph_add_value(&fixture->graph, "w");
        node->inputs[1]->shape = (struct senet_shape){4, {9, 2, axis->kernel, 1}};
        add_int(fixture, "group", 3);
    }
    fixture->kernel[0] = axis->kernel;
    fixture->strides[0] = axis->stride;
    fixture->dilations[0] = axis->dilation;
    fixture->kernel[1] = fixture->strides[1] = fixture->dilations[1] = 1;
    fixture->pads[0] = axis->pad_begin;
    fixture->pads[2] = axis->pad_end;
    add_ints(fixture, "kernel_shape", fixture->kernel, 2);
    add_ints(fixture, "strides", fixture->strides, 2);
    add_ints(fixture, "dilations", fixture->dilations, 2);
    add_ints(fixture, "pads", fixture->pads, 4);
    add_int(fixture, "ceil_mode", axis->ceil_mode);
    if (axis->auto_pad)
        fixture->attributes[node->attribute_count++] =
            (struct attribute){.name = "auto_pad", .type = ATTRIBUTE_STRING, .s = axis->auto_pad};
}

/* How many windows the specification allows, found by sliding. */
static int64_t slide(const struct axis_case *axis)
{
    int64_t reach = (axis->kernel - 1) * axis->dilation + 1, padded = axis->in + axis->pad_begin + axis->pad_end;
    int64_t windows = 0;
    if (reach > padded)
        return 0;
    for (int64_t start = 0; start + reach <= padded; start += axis->stride)
        windows++;
    windows += axis->ceil_mode && (padded - reach) % axis->stride != 0;
    return windows - (axis->ceil_mode && (windows - 1) * axis->stride >= axis->in + axis->pad_begin);
}

static bool every_window_touches_input(const struct axis_case *axis, int64_t windows)
{
    for (int64_t window = 0; window < windows; window++) {
        bool touches = false;
        for (int64_t tap = 0; tap < axis->kernel; tap++) {
            int64_t row = window * axis->stride - axis->pad_begin + tap * axis->dilation;
            touches |= row >= 0 && row < axis->in;
        }
        if (!touches)
            return false;
    }
    return true;
}

/* Number `index` of all small combinations. */
static struct axis_case combination(int index)
{
    struct axis_case axis = {.in = 1 + index % 7};
    axis.kernel = 1 + (index /= 7) % 4;
    axis.stride = 1 + (index /= 4) % 3;
    axis.dilation = 1 + (index /= 3) % 3;
    axis.pad_begin = (index /= 3) % 3;
    axis.pad_end = (index /= 3) % 3;
    axis.ceil_mode = index / 3 % 2;
    return axis;
}

#define COMBINATIONS (7 * 4 * 3 * 3 * 3 * 3 * 2)

static const char *describe(const struct axis_case *axis)
{
    static char text[160];
    snprintf(text, sizeof text, "in %lld kernel %lld stride %lld dilation %lld pads %lld %lld ceil %d",
             (long long)axis->in, (long long)axis->kernel, (long long)axis->stride, (long long)axis->dilation,
             (long long)axis->pad_begin, (long long)axis->pad_end, axis->ceil_mode);
    return text;
}

START_TEST(pool_windows_are_as_many_as_sliding_finds)
{
    for (int i = 0; i < COMBINATIONS; i++) {
        struct axis_case axis = combination(i);
        struct fixture fixture;
        struct window window;
        int64_t windows = slide(&axis);
        set_up(&fixture, OP_MAX_POOL, &axis);
        enum senet_code code = pool_window(fixture.node, &window, &fixture.error);
        if (windows == 0)
            ck_assert_msg(code == SENET_MODEL_MALFORMED, "%s: code %d", describe(&axis), (int)code);
        else if (!every_window_touches_input(&axis, windows))
            ck_assert_msg(code == SENET_MODEL_UNSUPPORTED, "%s: code %d", describe(&axis), (int)code);
        else if (code == SENET_OK)
            ck_assert_msg(window.out_h == windows && window.out_w == 1, "%s: %lld, expected %lld", describe(&axis),
                          (long long)window.out_h, (long long)windows);
        else /* refused without need, but no framework writes such a pool */
            ck_assert_msg(axis.kernel > 1 && axis.dilation > axis.in, "%s: code %d", describe(&axis), (int)code);
        arena_release(&fixture.arena);
    }
}
END_TEST

START_TEST(convolutions_have_as_many_outputs_as_sliding_finds)
{
    for (int i = 0; i < COMBINATIONS / 2; i++) { /* the first half is without ceil_mode, which Conv has not */
        struct axis_case axis = combination(i);
        struct fixture fixture;
        struct conv_geometry geometry;
        int64_t windows = slide(&axis);
        set_up(&fixture, OP_CONV, &axis);
        enum senet_code code = conv_geometry(fixture.node, &geometry, &fixture.error);
        ck_assert_msg(code == (windows ? SENET_OK : SENET_MODEL_MALFORMED), "%s: code %d", describe(&axis), (int)code);
        if (windows) {
            ck_assert_int_eq(geometry.window.out_h, windows);
            ck_assert_int_eq(geometry.window.pad_top, axis.pad_begin);
            ck_assert_int_eq(geometry.window.pad_bottom, axis.pad_end);
            ck_assert_int_eq(geometry.batch, 2);
            ck_assert_int_eq(geometry.in_channels, 6);
            ck_assert_int_eq(geometry.out_channels, 9);
            ck_assert_int_eq(geometry.groups, 3);
        }
        arena_release(&fixture.arena);
    }
}
END_TEST

static const struct {
    struct axis_case axis;
    int64_t out, pad_begin, pad_end;
} automatic[] = {
    {{.in = 7, .kernel = 3, .stride = 1, .dilation = 1, .auto_pad = "SAME_UPPER"}, 7, 1, 1},
    {{.in = 7, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_UPPER"}, 4, 1, 1},
    {{.in = 8, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_UPPER"}, 4, 0, 1},
    {{.in = 8, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_LOWER"}, 4, 1, 0},
    {{.in = 9, .kernel = 2, .stride = 4, .dilation = 1, .auto_pad = "SAME_LOWER"}, 3, 1, 0},
    {{.in = 8, .kernel = 1, .stride = 3, .dilation = 1, .auto_pad = "SAME_UPPER"}, 3, 0, 0},
    {{.in = 5, .kernel = 3, .stride = 1, .dilation = 2, .auto_pad = "SAME_UPPER"}, 5, 2, 2},
    {{.in = 7, .kernel = 3, .stride = 2, .dilation = 1, .pad_begin = 1, .pad_end = 1, .auto_pad = "VALID"}, 3, 0, 0},
    {{.in = 7, .kernel = 3, .stride = 2, .dilation = 1, .pad_begin = 1, .pad_end = 2, .auto_pad = "NOTSET"}, 4, 1, 2},
};

START_TEST(automatic_padding_is_resolved)
{
    struct fixture fixture;
    struct conv_geometry geometry;
    set_up(&fixture, OP_CONV, &automatic[_i].axis);
    ck_assert_int_eq(conv_geometry(fixture.node, &geometry, &fixture.error), SENET_OK);
    ck_assert_int_eq(geometry.window.out_h, automatic[_i].out);
    ck_assert_int_eq(geometry.window.pad_top, automatic[_i].pad_begin);
    ck_assert_int_eq(geometry.window.pad_bottom, automatic[_i].pad_end);
    arena_release(&fixture.arena);
}
END_TEST

/* What ConvTranspose makes of one axis: its output, and the pads of the convolution that leads back. */
static const struct {
    struct axis_case axis;
    int64_t output_padding, output_shape; /* 0 when it is not stated */
    int64_t size, pad_begin, pad_end;
} transposed[] = {
    {{.in = 3, .kernel = 3, .stride = 1, .dilation = 1}, 0, 0, 5, 0, 0},
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .pad_begin = 1, .pad_end = 1}, 1, 0, 6, 1, 1},
    {{.in = 3, .kernel = 2, .stride = 1, .dilation = 3, .pad_begin = 1}, 0, 0, 5, 1, 0},
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .pad_begin = 1}, 0, 6, 6, 1, 0}, /* the size says the pads */
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_UPPER"}, 0, 4, 4, 1, 2},
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_LOWER"}, 0, 4, 4, 2, 1},
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .auto_pad = "SAME_UPPER"}, 0, 0, 6, 0, 1},
    {{.in = 3, .kernel = 2, .stride = 3, .dilation = 1, .auto_pad = "SAME_LOWER"}, 0, 0, 9, 0, 0}, /* 8 and a zero */
    {{.in = 3, .kernel = 3, .stride = 2, .dilation = 1, .pad_begin = 2, .auto_pad = "VALID"}, 0, 0, 7, 0, 0},
};

START_TEST(transposed_convolutions_have_the_size_that_the_way_back_needs)
{
    const struct axis_case *axis = &transposed[_i].axis;
    const int64_t padding[] = {transposed[_i].output_padding, 0}, shape[] = {transposed[_i].output_shape, 1};
    struct fixture fixture;
    struct conv_geometry geometry;
    set_up(&fixture, OP_CONV, axis);
    fixture.node->op = OP_CONV_TRANSPOSE;
    fixture.node->inputs[1]->shape.dim[0] = 6;
    add_ints(&fixture, "output_padding", padding, 2);
    if (shape[0])
        add_ints(&fixture, "output_shape", shape, 2);
    enum senet_code code = conv_transpose_geometry(fixture.node, &geometry, &fixture.error);
    ck_assert_msg(code == SENET_OK, "%s", fixture.error.message);
    ck_assert_int_eq(geometry.axes[1].in, transposed[_i].size);
    ck_assert_int_eq(geometry.axes[1].out, axis->in);
    ck_assert_int_eq(geometry.axes[1].pad_begin, transposed[_i].pad_begin);
    ck_assert_int_eq(geometry.axes[1].pad_end, transposed[_i].pad_end);
    ck_assert_int_eq(geometry.axes[2].in, 1);
    ck_assert_int_eq(geometry.in_channels, 6);
    ck_assert_int_eq(geometry.out_channels, 6); /* two for each of three groups */
    arena_release(&fixture.arena);
}
END_TEST

/* A rank-3 pool is one of one row; a rank-5 one has a depth besides. */
START_TEST(axes_that_a_tensor_lacks_are_single)
{
    const struct axis_case axis = {.in = 11, .kernel = 5, .stride = 2, .dilation = 1, .pad_begin = 1, .pad_end = 2};
    static const int64_t kernel[] = {5, 4, 3}, strides[] = {2, 3, 1}, dilations[] = {1, 1, 2},
                         pads[] = {1, 0, 2, 2, 3, 1};
    static const struct senet_shape shapes[] = {{3, {2, 6, 11}}, {5, {2, 6, 11, 12, 13}}};
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        struct extent axes[SPATIAL_AXES];
        size_t count = i ? 3 : 1;
        set_up(&fixture, OP_MAX_POOL, &axis);
        fixture.node->attribute_count = 0;
        fixture.node->inputs[0]->shape = shapes[i];
        const int64_t line_pads[] = {1, 2};
        add_ints(&fixture, "kernel_shape", kernel, count);
        add_ints(&fixture, "strides", strides, count);
        add_ints(&fixture, "dilations", dilations, count);
        add_ints(&fixture, "pads", i ? pads : line_pads, 2 * count);
        ck_assert_int_eq(pool_extents(fixture.node, axes, &fixture.error), SENET_OK);
        const struct extent single = {1, 1, 1, 1, 0, 0, 1}, first = {11, 5, 2, 1, 1, 2, 5};
        const struct extent second = {12, 4, 3, 1, 0, 3, 4}, third = {13, 3, 1, 2, 2, 1, 12};
        const struct extent expected[2][SPATIAL_AXES] = {{single, single, first}, {first, second, third}};
        ck_assert_mem_eq(axes, expected[i], sizeof axes);
        arena_release(&fixture.arena);
    }
}
END_TEST

START_TEST(height_and_width_are_not_mixed_up)
{
    const struct axis_case axis = {.in = 11, .kernel = 5, .stride = 2, .dilation = 1, .pad_begin = 1, .pad_end = 2};
    struct fixture fixture;
    struct window window;
    set_up(&fixture, OP_AVERAGE_POOL, &axis);
    fixture.node->inputs[0]->shape.dim[3] = 20;
    fixture.kernel[1] = 3;
    fixture.strides[1] = 4;
    fixture.dilations[1] = 2;
    fixture.pads[1] = 3;
    fixture.pads[3] = 4;
    ck_assert_int_eq(pool_window(fixture.node, &window, &fixture.error), SENET_OK);
    const int64_t expected[] = {5, 3, 2, 4, 1, 2, 1, 3, 2, 4, 11, 20, 5, 6};
    const int64_t actual[] = {window.kernel_h,   window.kernel_w, window.stride_h, window.stride_w,   window.dilation_h,
                              window.dilation_w, window.pad_top,  window.pad_left, window.pad_bottom, window.pad_right,
                              window.in_h,       window.in_w,     window.out_h,    window.out_w};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_msg(actual[i] == expected[i], "field %zu is %lld", i, (long long)actual[i]);
    arena_release(&fixture.arena);
}
END_TEST

/* Each changes one thing of a good convolution: 8x1 input of 6 channels, 9 kernels of 2x3x1, 3 groups. */
enum sabotage {
    STRIDE_ZERO,
    STRIDE_HUGE,
    DILATION_ZERO,
    DILATION_NEGATIVE,
    PAD_NEGATIVE,
    PAD_ENORMOUS,
    GROUP_ZERO,
    GROUP_NEGATIVE,
    GROUP_UNEVEN,
    KERNEL_DISAGREES,
    KERNEL_COUNT,
    PADS_COUNT,
    AUTO_PAD_UNKNOWN,
    INPUT_CHANNELS,
    INPUT_RANK,
    INPUT_INTEGERS,
    WEIGHT_RANK,
    WEIGHT_EMPTY,
    KERNEL_LARGER_THAN_INPUT,
    SABOTAGES
};

static void sabotage_attributes(struct fixture *fixture, enum sabotage what)
{
    const struct {
        enum sabotage what;
        int64_t *number, wrong;
    } changes[] = {
        {STRIDE_ZERO, &fixture->strides[0], 0},          {STRIDE_HUGE, &fixture->strides[1], INT64_MAX},
        {DILATION_ZERO, &fixture->dilations[1], 0},      {DILATION_NEGATIVE, &fixture->dilations[0], INT64_MIN},
        {PAD_NEGATIVE, &fixture->pads[2], -1},           {PAD_ENORMOUS, &fixture->pads[0], INT32_MAX},
        {PAD_ENORMOUS, &fixture->pads[1], INT32_MAX},    {GROUP_ZERO, &fixture->attributes[0].i, 0},
        {GROUP_NEGATIVE, &fixture->attributes[0].i, -3}, {GROUP_UNEVEN, &fixture->attributes[0].i, 2},
        {KERNEL_DISAGREES, &fixture->kernel[0], 2},      {KERNEL_LARGER_THAN_INPUT, &fixture->dilations[0], 4},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].what == what)
            *changes[i].number = changes[i].wrong;
    if (what == KERNEL_COUNT)
        fixture->attributes[1].count = 1;
    if (what == PADS_COUNT)
        fixture->attributes[4].count = 2;
    if (what == AUTO_PAD_UNKNOWN)
        fixture->attributes[6].s = "SAME";
}

static void sabotage_operands(struct fixture *fixture, enum sabotage what)
{
    struct value *input = fixture->node->inputs[0], *weight = fixture->node->inputs[1];
    if (what == INPUT_CHANNELS)
        input->shape.dim[1] = 9;
    if (what == INPUT_RANK)
        input->shape.rank = 3;
    if (what == INPUT_INTEGERS)
        input->dtype = DTYPE_INT64;
    if (what == WEIGHT_RANK)
        weight->shape.rank = 3;
    if (what == WEIGHT_EMPTY)
        weight->shape.dim[0] = 0;
}

START_TEST(a_convolution_that_no_kernel_could_run_is_refused)
{
    const struct axis_case axis = {.in = 8, .kernel = 3, .stride = 1, .dilation = 1, .auto_pad = "NOTSET"};
    struct fixture fixture;
    struct conv_geometry geometry;
    set_up(&fixture, OP_CONV, &axis);
    ck_assert_int_eq(conv_geometry(fixture.node, &geometry, &fixture.error), SENET_OK);
    sabotage_attributes(&fixture, (enum sabotage)_i);
    sabotage_operands(&fixture, (enum sabotage)_i);
    enum senet_code code = conv_geometry(fixture.node, &geometry, &fixture.error);
    ck_assert_msg(code == SENET_MODEL_MALFORMED || code == SENET_MODEL_UNSUPPORTED, "code %d", (int)code);
    ck_assert_int_eq(fixture.error.code, code);
    ck_assert_ptr_nonnull(strstr(fixture.error.message, "Conv node 'window': "));
    arena_release(&fixture.arena);
}
END_TEST

START_TEST(a_pool_needs_a_kernel_shape)
{
    const struct axis_case axis = {.in = 8, .kernel = 3, .stride = 1, .dilation = 1};
    struct fixture fixture;
    struct window window;
    set_up(&fixture, OP_MAX_POOL, &axis);
    fixture.attributes[0].name = "other";
    ck_assert_int_eq(pool_window(fixture.node, &window, &fixture.error), SENET_MODEL_MALFORMED);
    ck_assert_ptr_nonnull(strstr(fixture.error.message, "'kernel_shape' is missing"));
    arena_release(&fixture.arena);
}
END_TEST

START_TEST(the_largest_numbers_do_not_overflow)
{
    const struct axis_case axis = {
        .in = 8, .kernel = INT32_MAX, .stride = INT32_MAX, .dilation = INT32_MAX, .auto_pad = "SAME_LOWER"};
    struct fixture fixture;
    struct window window;
    set_up(&fixture, OP_AVERAGE_POOL, &axis);
    ck_assert_int_eq(pool_window(fixture.node, &window, &fixture.error), SENET_MODEL_UNSUPPORTED);
    arena_release(&fixture.arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry");
    TCase *tests = tcase_create("geometry");
    tcase_add_test(tests, pool_windows_are_as_many_as_sliding_finds);
    tcase_add_test(tests, convolutions_have_as_many_outputs_as_sliding_finds);
    tcase_add_loop_test(tests, automatic_padding_is_resolved, 0, sizeof automatic / sizeof *automatic);
    tcase_add_loop_test(tests, transposed_convolutions_have_the_size_that_the_way_back_needs, 0,
                        sizeof transposed / sizeof *transposed);
    tcase_add_test(tests, axes_that_a_tensor_lacks_are_single);
    tcase_add_test(tests, height_and_width_are_not_mixed_up);
    tcase_add_loop_test(tests, a_convolution_that_no_kernel_could_run_is_refused, 0, SABOTAGES);
    tcase_add_test(tests, a_pool_needs_a_kernel_shape);
    tcase_add_test(tests, the_largest_numbers_do_not_overflow);
    suite_add_tcase(suite, tests);
    return harness_run(suite);
}
