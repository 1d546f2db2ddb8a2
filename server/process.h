/* The process_* metrics that Prometheus' own client libraries report, from /proc. */
#ifndef SENETD_PROCESS_H
#define SENETD_PROCESS_H

#include "senet.h"

void process_write(struct senet_buffer *text);

#endif
