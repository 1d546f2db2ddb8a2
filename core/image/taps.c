/*
 * DESIGN
 * An axis that keeps its size, and one that takes the nearest samples, are filtered as well, with one tap of weight 1:
 * in fixed point that gives the sample itself, so there is one way through the loops for all filters.
 */
#include "image/taps.h"

#include <math.h>
#include <stdlib.h>

#include "base/checked.h"

#define ONE (1 << TAPS_FRACTION_BITS)

/* Pillow finds the sources of NEAREST by repeated addition, and its rounding errors show. Larger images than
 * Pillow can hold need not repeat them. */
#define NEAREST_ADDITIONS_MAX (1 << 24)

#define PI 3.14159265358979323846

typedef double filter_curve(double distance);

static double box(double distance)
{
    return distance > -0.5 && distance <= 0.5 ? 1 : 0;
}

static double bilinear(double distance)
{
    distance = fabs(distance);
    return distance < 1 ? 1 - distance : 0;
}

static double hamming(double distance)
{
    distance = fabs(distance);
    if (distance == 0)
        return 1;
    if (distance >= 1)
        return 0;
    distance *= PI;
    return sin(distance) / distance * (0.54 + 0.46 * cos(distance));
}

static double bicubic(double distance)
{
    const double a = -0.5;
    distance = fabs(distance);
    if (distance < 1)
        return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    if (distance < 2)
        return (((distance - 5) * distance + 8) * distance - 4) * a;
    return 0;
}

static double sinc(double distance)
{
    return distance == 0 ? 1 : sin(distance * PI) / (distance * PI);
}

static double lanczos(double distance)
{
    return distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0;
}

static const struct {
    filter_curve *curve; /* NULL: the nearest sample */
    double support;      /* the filter is 0 this far from its centre and beyond */
} filters[SENET_INTERPOLATION_COUNT] = {
    [SENET_NEAREST] = {NULL, 0},    [SENET_BILINEAR] = {bilinear, 1}, [SENET_BICUBIC] = {bicubic, 2},
    [SENET_LANCZOS] = {lanczos, 3}, [SENET_BOX] = {box, 0.5},         [SENET_HAMMING] = {hamming, 1},
};

void taps_release(struct taps *taps)
{
    free(taps->span);
    free(taps->weight);
}

static bool allocate(struct taps *taps, int64_t count, int64_t longest)
{
    size_t weights;
    taps->stride = (longest + TAPS_GROUP - 1) / TAPS_GROUP * TAPS_GROUP;
    if (!checked_mul_size((size_t)count, (size_t)taps->stride, &weights))
        return false;
    taps->span = calloc((size_t)count, sizeof *taps->span);
    taps->weight = calloc(weights, sizeof *taps->weight);
    return taps->span && taps->weight;
}

static void weigh(const struct span *span, filter_curve *curve, double center, double inverse, double *exact,
                  int32_t *weight)
{
    double sum = 0;
    for (int64_t i = 0; i < span->count; i++) {
        exact[i] = curve(((double)(i + span->first) - center + 0.5) * inverse);
        sum += exact[i];
    }
    for (int64_t i = 0; i < span->count; i++) {
        double share = (sum != 0 ? exact[i] / sum : exact[i]) * ONE;
        weight[i] = (int32_t)(share < 0 ? share - 0.5 : share + 0.5);
    }
}

/* The filter as it is stretched over the source. Filters grow with the downscaling: no aliasing. */
struct stretch {
    double scale, widening, support;
};

static struct stretch stretch_of(const struct resize_axis *axis, enum senet_interpolation interpolation)
{
    double scale = axis->covered / (double)axis->out, widening = scale > 1 ? scale : 1;
    return (struct stretch){scale, widening, filters[interpolation].support * widening};
}

/* The part of the source under the filter, for wanted sample `i`. */
static struct span span_of(const struct stretch *stretch, const struct resize_axis *axis, int64_t i, double *center)
{
    *center = ((double)(axis->first + i) + 0.5) * stretch->scale;
    int64_t first = (int64_t)(*center - stretch->support + 0.5), end = (int64_t)(*center + stretch->support + 0.5);
    first = first > 0 ? first : 0;
    return (struct span){first, (end < axis->in ? end : axis->in) - first};
}

static bool init_filtered(struct taps *taps, const struct resize_axis *axis, enum senet_interpolation interpolation)
{
    struct stretch stretch = stretch_of(axis, interpolation);
    int64_t longest = (int64_t)ceil(stretch.support) * 2 + 1;
    longest = longest < axis->in ? longest : axis->in;
    double *exact = calloc((size_t)longest, sizeof *exact);
    bool complete = allocate(taps, axis->count, longest) && exact;
    for (int64_t i = 0; complete && i < axis->count; i++) {
        double center;
        struct span span = span_of(&stretch, axis, i, &center);
        weigh(&span, filters[interpolation].curve, center, 1 / stretch.widening, exact,
              taps->weight + i * taps->stride);
        taps->span[i] = (struct span){span.first - axis->offset, span.count};
    }
    free(exact);
    return complete;
}

static bool init_nearest(struct taps *taps, const struct resize_axis *axis)
{
    if (!allocate(taps, axis->count, 1))
        return false;
    double scale = axis->covered / (double)axis->out, at = scale * 0.5;
    bool add = axis->first + axis->count <= NEAREST_ADDITIONS_MAX;
    for (int64_t i = 0; add && i < axis->first; i++)
        at += scale;
    for (int64_t i = 0; i < axis->count; i++, at += scale) {
        int64_t nearest = (int64_t)(add ? at : ((double)(axis->first + i) + 0.5) * scale);
        taps->span[i] = (struct span){(nearest < axis->in ? nearest : axis->in - 1) - axis->offset, 1};
        taps->weight[i * taps->stride] = ONE;
    }
    return true;
}

static bool takes_nearest(const struct resize_axis *axis, enum senet_interpolation interpolation)
{
    bool kept = axis->in == axis->out && axis->covered == (double)axis->in;
    return kept || !filters[interpolation].curve;
}

bool taps_init(struct taps *taps, const struct resize_axis *axis, enum senet_interpolation interpolation)
{
    return takes_nearest(axis, interpolation) ? init_nearest(taps, axis) : init_filtered(taps, axis, interpolation);
}

void taps_range(const struct resize_axis *axis, enum senet_interpolation interpolation, int64_t *first, int64_t *end)
{
    struct stretch stretch = stretch_of(axis, interpolation);
    double center;
    *first = span_of(&stretch, axis, 0, &center).first;
    struct span last = span_of(&stretch, axis, axis->count - 1, &center);
    *end = last.first + last.count;
    if (takes_nearest(axis, interpolation)) { /* a sample beside the centre, and one for rounding errors */
        *first = *first > 2 ? *first - 2 : 0;
        *end = *end + 2 < axis->in ? *end + 2 : axis->in;
    }
}
