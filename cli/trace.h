/* Traces of runs. */
#ifndef SENET_CLI_TRACE_H
#define SENET_CLI_TRACE_H

#include "senet.h"

/* Chrome's trace format, for chrome://tracing and ui.perfetto.dev: an event for each step. An exit status. */
int trace_write(const char *path, const struct senet_model_info *info, const struct senet_span *spans);

#endif
