/*
 * DESIGN
 * A match promises that the gate is a function of the image that it rescales, by way of the squeeze, the layers and
 * the functions that it names, for every input:
 *   - views are looked through, since they keep the order of elements. That images and channels stay where
 *     they are follows from the shapes, which are compared at both ends of every step: N x C at the squeeze, the
 *     inputs and outputs of each layer, N x C x 1 x 1 at the product;
 *   - weights are constants;
 *   - the gate is bounded or cut off by a function. A plain product of features is no gate;
 *   - no other product uses the same gate, which would be another kind of attention, and half overridden.
 * Others may read a gate, or what it is made from: they go on reading what the network computes, whatever overrides
 * the gate. Such blocks are not canonical, and keep their nodes.
 */
#include "graph/passes/se_match.h"

#include "graph/ops.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/se_squeeze.h"

/* Who reads a gate besides its product is a graph output or two. Looking at more would cost without end. */
#define READINGS_MAX 16

static bool is_gate(enum activation_kind kind)
{
    static const enum activation_kind gates[] = {ACTIVATION_SIGMOID, ACTIVATION_HARD_SIGMOID, ACTIVATION_TANH,
                                                 ACTIVATION_RELU};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        if (gates[i] == kind)
            return true;
    return false;
}

/* The value that the function computes, which readers may see before any view of it; NULL when there is none. */
static const struct value *match_gate(struct se_chain *chain, struct activation *gate)
{
    const struct node *node = se_chain_producer(chain);
    const struct value *computed = chain->at;
    if (!node || !node_activation(node, gate) || !is_gate(gate->kind))
        return NULL;
    se_chain_pass(chain, node, 0);
    return computed;
}

/* Between two layers there may be none. */
static void match_activation(struct se_chain *chain, struct activation *activation)
{
    struct se_chain at = *chain;
    const struct node *node = se_chain_producer(&at);
    *activation = (struct activation){ACTIVATION_NONE, 0, 0};
    if (!node || !node_activation(node, activation))
        return;
    se_chain_pass(&at, node, 0);
    *chain = at;
}

/* What is not squeezed takes two layers: one alone is a gated unit of another kind. */
static bool match_one_layer(const struct se_chain *chain, struct se_match *match)
{
    struct se_chain at = *chain;
    match->layer_count = 1;
    match->activation = (struct activation){ACTIVATION_NONE, 0, 0};
    return se_squeeze_match(&at, &match->squeeze) && match->squeeze != SE_SQUEEZE_NONE;
}

static bool match_first_of_two(struct se_chain *chain, struct se_match *match)
{
    match->layers[1] = match->layers[0];
    match->layer_count = 2;
    match_activation(chain, &match->activation);
    return match->layers[1].form != SE_FORM_TAPS && se_layer_match(chain, &match->layers[0]) &&
           match->layers[0].form != SE_FORM_TAPS && match->layers[0].outputs == match->layers[1].inputs &&
           se_squeeze_match(chain, &match->squeeze);
}

/* From what the gate is a function of to the image. */
static bool match_excitation(struct se_chain *chain, struct se_match *match)
{
    int64_t channels = chain->image->shape.dim[1];
    if (!se_layer_match(chain, &match->layers[0]) || match->layers[0].outputs != channels)
        return false;
    return (match_one_layer(chain, match) || match_first_of_two(chain, match)) && match->layers[0].inputs == channels;
}

static bool same_layers(const struct se_match *a, const struct se_match *b)
{
    bool same = a->layer_count == b->layer_count && a->activation.kind == b->activation.kind;
    for (int i = 0; same && i < a->layer_count; i++)
        same = se_layer_same(&a->layers[i], &b->layers[i]);
    return same;
}

/* The same layers over the average and over the maximum, summed: the channel attention of CBAM. */
static bool match_two_excitations(struct se_chain *chain, struct se_match *match)
{
    struct se_chain at[2] = {*chain, *chain};
    struct se_match found[2] = {*match, *match};
    const struct node *add = se_chain_producer(&at[0]);
    if (!add || add->op != OP_ADD)
        return false;
    at[1] = at[0];
    for (int i = 0; i < 2; i++) {
        se_chain_pass(&at[i], add, i);
        if (!match_excitation(&at[i], &found[i]))
            return false;
    }
    bool both = (found[0].squeeze == SE_SQUEEZE_AVG && found[1].squeeze == SE_SQUEEZE_MAX) ||
                (found[0].squeeze == SE_SQUEEZE_MAX && found[1].squeeze == SE_SQUEEZE_AVG);
    if (!both || !same_layers(&found[0], &found[1]))
        return false;
    *match = found[0];
    match->squeeze = SE_SQUEEZE_AVG_MAX;
    se_chain_join(chain, &at[0], &at[1]);
    return true;
}

/* OP_SE knows the paper's form alone. */
static bool is_canonical(const struct se_chain *chain, const struct se_match *match)
{
    const struct se_layer *fc1 = &match->layers[0], *fc2 = &match->layers[1];
    return chain->is_plain && chain->is_private && !chain->per_position && match->layer_count == 2 &&
           match->squeeze == SE_SQUEEZE_AVG && fc1->form == fc2->form && !fc1->grouped && !fc2->grouped &&
           se_layer_is_cheap(fc1) && se_layer_is_cheap(fc2);
}

/* Whether a product besides `mul` reads `value` or a view of it, or too many nodes do to tell. */
static bool is_shared(const struct value *value, const struct node *mul, const struct readers *readers, int *left)
{
    size_t count;
    const struct reading *readings = readers_of(readers, value, &count);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = readings[i].reader;
        float scalar;
        if (--*left < 0)
            return true;
        if (node == mul)
            continue;
        if (node->op == OP_MUL ? !node_scalar_operand(node, &scalar) : node->se != NULL)
            return true;
        if ((se_keeps_order(node) || node->op == OP_EXPAND) && is_shared(node->outputs[0], mul, readers, left))
            return true;
    }
    return false;
}

/* Some exporters repeat the gate over all positions first, which the product would do by itself. */
static struct value *unexpanded(struct value *gate)
{
    return gate->producer && gate->producer->op == OP_EXPAND ? gate->producer->inputs[0] : gate;
}

static bool match_operands(const struct node *mul, int image, const struct readers *readers, struct se_match *match)
{
    struct value *factor = mul->inputs[1 - image];
    struct se_match found = {.image = mul->inputs[image], .gate_value = unexpanded(factor)};
    const struct senet_shape *shape = &found.image->shape, *gate = &found.gate_value->shape;
    if (shape->rank != 4 || gate->rank != 4 || found.image->dtype != DTYPE_FLOAT32 || found.gate_value->data)
        return false;
    struct se_chain chain = {
        .image = found.image, .at = found.gate_value, .is_private = factor->uses == 1, .is_plain = true};
    if (!se_chain_fits(&chain, found.gate_value, shape->dim[1])) {
        chain.per_position = true;
        if (!se_chain_fits(&chain, found.gate_value, shape->dim[1]))
            return false;
    }
    const struct value *computed = match_gate(&chain, &found.gate);
    if (!computed)
        return false;
    bool is_gate_private = chain.is_private;
    int left = READINGS_MAX;
    struct se_chain one = chain;
    if (match_excitation(&one, &found))
        chain = one;
    else if (!match_two_excitations(&chain, &found))
        return false;
    if (!is_gate_private && is_shared(computed, mul, readers, &left))
        return false;
    found.is_canonical = is_canonical(&chain, &found);
    *match = found;
    return true;
}

bool se_match_block(const struct node *mul, const struct readers *readers, struct se_match *match)
{
    if (mul->op != OP_MUL || mul->activation.kind != ACTIVATION_NONE)
        return false;
    return match_operands(mul, 0, readers, match) || match_operands(mul, 1, readers, match);
}
