#include "graph/einsum.h"

#include <ctype.h>
#include <string.h>

#include "graph/infer.h"

/*
 * An axis of an operand or of the output is known by a label: its letter, or for those that "..." stands for, a
 * number behind the letters. The last of these has the highest, so that they align at their ends.
 */
enum { LETTERS = 128, LABELS = LETTERS + SENET_MAX_RANK };

struct term {
    int labels[SENET_MAX_RANK];
    int count;
};

struct equation {
    struct term operands[EINSUM_OPERANDS], output;
    int64_t sizes[LABELS]; /* 0 where the label is not used */
    int mentions[LABELS];  /* in the operands */
    int ellipsis;          /* axes that the longest "..." stands for */
};

static bool add_label(struct term *term, int label)
{
    if (term->count == SENET_MAX_RANK)
        return false;
    term->labels[term->count++] = label;
    return true;
}

static bool add_ellipsis(struct term *term, int axes)
{
    for (int axis = LABELS - axes; axis < LABELS; axis++)
        if (!add_label(term, axis))
            return false;
    return true;
}

/* Reads `length` characters. `ellipsis` is how many axes "..." stands for. False when they are no term. */
static bool read_term(const char *text, size_t length, int ellipsis, struct term *term)
{
    *term = (struct term){0};
    bool seen = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)text[i];
        if (letter == ' ')
            continue;
        if (letter < LETTERS && isalpha(letter)) {
            if (!add_label(term, letter))
                return false;
        } else {
            if (seen || length - i < 3 || strncmp(text + i, "...", 3) || !add_ellipsis(term, ellipsis))
                return false;
            seen = true;
            i += 2;
        }
    }
    return true;
}

static int count_letters(const char *text, size_t length)
{
    int count = 0;
    for (size_t i = 0; i < length; i++)
        count += isalpha((unsigned char)text[i]) != 0;
    return count;
}

/* An operand's axes have the sizes that their labels have elsewhere, or are repeated. */
static bool note_sizes(struct equation *equation, const struct term *term, const struct senet_shape *shape)
{
    for (int axis = 0; axis < term->count; axis++) {
        int64_t *size = &equation->sizes[term->labels[axis]], dim = shape->dim[axis];
        if (*size > 1 && dim > 1 && *size != dim)
            return false;
        *size = *size > dim ? *size : dim;
        equation->mentions[term->labels[axis]]++;
    }
    return true;
}

static enum senet_code read_operand(const struct node *node, int index, const char *text, size_t length,
                                    struct equation *equation, struct senet_error *error)
{
    const struct senet_shape *shape = &node->inputs[index]->shape;
    struct term *term = &equation->operands[index];
    int letters = count_letters(text, length), ellipsis = shape->rank > letters ? shape->rank - letters : 0;
    char described[96];
    if (!read_term(text, length, ellipsis, term) || term->count != shape->rank || !note_sizes(equation, term, shape))
        return node_malformed(node, error, "its equation does not fit input %d, %s", index,
                              shape_text(shape, described, sizeof described));
    if (memchr(text, '.', length) && equation->ellipsis < ellipsis)
        equation->ellipsis = ellipsis;
    return SENET_OK;
}

/* Without "->" the output has the axes of "...", then the letters that occur once, in alphabetical order. */
static bool imply_output(struct equation *equation)
{
    if (!add_ellipsis(&equation->output, equation->ellipsis))
        return false;
    for (int label = 0; label < LETTERS; label++)
        if (equation->mentions[label] == 1 && !add_label(&equation->output, label))
            return false;
    return true;
}

static enum senet_code read_output(const struct node *node, const char *text, struct equation *equation,
                                   struct senet_error *error)
{
    bool given[LABELS] = {false};
    bool read = text ? read_term(text, strlen(text), equation->ellipsis, &equation->output) : imply_output(equation);
    for (int axis = 0; read && axis < equation->output.count; axis++) {
        int label = equation->output.labels[axis];
        read = equation->mentions[label] && !given[label];
        given[label] = true;
    }
    return read ? SENET_OK : node_malformed(node, error, "the output of its equation does not follow from its inputs");
}

static enum senet_code read_equation(const struct node *node, struct equation *equation, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "equation");
    if (!attribute || attribute->type != ATTRIBUTE_STRING)
        return node_malformed(node, error, "'equation' is missing");
    const char *text = attribute->s, *arrow = strstr(text, "->");
    size_t length = arrow ? (size_t)(arrow - text) : strlen(text);
    for (int i = 0; i < node->input_count; i++) {
        const char *comma = memchr(text, ',', length);
        size_t own = comma ? (size_t)(comma - text) : length;
        if (!comma != (i == node->input_count - 1))
            return node_malformed(node, error, "its equation does not have %d operands", node->input_count);
        enum senet_code code = read_operand(node, i, text, own, equation, error);
        if (code)
            return code;
        text += own + (comma != NULL);
        length -= own + (comma != NULL);
    }
    return read_output(node, arrow ? arrow + 2 : NULL, equation, error);
}

/* One more axis, along which each operand is read with the strides of those of its own that have the label. */
static void add_axis(const struct node *node, const struct equation *equation, int label, struct einsum *einsum,
                     bool is_summed)
{
    struct senet_shape *shape = is_summed ? &einsum->summed : &einsum->output;
    for (int i = 0; i < node->input_count; i++) {
        const struct senet_shape *own = &node->inputs[i]->shape;
        int64_t *strides = is_summed ? einsum->operands[i].summed : einsum->operands[i].output, stride = 1;
        for (int axis = own->rank - 1; axis >= 0; stride *= own->dim[axis--])
            if (equation->operands[i].labels[axis] == label && own->dim[axis] > 1)
                strides[shape->rank] += stride;
    }
    shape->dim[shape->rank++] = equation->sizes[label];
}

enum senet_code einsum_read(const struct node *node, struct einsum *einsum, struct senet_error *error)
{
    struct equation equation = {0};
    struct einsum found = {.operand_count = node->input_count};
    bool given[LABELS] = {false};
    if (node->input_count > EINSUM_OPERANDS)
        return node_unsupported(node, error, "only %d operands are supported", EINSUM_OPERANDS);
    enum senet_code code = read_equation(node, &equation, error);
    if (code)
        return code;
    for (int axis = 0; axis < equation.output.count; axis++) {
        given[equation.output.labels[axis]] = true;
        add_axis(node, &equation, equation.output.labels[axis], &found, false);
    }
    for (int label = 0; label < LABELS; label++) {
        if (!equation.mentions[label] || given[label])
            continue;
        if (found.summed.rank == SENET_MAX_RANK)
            return node_unsupported(node, error, "it sums over more than %d axes", SENET_MAX_RANK);
        add_axis(node, &equation, label, &found, true);
    }
    int64_t bytes;
    if (!shape_bytes(&found.summed, DTYPE_FLOAT32, &bytes))
        return node_unsupported(node, error, "it sums too much");
    *einsum = found;
    return SENET_OK;
}
