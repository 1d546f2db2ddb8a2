#include "timings.h"

#include <stdio.h>
#include <stdlib.h>

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

struct timings timings_of(double *runs, size_t count)
{
    qsort(runs, count, sizeof *runs, compare_doubles);
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += runs[i];
    return (struct timings){
        .minimum = runs[0],
        .median = (runs[(count - 1) / 2] + runs[count / 2]) / 2,
        .p90 = runs[(count * 9 + 9) / 10 - 1],
        .mean = sum / (double)count,
    };
}

void timings_print(const struct timings *timings)
{
    printf("min %.3f ms  median %.3f ms  p90 %.3f ms  mean %.3f ms\n", timings->minimum, timings->median, timings->p90,
           timings->mean);
}

void timings_write_json(struct senet_json *json, const struct timings *timings)
{
    const struct {
        const char *key;
        double milliseconds;
    } members[] = {{"min_ms", timings->minimum},
                   {"median_ms", timings->median},
                   {"p90_ms", timings->p90},
                   {"mean_ms", timings->mean}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        senet_json_key(json, members[i].key);
        senet_json_double(json, members[i].milliseconds, 6);
    }
}
