/* Cast and CastLike: every target, and what it cannot hold. */
#include <float.h>

#include "graph/cast_types.h"
#include "kernel_builder.h"

enum { NUMBERS = 12 };

static const float floats[NUMBERS] = {0,     -0.0f, 1.75f, -1.75f, 255.5f,   -129,
                                      70000, -3e9f, 1e19f, -1e30f, INFINITY, NAN};
static const int64_t integers[NUMBERS] = {0,    1,     -1,         2,         255,       256,
                                          -129, 65535, 2147483648, INT64_MAX, INT64_MIN, 16777217};

/* Truncated to int64, at its bounds where beyond, then wrapped to the type. */
static const struct {
    enum cast_type to;
    int64_t from_floats[NUMBERS], from_integers[NUMBERS];
} integer_targets[] = {
    {CAST_UINT8, {0, 0, 1, 255, 255, 127, 112, 0, 255, 0, 255, 0}, {0, 1, 255, 2, 255, 0, 127, 255, 0, 255, 0, 1}},
    {CAST_INT8, {0, 0, 1, -1, -1, 127, 112, 0, -1, 0, -1, 0}, {0, 1, -1, 2, -1, 0, 127, -1, 0, -1, 0, 1}},
    {CAST_UINT16,
     {0, 0, 1, 65535, 255, 65407, 4464, 41472, 65535, 0, 65535, 0},
     {0, 1, 65535, 2, 255, 256, 65407, 65535, 0, 65535, 0, 1}},
    {CAST_INT16, {0, 0, 1, -1, 255, -129, 4464, -24064, -1, 0, -1, 0}, {0, 1, -1, 2, 255, 256, -129, -1, 0, -1, 0, 1}},
    {CAST_INT32,
     {0, 0, 1, -1, 255, -129, 70000, 1294967296, -1, 0, -1, 0},
     {0, 1, -1, 2, 255, 256, -129, 65535, -2147483648LL, -1, 0, 16777217}},
    {CAST_UINT32,
     {0, 0, 1, 4294967295, 255, 4294967167, 70000, 1294967296, 4294967295, 0, 4294967295, 0},
     {0, 1, 4294967295, 2, 255, 256, 4294967167, 65535, 2147483648, 4294967295, 0, 16777217}},
    {CAST_INT64,
     {0, 0, 1, -1, 255, -129, 70000, -3000000000, INT64_MAX, INT64_MIN, INT64_MAX, 0},
     {0, 1, -1, 2, 255, 256, -129, 65535, 2147483648, INT64_MAX, INT64_MIN, 16777217}},
    {CAST_UINT64, /* 1e19 as a float, as the int64 of its bits; beyond uint64 its largest number */
     {0, 0, 1, -1, 255, -129, 70000, -3000000000, -8446744093203103744, INT64_MIN, -1, 0},
     {0, 1, -1, 2, 255, 256, -129, 65535, 2147483648, INT64_MAX, INT64_MIN, 16777217}},
    {CAST_BOOL, {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
};
enum { INTEGER_TARGETS = sizeof integer_targets / sizeof *integer_targets };

static struct node *cast(struct builder *builder, struct value *input, int64_t to)
{
    struct node *node = builder_node(builder, OP_CAST, 1, 1, input);
    builder_int(node, "to", to);
    builder_infer(builder, node);
    return node;
}

static void check_integers(const struct node *node, const int64_t *expected, const char *from)
{
    void *results[2];
    ck_assert_int_eq(node->outputs[0]->dtype, DTYPE_INT64);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int i = 0; i < NUMBERS; i++)
        ck_assert_msg(((int64_t *)results[0])[i] == expected[i], "to %lld from %s %d: %lld, not %lld",
                      (long long)node_attribute_int(node, "to", 0), from, i, (long long)((int64_t *)results[0])[i],
                      (long long)expected[i]);
    free(results[0]);
}

START_TEST(integers_are_truncated_and_wrap)
{
    struct builder builder;
    builder_init(&builder, 1);
    check_integers(cast(&builder, builder_floats(&builder, SHAPE(NUMBERS), floats), integer_targets[_i].to),
                   integer_targets[_i].from_floats, "float");
    check_integers(cast(&builder, builder_int64s(&builder, SHAPE(NUMBERS), integers), integer_targets[_i].to),
                   integer_targets[_i].from_integers, "integer");
    builder_release(&builder);
}
END_TEST

/* Bits, so that NaN and the sign of zero count. */
static void check_floats(const struct node *node, const float *expected, int count)
{
    void *results[2];
    ck_assert_int_eq(node->outputs[0]->dtype, DTYPE_FLOAT32);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int i = 0; i < count; i++) {
        float found = ((float *)results[0])[i];
        bool same = isnan(expected[i]) ? isnan(found) : !memcmp(&found, &expected[i], sizeof found);
        ck_assert_msg(same, "to %lld, number %d: %.9g, not %.9g", (long long)node_attribute_int(node, "to", 0), i,
                      (double)found, (double)expected[i]);
    }
    free(results[0]);
}

START_TEST(floats_and_doubles_stay_what_they_are)
{
    float converted[NUMBERS];
    struct builder builder;
    builder_init(&builder, 1);
    for (int i = 0; i < NUMBERS; i++)
        converted[i] = (float)integers[i];
    static const int64_t targets[] = {CAST_FLOAT, CAST_DOUBLE};
    for (int i = 0; i < 2; i++) {
        check_floats(cast(&builder, builder_floats(&builder, SHAPE(NUMBERS), floats), targets[i]), floats, NUMBERS);
        check_floats(cast(&builder, builder_int64s(&builder, SHAPE(NUMBERS), integers), targets[i]), converted,
                     NUMBERS);
    }
    builder_release(&builder);
}
END_TEST

static const struct {
    enum cast_type to;
    float from, expected;
} roundings[] = {
    {CAST_FLOAT16, 0, 0},
    {CAST_FLOAT16, -0.0f, -0.0f},
    {CAST_FLOAT16, 1, 1},
    {CAST_FLOAT16, 0.1f, 0.0999755859375f},
    {CAST_FLOAT16, 2049, 2048}, /* ties to even */
    {CAST_FLOAT16, 2051, 2052},
    {CAST_FLOAT16, -2049.001f, -2050},
    {CAST_FLOAT16, 65504, 65504},
    {CAST_FLOAT16, 65519.996f, 65504},
    {CAST_FLOAT16, 65520, INFINITY},
    {CAST_FLOAT16, -1e30f, -INFINITY},
    {CAST_FLOAT16, INFINITY, INFINITY},
    {CAST_FLOAT16, NAN, NAN},
    {CAST_FLOAT16, 0x1p-14f, 0x1p-14f},         /* the smallest normal number */
    {CAST_FLOAT16, 0x1.ff8p-15f, 0x1.ff8p-15f}, /* and a subnormal one below it */
    {CAST_FLOAT16, 0x1p-24f, 0x1p-24f},
    {CAST_FLOAT16, 0x1p-25f, 0}, /* half of the smallest: to even */
    {CAST_FLOAT16, 0x1.8p-25f, 0x1p-24f},
    {CAST_FLOAT16, -0x1.8p-24f, -0x1p-23f},
    {CAST_FLOAT16, FLT_MIN, 0},
    {CAST_FLOAT16, -1e-45f, -0.0f},
    {CAST_BFLOAT16, 1, 1},
    {CAST_BFLOAT16, 0.1f, 0.10009765625f},
    {CAST_BFLOAT16, 257, 256},
    {CAST_BFLOAT16, 259, 260},
    {CAST_BFLOAT16, 3.38e38f, 0x1.fcp127f},
    {CAST_BFLOAT16, FLT_MAX, INFINITY},
    {CAST_BFLOAT16, -FLT_MAX, -INFINITY},
    {CAST_BFLOAT16, FLT_MIN, FLT_MIN},
    {CAST_BFLOAT16, 0x1p-133f, 0x1p-133f},
    {CAST_BFLOAT16, 0x1p-134f, 0},
    {CAST_BFLOAT16, 0x1.8p-134f, 0x1p-133f},
    {CAST_BFLOAT16, NAN, NAN},
};
enum { ROUNDINGS = sizeof roundings / sizeof *roundings };

START_TEST(half_precision_rounds_to_what_it_can_hold)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_floats(&builder, SHAPE(1), &roundings[_i].from);
    check_floats(cast(&builder, input, roundings[_i].to), &roundings[_i].expected, 1);
    builder_release(&builder);
}
END_TEST

START_TEST(integers_round_to_half_precision)
{
    static const float half[NUMBERS] = {0, 1, -1, 2, 255, 256, -129, INFINITY, INFINITY, INFINITY, -INFINITY, INFINITY};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_int64s(&builder, SHAPE(NUMBERS), integers);
    check_floats(cast(&builder, input, CAST_FLOAT16), half, NUMBERS);
    builder_release(&builder);
}
END_TEST

START_TEST(cast_like_knows_floats_from_integers)
{
    static const float expected[] = {0, 1, -1};
    static const int64_t truncated[] = {0, 0, 1, -1, 255, -129, 70000, -3000000000, INT64_MAX, INT64_MIN, INT64_MAX, 0};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *some = builder_int64s(&builder, SHAPE(3), integers);
    struct value *like = builder_floats(&builder, SHAPE(NUMBERS), floats);
    struct node *node = builder_node(&builder, OP_CAST_LIKE, 1, 2, some, like);
    builder_infer(&builder, node);
    check_floats(node, expected, 3);
    node = builder_node(&builder, OP_CAST_LIKE, 1, 2, like, some);
    builder_infer(&builder, node);
    check_integers(node, truncated, "float");
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_cast");
    TCase *tcase = builder_case(suite, "cast");
    tcase_add_loop_test(tcase, integers_are_truncated_and_wrap, 0, INTEGER_TARGETS);
    tcase_add_test(tcase, floats_and_doubles_stay_what_they_are);
    tcase_add_loop_test(tcase, half_precision_rounds_to_what_it_can_hold, 0, ROUNDINGS);
    tcase_add_test(tcase, integers_round_to_half_precision);
    tcase_add_test(tcase, cast_like_knows_floats_from_integers);
    return harness_run(suite);
}
