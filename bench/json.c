/*
 * Times what an answer with all gates costs to write: 15,104 of them in 16 blocks, as SE-ResNet-50 has. `make
 * bench-json`. The smallest and the median of many runs; the goal is less than a millisecond.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "senet.h"

#define RUNS 1000

static const struct {
    int blocks, channels;
} stages[] = {{3, 256}, {4, 512}, {6, 1024}, {3, 2048}};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* xorshift32; gates are between 0 and 1. */
static float next_gate(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (float)(state >> 8) / 16777216.0f;
}

static size_t write_gates(struct senet_buffer *buffer, const float *gates)
{
    struct senet_json json = {.buffer = buffer};
    size_t count = 0;
    senet_json_array_begin(&json);
    for (size_t stage = 0; stage < sizeof stages / sizeof *stages; stage++)
        for (int block = 0; block < stages[stage].blocks; block++) {
            senet_json_array_begin(&json);
            for (int channel = 0; channel < stages[stage].channels; channel++)
                senet_json_float(&json, gates[count++]);
            senet_json_array_end(&json);
        }
    senet_json_array_end(&json);
    return count;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(void)
{
    static float gates[16384];
    static double runs[RUNS];
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        gates[i] = next_gate();
    size_t count = 0, size = 0;
    for (int run = 0; run < RUNS; run++) {
        struct senet_buffer buffer = {0};
        double begun = now();
        count = write_gates(&buffer, gates);
        runs[run] = (now() - begun) * 1e3;
        size = buffer.size;
        if (buffer.failed) {
            fputs("json: out of memory\n", stderr);
            return 1;
        }
        senet_buffer_release(&buffer);
    }
    qsort(runs, RUNS, sizeof *runs, compare_doubles);
    printf("%zu gates, %zu bytes: min %.3f ms  median %.3f ms\n", count, size, runs[0], runs[RUNS / 2]);
    return 0;
}
