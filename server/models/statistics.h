/*
 * What a model has done since it was loaded, as the statistics extension of the Open Inference Protocol counts it:
 * requests and their times, and the runs of the network behind them.
 */
#ifndef SENETD_STATISTICS_H
#define SENETD_STATISTICS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct statistics_duration {
    uint64_t count;
    double seconds;
};

/* One request. Nobody knows how long parts of one that failed took. */
struct statistics_request {
    bool success;
    double total, queue, input, infer, output; /* seconds */
};

struct statistics_numbers {
    uint64_t inferences, executions; /* images; runs of the network */
    double last;                     /* seconds since 1970 of the last inference; 0: none yet */
    struct statistics_duration success, fail, queue, input, infer, output;
};

struct statistics {
    pthread_mutex_t lock; /* guards the numbers */
    struct statistics_numbers numbers;
};

bool statistics_init(struct statistics *statistics);
void statistics_release(struct statistics *statistics);
void statistics_run(struct statistics *statistics, size_t images);
void statistics_request(struct statistics *statistics, const struct statistics_request *request);
struct statistics_numbers statistics_read(struct statistics *statistics);

#endif
