/*
 * Functions of two numbers, each an operator. The naive kernels make every row a function, the fast ones make loops
 * of the arithmetic on floats.
 */
#ifndef SENET_KERNELS_BINARY_H
#define SENET_KERNELS_BINARY_H

#include <math.h>

#include "kernels/integer.h"

/* Of the operands' type: ROW(symbol of the operator, name in kernels, of float a and b, of int64_t a and b). */
#define ARITHMETIC(ROW)                                                                                                \
    ROW(ADD, add, a + b, wrap_add(a, b))                                                                               \
    ROW(DIV, div, a / b, quotient(a, b))                                                                               \
    ROW(MAX, max, larger(a, b), a > b ? a : b)                                                                         \
    ROW(MIN, min, smaller(a, b), a < b ? a : b)                                                                        \
    ROW(MOD, mod, fmodf(a, b), remainder_floored(a, b))                                                                \
    ROW(MUL, mul, (a * b), wrap_mul(a, b))                                                                             \
    ROW(POW, pow, power(a, b), wrap_power(a, b))                                                                       \
    ROW(PRELU, prelu, a < 0.0f ? a * b : a, a < 0 ? wrap_mul(a, b) : a)                                                \
    ROW(SUB, sub, a - b, wrap_sub(a, b))                                                                               \
    ROW(SUM, sum, a + b, wrap_add(a, b))

/* 0 or 1: ROW(symbol, name, of a and b of either type). */
#define COMPARISONS(ROW)                                                                                               \
    ROW(EQUAL, equal, a == b)                                                                                          \
    ROW(GREATER, greater, a > b)                                                                                       \
    ROW(GREATER_OR_EQUAL, greater_or_equal, a >= b)                                                                    \
    ROW(LESS, less, a < b)                                                                                             \
    ROW(LESS_OR_EQUAL, less_or_equal, a <= b)

/* Of integers and booleans alone: ROW(symbol, name, of int64_t a and b). */
#define LOGIC(ROW)                                                                                                     \
    ROW(AND, and, a != 0 && b != 0)                                                                                    \
    ROW(BIT_SHIFT, bit_shift, shift_left(a, b))                                                                        \
    ROW(OR, or, a != 0 || b != 0)                                                                                      \
    ROW(XOR, xor, (a != 0) != (b != 0))

/* NaN wins, whichever operand it is. */
static inline float larger(float a, float b)
{
    return a > b || a != a ? a : b;
}

static inline float smaller(float a, float b)
{
    return a < b || a != a ? a : b;
}

/* Squares are most of what networks raise to, and powf takes ten times as long. */
static inline float power(float a, float b)
{
    return b == 2.0f ? a * a : powf(a, b);
}

#endif
