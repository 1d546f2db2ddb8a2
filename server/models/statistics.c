#include "models/statistics.h"

#include <time.h>

bool statistics_init(struct statistics *statistics)
{
    *statistics = (struct statistics){0};
    return !pthread_mutex_init(&statistics->lock, NULL);
}

void statistics_release(struct statistics *statistics)
{
    pthread_mutex_destroy(&statistics->lock);
}

void statistics_run(struct statistics *statistics, size_t images)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    pthread_mutex_lock(&statistics->lock);
    statistics->numbers.executions++;
    statistics->numbers.inferences += images;
    statistics->numbers.last = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    pthread_mutex_unlock(&statistics->lock);
}

static void add(struct statistics_duration *duration, double seconds)
{
    duration->count++;
    duration->seconds += seconds > 0 ? seconds : 0;
}

void statistics_request(struct statistics *statistics, const struct statistics_request *request)
{
    struct statistics_numbers *numbers = &statistics->numbers;
    pthread_mutex_lock(&statistics->lock);
    if (request->success) {
        add(&numbers->success, request->total);
        add(&numbers->queue, request->queue);
        add(&numbers->input, request->input);
        add(&numbers->infer, request->infer);
        add(&numbers->output, request->output);
    } else {
        add(&numbers->fail, request->total);
    }
    pthread_mutex_unlock(&statistics->lock);
}

struct statistics_numbers statistics_read(struct statistics *statistics)
{
    pthread_mutex_lock(&statistics->lock);
    struct statistics_numbers numbers = statistics->numbers;
    pthread_mutex_unlock(&statistics->lock);
    return numbers;
}
