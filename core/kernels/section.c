/* Expand, Pad, Slice and Tile: each output axis shows elements of an input axis by a rule of its own. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/piece.h"
#include "kernels/planar.h"

/* What an output shows where its place is outside the input. */
enum outside { OUTSIDE_CONSTANT, OUTSIDE_EDGE, OUTSIDE_REFLECT, OUTSIDE_WRAP };

/* Output i shows element begin + i * step. */
struct section {
    int64_t begin, step, in, out;
    int64_t stride; /* of the input, in pieces */
    enum outside outside;
};

struct sections {
    struct section axes[SENET_MAX_RANK]; /* the last is walked along a row */
    struct senet_shape outer;            /* of the axes before it */
    int count;
    int64_t rows;
    int64_t piece; /* elements behind each other, which move together */
    size_t size;   /* bytes of one element */
    union {
        float f;
        int64_t i;
    } fill;
};

struct sections_job {
    const struct sections *params;
    const char *source;
    char *destination;
};

/* ----------------------------------------------------------------- prepare */

static void describe_expand(const struct node *node, int axis, struct section *section)
{
    (void)node;
    (void)axis;
    section->step = section->in == 1 ? 0 : 1;
}

static void describe_tile(const struct node *node, int axis, struct section *section)
{
    (void)node;
    (void)axis;
    section->outside = OUTSIDE_WRAP;
}

static void describe_slice(const struct node *node, int axis, struct section *section)
{
    section->begin = node_attribute(node, "begins")->ints[axis];
    section->step = node_attribute(node, "steps")->ints[axis];
}

static void describe_pad(const struct node *node, int axis, struct section *section)
{
    static const struct {
        const char *mode;
        enum outside outside;
    } modes[] = {{"edge", OUTSIDE_EDGE}, {"reflect", OUTSIDE_REFLECT}, {"wrap", OUTSIDE_WRAP}};
    const struct attribute *mode = node_attribute(node, "mode");
    section->begin = -node_attribute(node, "pads")->ints[axis];
    for (size_t i = 0; mode && i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(mode->s, modes[i].mode))
            section->outside = modes[i].outside;
}

static const struct {
    enum op op;
    void (*describe)(const struct node *node, int axis, struct section *section);
} descriptions[] = {
    {OP_EXPAND, describe_expand},
    {OP_PAD, describe_pad},
    {OP_SLICE, describe_slice},
    {OP_TILE, describe_tile},
};

static void describe(const struct node *node, int axis, struct section *section)
{
    for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++)
        if (descriptions[i].op == node->op)
            descriptions[i].describe(node, axis, section);
}

static bool is_whole(const struct section *section)
{
    return section->begin == 0 && section->step == 1 && section->in == section->out;
}

/*
 * From the last axis to the first: whole axes at the end make the piece, others that are neighbours become one. Leaves
 * the axes in the order of the shape.
 */
static void merge_axes(struct sections *params, const struct section *axes, int rank)
{
    struct section reversed[SENET_MAX_RANK];
    int64_t stride = 1;
    params->piece = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
        struct section section = axes[axis];
        struct section *last = params->count > 0 ? &reversed[params->count - 1] : NULL;
        if (is_whole(&section) && !last)
            params->piece *= section.in;
        else if (last && is_whole(&section) && is_whole(last)) {
            last->in *= section.in;
            last->out *= section.out;
        } else {
            section.stride = stride / params->piece;
            reversed[params->count++] = section;
        }
        stride *= section.in;
    }
    for (int i = 0; i < params->count; i++)
        params->axes[i] = reversed[params->count - 1 - i];
}

enum senet_code section_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct sections *params = prepare_params(setup, sizeof *params, error);
    struct section axes[SENET_MAX_RANK];
    const struct senet_shape *from = &node->inputs[0]->shape, *to = &node->outputs[0]->shape;
    if (!params)
        return error->code;
    if (senet_shape_elements(to) == 0)
        return SENET_OK; /* an empty piece */
    for (int axis = 0; axis < to->rank; axis++) {
        int own = axis - (to->rank - from->rank);
        axes[axis] = (struct section){.step = 1, .in = own < 0 ? 1 : from->dim[own], .out = to->dim[axis]};
        describe(node, axis, &axes[axis]);
    }
    merge_axes(params, axes, to->rank);
    params->outer.rank = params->count > 0 ? params->count - 1 : 0;
    for (int axis = 0; axis < params->outer.rank; axis++)
        params->outer.dim[axis] = params->axes[axis].out;
    params->rows = senet_shape_elements(&params->outer);
    params->size = dtype_size(node->inputs[0]->dtype);
    if (node->inputs[0]->dtype == DTYPE_INT64)
        params->fill.i = node_attribute_int(node, "value", 0);
    else
        params->fill.f = node_attribute_float(node, "value", 0);
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

static int64_t modulo(int64_t number, int64_t divisor)
{
    int64_t rest = number % divisor;
    return rest < 0 ? rest + divisor : rest;
}

/* The element that output `index` shows, or -1: the constant. */
static int64_t element_at(const struct section *section, int64_t index)
{
    int64_t place = section->begin + index * section->step, last = section->in - 1;
    if (place >= 0 && place <= last)
        return place;
    switch (section->outside) {
    case OUTSIDE_CONSTANT:
        return -1;
    case OUTSIDE_EDGE:
        return place < 0 ? 0 : last;
    case OUTSIDE_REFLECT:
        place = last > 0 ? modulo(place, 2 * last) : 0;
        return place > last ? 2 * last - place : place;
    case OUTSIDE_WRAP:
        return modulo(place, section->in);
    }
    return -1;
}

/* How many outputs from `index` on, which shows `element`, show elements that lie behind each other. */
static int64_t run_at(const struct section *section, int64_t index, int64_t element)
{
    int64_t place = section->begin + index * section->step, left = section->out - index;
    bool inside = place >= 0 && place < section->in;
    if (section->step != 1 || element < 0 || !(inside || section->outside == OUTSIDE_WRAP))
        return 1;
    return left < section->in - element ? left : section->in - element;
}

/* `source` is where element 0 of the last axis lies; NULL where all of the row is outside. */
static void copy_row(const struct sections *params, const char *source, char *destination)
{
    const struct section *section = &params->axes[params->count - 1];
    size_t bytes = (size_t)params->piece * params->size;
    if (!source) {
        piece_fill(destination, &params->fill, params->size, section->out * params->piece);
        return;
    }
    for (int64_t index = 0, run; index < section->out; index += run) {
        int64_t element = element_at(section, index);
        run = run_at(section, index, element);
        if (element < 0)
            piece_fill(destination, &params->fill, params->size, params->piece);
        else
            piece_copy(destination, source + (size_t)(element * section->stride) * bytes, (size_t)run * bytes);
        destination += (size_t)run * bytes;
    }
}

static void copy_rows(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct sections_job *job = context;
    const struct sections *params = job->params;
    int64_t index[SENET_MAX_RANK];
    size_t bytes = (size_t)params->piece * params->size;
    size_t row_bytes = (size_t)params->axes[params->count - 1].out * bytes;
    index_of_row(begin, &params->outer, index);
    for (int64_t row = begin; row < end; row++, index_advance(index, &params->outer)) {
        const char *source = job->source;
        for (int axis = 0; source && axis < params->outer.rank; axis++) {
            int64_t element = element_at(&params->axes[axis], index[axis]);
            source = element < 0 ? NULL : source + (size_t)(element * params->axes[axis].stride) * bytes;
        }
        copy_row(params, source, job->destination + (size_t)row * row_bytes);
    }
}

void section(const struct kernel_call *call)
{
    const struct sections *params = call->params;
    struct sections_job job = {params, call->inputs[0].data, call->outputs[0].data};
    if (params->count == 0) {
        memcpy(job.destination, job.source, (size_t)params->piece * params->size);
        return;
    }
    team_run(call->team, params->rows, parallel_grain(params->axes[params->count - 1].out * params->piece), copy_rows,
             &job);
}
