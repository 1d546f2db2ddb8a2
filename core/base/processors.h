/* How many processors this process may use. */
#ifndef SENET_BASE_PROCESSORS_H
#define SENET_BASE_PROCESSORS_H

/* At least 1. Those that the calling thread may be scheduled on, where the system tells; else those that are online. */
int processors_usable(void);

#endif
