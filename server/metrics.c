#include "metrics.h"

#include <string.h>

static const double duration_bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                         0.1,    0.25,  0.5,    1,     2.5,  5,     10};
static const double batch_bounds[] = {1, 2, 4, 8, 16, 32, 64};

#define COUNT(array) (sizeof(array) / sizeof *(array))

void histogram_init(struct histogram *histogram, const double *bounds, size_t bound_count)
{
    *histogram = (struct histogram){.bounds = bounds, .bound_count = bound_count};
}

void histogram_observe(struct histogram *histogram, double value)
{
    size_t bucket = 0;
    while (bucket < histogram->bound_count && value > histogram->bounds[bucket])
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum += value;
}

void histogram_write(const struct histogram *histogram, const char *name, const char *labels, struct senet_buffer *text)
{
    const char *comma = *labels ? "," : "", *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    unsigned long long total = 0;
    for (size_t i = 0; i < histogram->bound_count; i++) {
        total += histogram->counts[i];
        senet_buffer_printf(text, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma, histogram->bounds[i], total);
    }
    total += histogram->counts[histogram->bound_count];
    senet_buffer_printf(text, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma, total);
    senet_buffer_printf(text, "%s_sum%s%s%s %.9g\n", name, open, labels, close, histogram->sum);
    senet_buffer_printf(text, "%s_count%s%s%s %llu\n", name, open, labels, close, total);
}

bool metrics_init(struct metrics *metrics)
{
    memset(metrics, 0, sizeof *metrics);
    histogram_init(&metrics->durations, duration_bounds, COUNT(duration_bounds));
    return !pthread_mutex_init(&metrics->lock, NULL);
}

void metrics_release(struct metrics *metrics)
{
    pthread_mutex_destroy(&metrics->lock);
}

void metrics_request_begin(struct metrics *metrics)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->inflight++;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_request_end(struct metrics *metrics, size_t route, int status, double seconds)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->inflight--;
    metrics->requests[route][status]++;
    histogram_observe(&metrics->durations, seconds);
    pthread_mutex_unlock(&metrics->lock);
}

bool model_metrics_init(struct model_metrics *metrics)
{
    histogram_init(&metrics->batches, batch_bounds, COUNT(batch_bounds));
    for (size_t i = 0; i < STAGE_COUNT; i++)
        histogram_init(&metrics->stages[i], duration_bounds, COUNT(duration_bounds));
    return !pthread_mutex_init(&metrics->lock, NULL);
}

void model_metrics_release(struct model_metrics *metrics)
{
    pthread_mutex_destroy(&metrics->lock);
}

void metrics_stage(struct model_metrics *metrics, enum stage stage, double seconds)
{
    pthread_mutex_lock(&metrics->lock);
    histogram_observe(&metrics->stages[stage], seconds);
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_batch(struct model_metrics *metrics, int64_t images)
{
    pthread_mutex_lock(&metrics->lock);
    histogram_observe(&metrics->batches, (double)images);
    pthread_mutex_unlock(&metrics->lock);
}
