/*
 * Counts and durations for GET /metrics.
 *
 * DESIGN
 * What is about requests is the server's; what is about inferences belongs to the version of a model that made them,
 * and goes with it (models/served.h): labels are as many as there are models, and a model that comes back starts from
 * zero, which Prometheus takes for a restart.
 */
#ifndef SENETD_METRICS_H
#define SENETD_METRICS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "senet.h"

enum stage { STAGE_QUEUE, STAGE_DECODE, STAGE_PREPROCESS, STAGE_INFERENCE, STAGE_TOTAL, STAGE_COUNT };

#define METRICS_ROUTES_MAX 48
#define METRICS_STATUS_MAX 600
#define HISTOGRAM_BOUNDS_MAX 16

struct histogram {
    const double *bounds; /* upper, inclusive, ascending; static */
    size_t bound_count;
    uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1]; /* the last is beyond every bound */
    double sum;
};

struct metrics {
    pthread_mutex_t lock;                                      /* guards all below */
    uint64_t requests[METRICS_ROUTES_MAX][METRICS_STATUS_MAX]; /* by index of the route and HTTP status */
    struct histogram durations;
    int64_t inflight;
};

/* Of one version of a model. */
struct model_metrics {
    pthread_mutex_t lock; /* guards all below */
    struct histogram batches, stages[STAGE_COUNT];
};

bool metrics_init(struct metrics *metrics);
void metrics_release(struct metrics *metrics);

void metrics_request_begin(struct metrics *metrics);
void metrics_request_end(struct metrics *metrics, size_t route, int status, double seconds);

bool model_metrics_init(struct model_metrics *metrics);
void model_metrics_release(struct model_metrics *metrics);

void metrics_stage(struct model_metrics *metrics, enum stage stage, double seconds);
void metrics_batch(struct model_metrics *metrics, int64_t images);

void histogram_init(struct histogram *histogram, const double *bounds, size_t bound_count);
void histogram_observe(struct histogram *histogram, double value);
/* Prometheus text: NAME_bucket{LABELS,le=...}, NAME_sum, NAME_count. `labels` is "" or `stage="decode"`. */
void histogram_write(const struct histogram *histogram, const char *name, const char *labels,
                     struct senet_buffer *text);

#endif
