#include "axis.h"

#include <math.h>

#define LEAST_SPAN 1e-6 /* of the largest number: what a float cannot tell apart needs no ticks */

static double round_step(double step)
{
    static const double factors[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(step)));
    for (int i = 0; i < 4; i++)
        if (step <= factors[i] * power * (1 + 1e-9))
            return factors[i] * power;
    return 10 * power;
}

struct axis axis_fit(double low, double high, int steps)
{
    double span = fmax(high - low, fmax(LEAST_SPAN * fmax(fabs(low), fabs(high)), LEAST_SPAN));
    struct axis axis = {.step = round_step(span / steps)};
    /* The slack keeps 0.6 / 0.2, which is a little more than 3, from another step. */
    axis.low = axis.step * floor(low / axis.step + 1e-9);
    axis.ticks = 1 + (int)fmax(1, ceil((low + span - axis.low) / axis.step - 1e-9));
    axis.high = axis.low + axis.step * (axis.ticks - 1);
    axis.decimals = (int)fmin(9, fmax(0, -floor(log10(axis.step) + 1e-9)));
    return axis;
}
