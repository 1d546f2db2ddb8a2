/*
 * What the reductions compute, one row each: OP_REDUCE_<symbol> begins with `start`, takes each element x into `sum`,
 * puts two such results `sum` and x together by `join`, and ends with the last expression, in which `count` is how many
 * elements there were. The naive kernel computes float32 in double, the fast one in float (tgmath.h).
 *
 * Comparisons are written so that NaN passes through. Sums of integers wrap, as everywhere.
 */
#ifndef SENET_GRAPH_REDUCTION_H
#define SENET_GRAPH_REDUCTION_H

#define REDUCTIONS(REDUCTION)                                                                                          \
    FAST_REDUCTIONS(REDUCTION)                                                                                         \
    REDUCTION(LOG_SUM_EXP, -INFINITY, log_add_exp(sum, x), log_add_exp(sum, x), sum)

#define FAST_REDUCTIONS(REDUCTION)                                                                                     \
    REDUCTION(L1, 0, sum + fabs(x), sum + x, sum)                                                                      \
    REDUCTION(L2, 0, sum + x * x, sum + x, sqrt(sum))                                                                  \
    REDUCTION(LOG_SUM, 0, sum + x, sum + x, log(sum))                                                                  \
    REDUCTION(MAX, -INFINITY, ((x > sum) | (x != x)) ? x : sum, ((x > sum) | (x != x)) ? x : sum, sum)                 \
    REDUCTION(MEAN, 0, sum + x, sum + x, sum / count)                                                                  \
    REDUCTION(MIN, INFINITY, ((x < sum) | (x != x)) ? x : sum, ((x < sum) | (x != x)) ? x : sum, sum)                  \
    REDUCTION(PROD, 1, sum *x, sum *x, sum)                                                                            \
    REDUCTION(SUM, 0, sum + x, sum + x, sum)                                                                           \
    REDUCTION(SUM_SQUARE, 0, sum + x * x, sum + x, sum)

#define INTEGER_REDUCTIONS(REDUCTION)                                                                                  \
    REDUCTION(MAX, INT64_MIN, sum > x ? sum : x, sum > x ? sum : x, sum)                                               \
    REDUCTION(MEAN, 0, wrap_add(sum, x), wrap_add(sum, x), sum / count)                                                \
    REDUCTION(MIN, INT64_MAX, sum < x ? sum : x, sum < x ? sum : x, sum)                                               \
    REDUCTION(PROD, 1, wrap_mul(sum, x), wrap_mul(sum, x), sum)                                                        \
    REDUCTION(SUM, 0, wrap_add(sum, x), wrap_add(sum, x), sum)

#endif
