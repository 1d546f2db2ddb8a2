/* How many cores this process may really use. */
#ifndef SENETD_CPUS_H
#define SENETD_CPUS_H

struct cpus {
    int cores;          /* at least 1 */
    const char *source; /* what limits them: "affinity", the mask (cpusets included), or "cgroup", the quota. Static */
};

/* `root` is put before "/proc" and "/sys": "" but in tests. */
struct cpus cpus_usable(const char *root);

/*
 * Cores that the CPU quota of the process's cgroup and of those around it grants, rounded up; 0 for no limit. Both
 * versions are read: cpu.max, and cpu.cfs_quota_us with cpu.cfs_period_us.
 */
int cpus_of_cgroups(const char *root);

/* Cores that the text of cgroup v2's cpu.max grants ("200000 100000" is 2), rounded up; 0 for no limit. */
int cpus_of_quota(const char *cpu_max);

#endif
