#include <float.h>
#include <math.h>

#include "graph/cast_types.h"
#include "kernels/integer.h"
#include "kernels/reference.h"

/*
 * The nearest float with `digits` binary digits, ties to even, whose last one is worth 2^(least_exponent - digits) or
 * more: below that, numbers are subnormal and have fewer. Beyond `largest` is infinity.
 */
static float round_digits(float x, int digits, int least_exponent, float largest)
{
    int exponent;
    if (x == 0.0f || !isfinite(x))
        return x;
    frexpf(x, &exponent);
    int shift = digits - (exponent > least_exponent ? exponent : least_exponent);
    float rounded = ldexpf(rintf(ldexpf(x, shift)), -shift);
    return fabsf(rounded) > largest ? copysignf(INFINITY, x) : rounded;
}

static float half(float x)
{
    return round_digits(x, 11, -13, 65504.0f);
}

static float brain_half(float x)
{
    return round_digits(x, 8, -125, FLT_MAX);
}

/* What C calls each dtype. */
typedef float held_FLOAT32;
typedef int64_t held_INT64;

static void cast_floats(int64_t to, const float *input, void *result, int64_t elements)
{
    switch (to) {
#define FROM_FLOATS(symbol, number, dtype, from_float, from_integer)                                                   \
    case CAST_##symbol:                                                                                                \
        for (int64_t i = 0; i < elements; i++) {                                                                       \
            const float x = input[i];                                                                                  \
            ((held_##dtype *)result)[i] = from_float;                                                                  \
        }                                                                                                              \
        break;
        CAST_TYPES(FROM_FLOATS)
#undef FROM_FLOATS
    }
}

static void cast_integers(int64_t to, const int64_t *input, void *result, int64_t elements)
{
    switch (to) {
#define FROM_INTEGERS(symbol, number, dtype, from_float, from_integer)                                                 \
    case CAST_##symbol:                                                                                                \
        for (int64_t i = 0; i < elements; i++) {                                                                       \
            const int64_t x = input[i];                                                                                \
            ((held_##dtype *)result)[i] = from_integer;                                                                \
        }                                                                                                              \
        break;
        CAST_TYPES(FROM_INTEGERS)
#undef FROM_INTEGERS
    }
}

/* CastLike too, whose second operand infer has read. */
void reference_cast(const struct kernel_call *call)
{
    int64_t to = node_attribute_int(call->params, "to", CAST_FLOAT);
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    if (call->inputs[0].dtype == DTYPE_FLOAT32)
        cast_floats(to, call->inputs[0].data, call->outputs[0].data, elements);
    else
        cast_integers(to, call->inputs[0].data, call->outputs[0].data, elements);
}
