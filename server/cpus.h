/* How many cores this process may really use. */
#ifndef SENETD_CPUS_H
#define SENETD_CPUS_H

/* The smallest of what the affinity mask and the cgroup's quota allow; at least 1. */
int cpus_usable(void);

/* Cores that the text of cgroup v2's cpu.max grants ("200000 100000" is 2), rounded up; 0 for no limit. */
int cpus_of_quota(const char *cpu_max);

#endif
