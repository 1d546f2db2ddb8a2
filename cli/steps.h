/* What `senet bench` says about the steps of a run: a table, JSON, a trace. */
#ifndef SENET_CLI_STEPS_H
#define SENET_CLI_STEPS_H

#include "senet.h"

/* One run, step by step. */
struct step_times {
    const struct senet_model_info *info;
    const struct senet_span *spans; /* info->step_count of them */
    double peak;                    /* GFLOP/s that the machine could do; 0 when that is not known */
};

void steps_print(const struct step_times *times);

/* The members "peak_gflops" and "steps" of the open object. */
void steps_write_json(struct senet_json *json, const struct step_times *times);

/* Chrome's trace format, for chrome://tracing and ui.perfetto.dev: an event for each step. An exit status. */
int steps_write_trace(const char *path, const struct step_times *times);

#endif
