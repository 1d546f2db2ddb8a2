#include "kernels/taps.h"

#include <math.h>

/*
 * As ONNX has them. `length` is what the output's would be if it were no whole number: ONNX's own numbers for corners
 * that are aligned depend on that.
 */
static double place_of(const struct resampling *resampling, const struct resampled_axis *axis, double index)
{
    double in = (double)axis->in, length = axis->scale * in;
    switch (resampling->place) {
    case PLACE_HALF_PIXEL:
        break;
    case PLACE_PYTORCH_HALF_PIXEL:
        return axis->out == 1 ? 0 : (index + 0.5) / axis->scale - 0.5;
    case PLACE_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - (double)axis->out / length) + (index + 0.5) / axis->scale - 0.5;
    case PLACE_TF_HALF_PIXEL_FOR_NN:
        return (index + 0.5) / axis->scale;
    case PLACE_ALIGN_CORNERS:
        return length == 1 ? 0 : index * (in - 1) / (length - 1);
    case PLACE_ASYMMETRIC:
        return index / axis->scale;
    case PLACE_TF_CROP_AND_RESIZE: {
        double reach = (axis->roi_end - axis->roi_begin) * (in - 1);
        return axis->roi_begin * (in - 1) + (axis->out == 1 ? reach / 2 : index * reach / (double)(axis->out - 1));
    }
    }
    return (index + 0.5) / axis->scale - 0.5;
}

static double nearest_to(const struct resampling *resampling, const struct resampled_axis *axis, double place)
{
    switch (resampling->round) {
    case ROUND_PREFER_FLOOR:
        return ceil(place - 0.5);
    case ROUND_PREFER_CEIL:
        return floor(place + 0.5);
    case ROUND_FLOOR:
        return floor(place);
    case ROUND_CEIL:
        return ceil(place);
    case ROUND_OLD:
        break;
    }
    return axis->scale < 1 ? ceil(place) : floor(place);
}

/* Beyond the ends, the last elements are repeated. */
static int64_t element_within(double place, int64_t in)
{
    return place <= 0 ? 0 : place >= (double)(in - 1) ? in - 1 : (int64_t)place;
}

static double linear_weight(double distance)
{
    return distance < 1 ? 1 - distance : 0;
}

/* Keys's kernel. */
static double cubic_weight(double a, double distance)
{
    double x = distance;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* The first tap, counted from the last element before the place. Antialiasing widens the kernel when shrinking. */
static int64_t first_tap(const struct resampling *resampling, const struct resampled_axis *axis)
{
    double radius = resampling->mode == RESAMPLING_CUBIC ? 2 : 1;
    double shrink = resampling->antialias && axis->scale < 1 ? axis->scale : 1;
    return (int64_t)floor(-radius / shrink) + 1;
}

int64_t taps_count(const struct resampling *resampling, int axis)
{
    if (resampling->mode == RESAMPLING_NEAREST || resampling->axes[axis].kept)
        return 1;
    return 2 - 2 * first_tap(resampling, &resampling->axes[axis]);
}

static void weigh(const struct resampling *resampling, const struct resampled_axis *axis, double place,
                  struct tap *taps, int64_t count)
{
    double shrink = resampling->antialias && axis->scale < 1 ? axis->scale : 1, sum = 0;
    double before = ceil(place) - 1, first = before + (double)first_tap(resampling, axis);
    for (int64_t i = 0; i < count; i++) {
        double element = first + (double)i, distance = fabs(element - place) * shrink;
        bool outside = resampling->exclude_outside && (element < 0 || element > (double)(axis->in - 1));
        double weight = resampling->mode == RESAMPLING_CUBIC ? cubic_weight(resampling->cubic_a, distance)
                                                             : linear_weight(distance);
        taps[i] = (struct tap){element_within(element, axis->in), outside ? 0 : weight};
        sum += taps[i].weight;
    }
    for (int64_t i = 0; i < count; i++)
        taps[i].weight = sum != 0 ? taps[i].weight / sum : 0;
}

/* A region's bounds are floats: one that ends where the input does may seem to end a little behind. */
static bool is_inside(const struct resampled_axis *axis, double place)
{
    double last = (double)(axis->in - 1), slack = 1e-6 * (double)axis->in;
    return place >= -slack && place <= last + slack;
}

bool taps_at(const struct resampling *resampling, int axis, int64_t index, struct tap *taps)
{
    const struct resampled_axis *along = &resampling->axes[axis];
    double place = place_of(resampling, along, (double)index);
    if (along->kept)
        taps[0] = (struct tap){index, 1};
    else if (resampling->mode == RESAMPLING_NEAREST)
        taps[0] = (struct tap){element_within(nearest_to(resampling, along, place), along->in), 1};
    else
        weigh(resampling, along, place, taps, taps_count(resampling, axis));
    return resampling->place != PLACE_TF_CROP_AND_RESIZE || along->kept || is_inside(along, place);
}
