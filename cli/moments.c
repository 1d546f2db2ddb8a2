#include "moments.h"

#include <math.h>
#include <stdlib.h>

bool moments_init(struct moments *moments, size_t count)
{
    double *mean = calloc(count + 1, 2 * sizeof *mean);
    if (!mean)
        return false;
    *moments = (struct moments){.count = count, .mean = mean, .squares = mean + count};
    return true;
}

void moments_release(struct moments *moments)
{
    free(moments->mean);
    *moments = (struct moments){0};
}

void moments_add(struct moments *moments, const float *values)
{
    moments->samples++;
    for (size_t i = 0; i < moments->count; i++) {
        double difference = (double)values[i] - moments->mean[i];
        moments->mean[i] += difference / (double)moments->samples;
        moments->squares[i] += difference * ((double)values[i] - moments->mean[i]);
    }
}

void moments_merge(struct moments *moments, const struct moments *other)
{
    double before = (double)moments->samples, more = (double)other->samples, sum = before + more;
    if (other->samples == 0)
        return;
    for (size_t i = 0; i < moments->count; i++) {
        double difference = other->mean[i] - moments->mean[i];
        moments->mean[i] += difference * (more / sum);
        moments->squares[i] += other->squares[i] + difference * difference * (before * more / sum);
    }
    moments->samples += other->samples;
}

double moments_variance(const struct moments *moments, size_t at)
{
    return moments->samples ? moments->squares[at] / (double)moments->samples : 0;
}

/* Of the class means of number `at`; each class counts once. */
static double class_variance(const struct moments *const *classes, size_t class_count, size_t at)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < class_count; i++) {
        double difference = classes[i]->mean[at] - mean;
        mean += difference / (double)(i + 1);
        squares += difference * (classes[i]->mean[at] - mean);
    }
    return squares / (double)class_count;
}

/* Sum of squared differences between the samples' class means and the mean of all. */
static double squares_between(const struct moments *const *classes, size_t class_count, double mean, size_t at)
{
    double squares = 0;
    for (size_t i = 0; i < class_count; i++) {
        double difference = classes[i]->mean[at] - mean;
        squares += (double)classes[i]->samples * difference * difference;
    }
    return squares;
}

struct spread spread_between(const struct moments *const *classes, size_t class_count, const struct moments *all,
                             size_t first, size_t count)
{
    double mean = 0, total = 0, between = 0, class_std = 0;
    for (size_t at = first; at < first + count; at++) {
        mean += all->mean[at];
        total += all->squares[at];
        between += squares_between(classes, class_count, all->mean[at], at);
        class_std += sqrt(class_variance(classes, class_count, at));
    }
    return (struct spread){
        .mean = mean / (double)count,
        .std = sqrt(total / (double)count / (double)all->samples),
        .class_std = class_std / (double)count,
        .share = total > 0 ? fmin(between / total, 1) : 0, /* rounding */
    };
}
