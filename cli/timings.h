/* What is said of many runs of the same. */
#ifndef SENET_CLI_TIMINGS_H
#define SENET_CLI_TIMINGS_H

#include <stddef.h>

#include "senet.h"

/* Milliseconds. */
struct timings {
    double minimum, median, p90, mean;
};

/* `runs` are milliseconds, at least one, and are sorted by this. */
struct timings timings_of(double *runs, size_t count);

/* One line on standard output. */
void timings_print(const struct timings *timings);

/* The members min_ms, median_ms, p90_ms and mean_ms of the open object. */
void timings_write_json(struct senet_json *json, const struct timings *timings);

#endif
