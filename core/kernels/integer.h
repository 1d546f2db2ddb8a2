/* Arithmetic on int64 that is defined for all operands: it wraps, and what has no result is 0. */
#ifndef SENET_KERNELS_INTEGER_H
#define SENET_KERNELS_INTEGER_H

#include <stdint.h>

static inline int64_t wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t wrap_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t wrap_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* Towards zero. By 0, and INT64_MIN by -1, which trap: 0. */
static inline int64_t quotient(int64_t a, int64_t b)
{
    return b == 0 || (a == INT64_MIN && b == -1) ? 0 : a / b;
}

/* Of the sign of `a`, as C has it. By 0: 0. By -1 it is 0 without INT64_MIN's trap. */
static inline int64_t remainder_truncated(int64_t a, int64_t b)
{
    return b == 0 || b == -1 ? 0 : a % b;
}

/* Of the sign of `b`, as Python has it. */
static inline int64_t remainder_floored(int64_t a, int64_t b)
{
    int64_t remainder = remainder_truncated(a, b);
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

/* Negative exponents truncate: what is not 1 or -1 has an absolute value below 1, or none. */
static inline int64_t wrap_power(int64_t base, int64_t exponent)
{
    if (exponent < 0)
        return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    int64_t power = 1;
    for (; exponent > 0; exponent /= 2, base = wrap_mul(base, base))
        if (exponent % 2)
            power = wrap_mul(power, base);
    return power;
}

/* Files shift unsigned integers alone. Bits shifted out are gone, by 64 and more all of them. */
static inline int64_t shift_left(int64_t a, int64_t b)
{
    return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
}

static inline int64_t shift_right(int64_t a, int64_t b)
{
    return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a >> b);
}

/* Towards zero; the nearest int64 of what lies beyond, and 0 of NaN. */
static inline int64_t truncated(double x)
{
    if (x >= 9223372036854775808.0)
        return INT64_MAX;
    if (x <= -9223372036854775808.0)
        return INT64_MIN;
    return x == x ? (int64_t)x : 0;
}

/* The same for uint64, as the int64 of those bits; negative numbers wrap. */
static inline int64_t truncated_unsigned(double x)
{
    if (x >= 18446744073709551616.0)
        return -1;
    return x >= 9223372036854775808.0 ? (int64_t)(uint64_t)x : truncated(x);
}

#endif
