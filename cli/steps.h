/* What `senet bench` says about the steps of a run: a table, JSON. */
#ifndef SENET_CLI_STEPS_H
#define SENET_CLI_STEPS_H

#include "senet.h"

struct step_times {
    const struct senet_model_info *info;
    const double *seconds; /* of each of info->steps */
    double peak;           /* GFLOP/s that the machine could do */
};

void steps_print(const struct step_times *times);

/* The members "peak_gflops" and "steps" of the open object. */
void steps_write_json(struct senet_json *json, const struct step_times *times);

/* The members "kernel", "macs", "output" and "gflops": 0 where nothing is multiplied or the clock saw no time. */
void step_write_json(struct senet_json *json, const struct senet_step *step, double seconds);

#endif
