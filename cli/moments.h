/*
 * Mean and variance of many numbers at once, one sample of all of them after another (Welford 1962), and of samples
 * taken together (Chan, Golub, LeVeque 1979): in one pass, without the cancellation of sums of squares.
 */
#ifndef SENET_CLI_MOMENTS_H
#define SENET_CLI_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct moments {
    size_t count;
    int64_t samples;
    double *mean, *squares; /* `count` each; squares: the sum of squared differences from the mean */
};

/* False when there is no memory, and nothing to release. */
bool moments_init(struct moments *moments, size_t count);
void moments_release(struct moments *moments);

/* `values` are moments->count finite numbers. */
void moments_add(struct moments *moments, const float *values);

/* As if all samples of `other`, which has the same count, had been added to `moments`. */
void moments_merge(struct moments *moments, const struct moments *other);

/* The population's; 0 without samples. */
double moments_variance(const struct moments *moments, size_t at);

/* Variances and deviations are averaged over the numbers first .. first + count - 1 before roots and shares are taken.
 */
struct spread {
    double mean;
    double std;       /* from sample to sample */
    double class_std; /* from class mean to class mean, each class counting once */
    double share;     /* the variance between classes (eta squared) is this part of all; 0 where nothing varies */
};

/* `all` is the merge of `classes`, of which each has samples. */
struct spread spread_between(const struct moments *const *classes, size_t class_count, const struct moments *all,
                             size_t first, size_t count);

#endif
