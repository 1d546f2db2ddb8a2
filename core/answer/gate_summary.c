#include <math.h>

#include "senet.h"

/* A sigmoid this close to an end passes next to no gradient: the channel is, in effect, switched. */
#define SATURATED_LOW 0.05F
#define SATURATED_HIGH 0.95F

void senet_gate_summarise(const float *gate, int64_t channels, struct senet_gate_summary *summary)
{
    double sum = 0, squares = 0;
    int64_t saturated = 0;
    float min = gate[0], max = gate[0];
    for (int64_t c = 0; c < channels; c++) {
        sum += (double)gate[c];
        min = fminf(min, gate[c]);
        max = fmaxf(max, gate[c]);
        saturated += gate[c] < SATURATED_LOW || gate[c] > SATURATED_HIGH;
    }
    double mean = sum / (double)channels;
    /* In a second pass over the differences, so that nothing cancels. */
    for (int64_t c = 0; c < channels; c++)
        squares += ((double)gate[c] - mean) * ((double)gate[c] - mean);
    *summary = (struct senet_gate_summary){
        .mean = (float)mean,
        .std = (float)sqrt(squares / (double)channels),
        .min = min,
        .max = max,
        .saturated_ratio = (float)saturated / (float)channels,
    };
}
