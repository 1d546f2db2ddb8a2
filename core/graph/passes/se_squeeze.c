#include "graph/passes/se_squeeze.h"

#include "graph/geometry.h"
#include "graph/ops.h"
#include "graph/passes/rewrite.h"

static bool takes_all_positions(const struct node *node)
{
    (void)node;
    return true;
}

/* Infer leaves the attribute behind in one form: ascending, none negative. Images and channels stay apart. */
static bool reduces_positions(const struct node *node)
{
    const struct attribute *axes = node_attribute(node, "axes");
    return axes && axes->count > 0 && axes->ints[0] >= 2;
}

/* A window over the whole map and nothing but that. */
static bool window_is_map(const struct node *node)
{
    struct window window;
    struct senet_error ignored; /* infer has accepted the node */
    if (node->inputs[0]->shape.rank != 4 || pool_window(node, &window, &ignored) != SENET_OK)
        return false;
    return window.out_h == 1 && window.out_w == 1 && window.kernel_h == window.in_h && window.kernel_w == window.in_w &&
           window.dilation_h == 1 && window.dilation_w == 1 && !window.pad_top && !window.pad_left &&
           !window.pad_bottom && !window.pad_right;
}

static const struct {
    enum op op;
    enum se_squeeze squeeze;
    bool (*is_global)(const struct node *node);
} pools[] = {
    {OP_GLOBAL_AVERAGE_POOL, SE_SQUEEZE_AVG, takes_all_positions},
    {OP_REDUCE_MEAN, SE_SQUEEZE_AVG, reduces_positions},
    {OP_AVERAGE_POOL, SE_SQUEEZE_AVG, window_is_map},
    {OP_GLOBAL_MAX_POOL, SE_SQUEEZE_MAX, takes_all_positions},
    {OP_REDUCE_MAX, SE_SQUEEZE_MAX, reduces_positions},
    {OP_MAX_POOL, SE_SQUEEZE_MAX, window_is_map},
};

static bool find_pool(const struct node *node, enum se_squeeze *squeeze)
{
    for (size_t i = 0; node && i < sizeof pools / sizeof *pools; i++)
        if (pools[i].op == node->op) {
            *squeeze = pools[i].squeeze;
            return pools[i].is_global(node);
        }
    return false;
}

/* Images and channels are the first two axes still, whatever became of the positions. */
static bool has_channels(const struct se_chain *chain, const struct value *value)
{
    const struct senet_shape *image = &chain->image->shape, *shape = &value->shape;
    return shape->rank >= 3 && shape->dim[0] == image->dim[0] && shape->dim[1] == image->dim[1];
}

/* A pool times a number, or divided by one: what halves both pools of a sum, or the sum. */
static void pass_scale(struct se_chain *chain)
{
    float scale;
    struct se_chain at = *chain;
    const struct node *node = se_chain_producer(&at);
    const struct value *scaled = node && node->op == OP_MUL ? node_scalar_operand(node, &scale) : NULL;
    if (node && node->op == OP_DIV && value_scalar(node->inputs[1], &scale))
        scaled = node->inputs[0];
    if (!scaled)
        return;
    se_chain_pass(&at, node, scaled == node->inputs[0] ? 0 : 1);
    at.is_plain = false;
    *chain = at;
}

/*
 * One pool over all positions, possibly in steps: rows first, then columns. Each step keeps images and channels, and
 * what comes of the last has one number for each, so that together they take in all the rest.
 */
static bool match_pool(struct se_chain *chain, enum se_squeeze *squeeze)
{
    struct se_chain at = *chain;
    pass_scale(&at);
    if (!se_chain_fits(&at, at.at, at.image->shape.dim[1]))
        return false;
    enum se_squeeze found, next;
    const struct node *node = se_chain_producer(&at);
    if (!find_pool(node, &found))
        return false;
    for (next = found; next == found;) {
        if (!has_channels(&at, node->inputs[0]))
            return false;
        se_chain_pass(&at, node, 0);
        struct se_chain ahead = at;
        if (se_chain_is_image(&ahead)) {
            *chain = at;
            *squeeze = found;
            return true;
        }
        node = se_chain_producer(&at);
        if (!find_pool(node, &next))
            return false;
    }
    return false;
}

/* The sum of an average and a maximum of the same image, either way round. */
static bool match_sum(struct se_chain *chain, enum se_squeeze *squeeze)
{
    struct se_chain sum = *chain;
    pass_scale(&sum);
    const struct node *add = se_chain_producer(&sum);
    if (!add || add->op != OP_ADD)
        return false;
    struct se_chain at[2] = {sum, sum};
    enum se_squeeze pool[2];
    for (int i = 0; i < 2; i++) {
        se_chain_pass(&at[i], add, i);
        if (!match_pool(&at[i], &pool[i]))
            return false;
    }
    if (pool[0] == pool[1])
        return false;
    se_chain_join(chain, &at[0], &at[1]);
    *squeeze = SE_SQUEEZE_AVG_MAX;
    return true;
}

bool se_squeeze_match(struct se_chain *chain, enum se_squeeze *squeeze)
{
    struct se_chain at = *chain;
    if (se_chain_is_image(&at)) {
        *chain = at;
        *squeeze = SE_SQUEEZE_NONE;
        return true;
    }
    return !chain->per_position && (match_pool(chain, squeeze) || match_sum(chain, squeeze));
}
