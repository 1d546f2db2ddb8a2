#define _GNU_SOURCE /* sched_getaffinity */
#include "cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int cpus_of_quota(const char *cpu_max)
{
    long long quota, period;
    if (sscanf(cpu_max, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
        return 0;
    long long cores = quota / period + (quota % period != 0);
    return cores > INT_MAX ? 0 : (int)cores;
}

static int quota_here(void)
{
    char text[64];
    FILE *stream = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (!stream)
        return 0;
    int cores = fgets(text, sizeof text, stream) ? cpus_of_quota(text) : 0;
    fclose(stream);
    return cores;
}

int cpus_usable(void)
{
    cpu_set_t set;
    long cores = sched_getaffinity(0, sizeof set, &set) ? sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
    int quota = quota_here();
    if (quota > 0 && quota < cores)
        return quota;
    return cores > 0 ? (int)cores : 1;
}
