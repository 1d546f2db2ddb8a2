/*
 * DESIGN
 * A pattern is an expression in prefix order: each term takes its operands from the terms after it. Matching walks the
 * nodes backwards from the one that may be the outermost, and promises that they compute the pattern's function of
 * one tensor:
 *   - nobody else reads what is between the operand and the outermost node's output;
 *   - numbers are constants of one element, and the result has the operand's shape;
 *   - sums, products, Max and Min are found with their operands in either order, a quotient by a number as the product
 *     with its reciprocal, and a difference from a number as the sum with its negative.
 * Nodes are visited in execution order, so that a pattern may be written in terms of what earlier ones have put there:
 * no pattern for HardSwish spells the hard-sigmoid out that another one recognises.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* Exporters round what they write down: 0.1666667, 1.4142. Zero is always exact. */
#define TOLERANCE 1e-5f

enum term_kind { TERM_END, TERM_OPERAND, TERM_NUMBER, TERM_ANY, TERM_UNARY, TERM_BOUNDED, TERM_BINARY, TERM_ORDERED };

struct term {
    enum term_kind kind;
    enum op op;
    float number;
    int slot; /* where the number that any is allowed for is kept */
};

#define TERM(kind, op, number, slot)                                                                                   \
    {                                                                                                                  \
        kind, op, number, slot                                                                                         \
    }
#define X TERM(TERM_OPERAND, OP_COUNT, 0, 0)
#define NUMBER(value) TERM(TERM_NUMBER, OP_COUNT, value, 0)
#define ANY(index) TERM(TERM_ANY, OP_COUNT, 0, index)
#define UNARY(symbol) TERM(TERM_UNARY, OP_##symbol, 0, 0)
/* A function with two parameters, whose terms follow, then its operand. */
#define BOUNDED(symbol) TERM(TERM_BOUNDED, OP_##symbol, 0, 0)
/* Two operands in either order. */
#define BINARY(symbol) TERM(TERM_BINARY, OP_##symbol, 0, 0)
/* All operands, in this order only. */
#define ORDERED(symbol) TERM(TERM_ORDERED, OP_##symbol, 0, 0)

#define SLOTS 3
#define TERMS 18

/* Makes the result's parameters of the numbers found. False when those do not fit the function. */
typedef bool fit_function(const float numbers[SLOTS], struct activation *result);

/* ------------------------------------------------------ what numbers make */

static bool is_near(float found, float number)
{
    return fabsf(found - number) <= (number == 0.0f ? 0.0f : TOLERANCE);
}

/* Low, high. */
static bool fit_bounds(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[0];
    result->b = numbers[1];
    return numbers[0] <= numbers[1];
}

/* High, the low bound being 0. */
static bool fit_upper_bound(const float numbers[SLOTS], struct activation *result)
{
    result->b = numbers[0];
    return numbers[0] >= 0.0f;
}

/* clip(x + shift, 0, high) * slope, which is 1 at the top. Height, shift, slope. */
static bool fit_slope_after(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[2];
    result->b = numbers[1] * numbers[2];
    return numbers[0] > 0.0f && is_near(numbers[0] * numbers[2], 1.0f);
}

/* clip((x + shift) * slope, 0, 1). Shift, slope. */
static bool fit_shift_first(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[1];
    result->b = numbers[0] * numbers[1];
    return true;
}

/* clip(x * slope + shift, 0, 1). Slope, shift. */
static bool fit_slope_first(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[0];
    result->b = numbers[1];
    return true;
}

static bool fit_rate(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[0];
    return true;
}

/* max(x, slope * x) takes slope * x below 0 only while that is the larger one. */
static bool fit_leak(const float numbers[SLOTS], struct activation *result)
{
    result->a = numbers[0];
    return numbers[0] >= 0.0f && numbers[0] <= 1.0f;
}

/* ---------------------------------------------------------------- patterns */

#define RESULT(symbol) OP_##symbol, ACTIVATION_##symbol
#define CLIP_X_PLUS_3_TO_6 BOUNDED(CLIP), NUMBER(0), NUMBER(6), BINARY(ADD), X, NUMBER(3)
#define ONE_PLUS_ERF BINARY(ADD), UNARY(ERF), BINARY(MUL), X, NUMBER(0.707106781f), NUMBER(1)
#define ONE_PLUS_TANH(...)                                                                                             \
    BINARY(ADD), UNARY(TANH), BINARY(MUL), BINARY(ADD), X, BINARY(MUL), __VA_ARGS__, NUMBER(0.044715f),                \
        NUMBER(0.797884561f), NUMBER(1)
#define ONE_PLUS_TANH_OF_POWER ONE_PLUS_TANH(ORDERED(POW), X, NUMBER(3))
#define ONE_PLUS_TANH_OF_PRODUCT ONE_PLUS_TANH(BINARY(MUL), X, BINARY(MUL), X, X)

static const struct pattern {
    enum op op;
    enum activation_kind kind;
    float a; /* when `fit`, which may be NULL, does not say */
    fit_function *fit;
    struct term terms[TERMS];
} patterns[] = {
    {RESULT(CLIP), 0, fit_bounds, {BINARY(MIN), BINARY(MAX), X, ANY(0), ANY(1)}},
    {RESULT(CLIP), 0, fit_bounds, {BINARY(MAX), BINARY(MIN), X, ANY(1), ANY(0)}},
    {RESULT(CLIP), 0, fit_upper_bound, {BINARY(MIN), UNARY(RELU), X, ANY(0)}},
    {RESULT(CLIP), 0, fit_upper_bound, {UNARY(RELU), BINARY(MIN), X, ANY(0)}},
    {RESULT(RELU), 0, NULL, {BINARY(MAX), X, NUMBER(0)}},
    {RESULT(LEAKY_RELU), 0, fit_leak, {BINARY(MAX), X, BINARY(MUL), X, ANY(0)}},
    {RESULT(HARD_SIGMOID),
     0,
     fit_slope_after,
     {BINARY(MUL), BOUNDED(CLIP), NUMBER(0), ANY(0), BINARY(ADD), X, ANY(1), ANY(2)}},
    {RESULT(HARD_SIGMOID),
     0,
     fit_slope_first,
     {BOUNDED(CLIP), NUMBER(0), NUMBER(1), BINARY(ADD), BINARY(MUL), X, ANY(0), ANY(1)}},
    {RESULT(HARD_SIGMOID),
     0,
     fit_shift_first,
     {BOUNDED(CLIP), NUMBER(0), NUMBER(1), BINARY(MUL), BINARY(ADD), X, ANY(0), ANY(1)}},
    {RESULT(HARD_SWISH), 0, NULL, {BINARY(MUL), X, BOUNDED(HARD_SIGMOID), NUMBER(1.0f / 6), NUMBER(0.5f), X}},
    {RESULT(HARD_SWISH), 0, NULL, {BINARY(MUL), BINARY(MUL), X, CLIP_X_PLUS_3_TO_6, NUMBER(1.0f / 6)}},
    {RESULT(HARD_SWISH), 0, NULL, {BINARY(MUL), BINARY(MUL), X, NUMBER(1.0f / 6), CLIP_X_PLUS_3_TO_6}},
    {RESULT(SWISH), 1, NULL, {BINARY(MUL), X, UNARY(SIGMOID), X}},
    {RESULT(SWISH), 0, fit_rate, {BINARY(MUL), X, UNARY(SIGMOID), BINARY(MUL), X, ANY(0)}},
    {RESULT(SOFTPLUS), 0, NULL, {UNARY(LOG), BINARY(ADD), UNARY(EXP), X, NUMBER(1)}},
    {RESULT(SOFTPLUS), 0, NULL, {ORDERED(WHERE), ORDERED(GREATER), X, NUMBER(20), X, UNARY(SOFTPLUS), X}},
    {RESULT(MISH), 0, NULL, {BINARY(MUL), X, UNARY(TANH), UNARY(SOFTPLUS), X}},
    {RESULT(GELU), 0, NULL, {BINARY(MUL), BINARY(MUL), X, ONE_PLUS_ERF, NUMBER(0.5f)}},
    {RESULT(GELU), 0, NULL, {BINARY(MUL), BINARY(MUL), X, NUMBER(0.5f), ONE_PLUS_ERF}},
    {RESULT(GELU), 0, NULL, {BINARY(MUL), X, BINARY(MUL), ONE_PLUS_ERF, NUMBER(0.5f)}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), BINARY(MUL), X, ONE_PLUS_TANH_OF_POWER, NUMBER(0.5f)}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), BINARY(MUL), X, NUMBER(0.5f), ONE_PLUS_TANH_OF_POWER}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), X, BINARY(MUL), ONE_PLUS_TANH_OF_POWER, NUMBER(0.5f)}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), BINARY(MUL), X, ONE_PLUS_TANH_OF_PRODUCT, NUMBER(0.5f)}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), BINARY(MUL), X, NUMBER(0.5f), ONE_PLUS_TANH_OF_PRODUCT}},
    {RESULT(GELU), 1, NULL, {BINARY(MUL), X, BINARY(MUL), ONE_PLUS_TANH_OF_PRODUCT, NUMBER(0.5f)}},
};

/* ---------------------------------------------------------------- matching */

struct match {
    const struct term *next; /* to be matched */
    struct value *operand;   /* X, once it has been met */
    float numbers[SLOTS];
};

static bool match_node(const struct node *node, struct match *match);

static bool match_number(float number, struct match *match)
{
    const struct term *term = match->next++;
    if (term->kind == TERM_ANY)
        match->numbers[term->slot] = number;
    return term->kind == TERM_ANY || (term->kind == TERM_NUMBER && is_near(number, term->number));
}

static bool match_value(struct value *value, struct match *match)
{
    float number;
    switch (match->next->kind) {
    case TERM_OPERAND:
        match->next++;
        if (!match->operand)
            match->operand = value;
        return match->operand == value;
    case TERM_NUMBER:
    case TERM_ANY:
        return value_scalar(value, &number) && match_number(number, match);
    default:
        return value->uses == 1 && value->producer && match_node(value->producer, match);
    }
}

/* A divisor or a subtrahend counts as the factor or the addend that it stands for. */
static bool match_operand(const struct node *node, int index, struct match *match)
{
    float number;
    if (index == 0 || (node->op != OP_DIV && node->op != OP_SUB))
        return match_value(node->inputs[index], match);
    return value_scalar(node->inputs[1], &number) && match_number(node->op == OP_DIV ? 1.0f / number : -number, match);
}

static bool match_pair(const struct node *node, struct match *match)
{
    const struct match start = *match;
    for (int first = 0; first < 2; first++) {
        *match = start;
        if (match_operand(node, first, match) && match_operand(node, 1 - first, match))
            return true;
    }
    return false;
}

static bool match_in_order(const struct node *node, struct match *match)
{
    for (int i = 0; i < node->input_count; i++)
        if (!match_value(node->inputs[i], match))
            return false;
    return true;
}

static bool is_operator(const struct node *node, enum op op)
{
    return node->op == op || (op == OP_MUL && node->op == OP_DIV) || (op == OP_ADD && node->op == OP_SUB);
}

static bool match_node(const struct node *node, struct match *match)
{
    struct activation function;
    const struct term *term = match->next++;
    if (!is_operator(node, term->op) || node->activation.kind != ACTIVATION_NONE)
        return false;
    if (term->kind == TERM_BINARY)
        return node->input_count == 2 && match_pair(node, match);
    if (term->kind == TERM_ORDERED)
        return match_in_order(node, match);
    if (!node_activation(node, &function))
        return false;
    if (term->kind == TERM_BOUNDED && !(match_number(function.a, match) && match_number(function.b, match)))
        return false;
    return match_value(node->inputs[0], match);
}

static bool same_shape(const struct value *a, const struct value *b)
{
    return a->shape.rank == b->shape.rank &&
           !memcmp(a->shape.dim, b->shape.dim, (size_t)a->shape.rank * sizeof *a->shape.dim);
}

/* Whether the function of `pattern` is what `node` computes last; *operand and *found are written only then. */
static bool match_pattern(const struct node *node, const struct pattern *pattern, struct value **operand,
                          struct activation *found)
{
    struct match match = {.next = pattern->terms};
    struct activation result = {pattern->kind, pattern->a, 0};
    if (!match_node(node, &match) || (pattern->fit && !pattern->fit(match.numbers, &result)))
        return false;
    if (match.operand->dtype != DTYPE_FLOAT32 || !same_shape(match.operand, node->outputs[0]))
        return false;
    *operand = match.operand;
    *found = result;
    return true;
}

/* --------------------------------------------------------------- rewriting */

/* Nobody reads the node any more, nor then what it alone has read. This ends at the operand, which is read again. */
static void release_inputs(struct node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        struct value *input = node->inputs[i];
        node_set_input(node, i, NULL);
        if (input && input->uses == 0 && input->producer && !input->data)
            release_inputs(input->producer);
    }
}

static enum senet_code replace(struct graph *graph, size_t index, enum op op, const struct activation *activation,
                               struct value *operand, struct senet_error *error)
{
    struct node *spelled = graph->nodes[index], *node = graph_new_node(graph, op, spelled->name, 1, 1);
    struct attribute *attributes = arena_alloc(graph->arena, 2, sizeof *attributes);
    if (!node || !attributes)
        return error_out_of_memory(error);
    activation_attributes(activation, attributes, &node->attribute_count);
    node->attributes = attributes;
    node->outputs[0] = spelled->outputs[0];
    node->outputs[0]->producer = node;
    node_set_input(node, 0, operand);
    release_inputs(spelled);
    graph->nodes[index] = node;
    return SENET_OK;
}

static const struct pattern *find_pattern(const struct node *node, struct value **operand, struct activation *found)
{
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (match_pattern(node, &patterns[i], operand, found))
            return &patterns[i];
    return NULL;
}

enum senet_code pass_recognise_activations(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct pattern *pattern;
        struct value *operand;
        struct activation found;
        /* Again until nothing is found: a Clip that has been put here may end a hard-sigmoid. */
        while (!code && (pattern = find_pattern(graph->nodes[n], &operand, &found)))
            code = replace(graph, n, pattern->op, &found, operand, error);
    }
    return code ? code : pass_remove_dead(graph, error);
}
