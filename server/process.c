#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct process {
    double cpu_seconds, start_seconds; /* the second since the epoch */
    double virtual_bytes, resident_bytes;
    long long threads;
};

/* When the machine started, Unix time: a fact of the kernel's, so that it is the same at every scrape. */
static long long boot_time(void)
{
    FILE *stream = fopen("/proc/stat", "r");
    char line[4096];
    long long seconds = 0;
    while (stream && fgets(line, sizeof line, stream))
        if (sscanf(line, "btime %lld", &seconds) == 1)
            break;
    if (stream)
        fclose(stream);
    return seconds;
}

/* proc(5): the fields after the command's name, which may itself hold spaces and parentheses. */
static bool read_stat(struct process *process)
{
    char text[1024];
    FILE *stream = fopen("/proc/self/stat", "r");
    if (!stream)
        return false;
    size_t size = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[size] = '\0';
    const char *fields = strrchr(text, ')');
    unsigned long long user, system, started, virtual_bytes;
    long long resident;
    if (!fields ||
        sscanf(fields + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %lld %*d %llu %llu %lld", &user,
               &system, &process->threads, &started, &virtual_bytes, &resident) != 6)
        return false;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    process->cpu_seconds = (double)(user + system) / ticks;
    process->start_seconds = (double)boot_time() + (double)started / ticks;
    process->virtual_bytes = (double)virtual_bytes;
    process->resident_bytes = (double)resident * (double)sysconf(_SC_PAGESIZE);
    return true;
}

static int count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return 0;
    int count = -1; /* the one that opendir took */
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void write_metric(struct senet_buffer *text, const char *name, const char *type, const char *help, double value)
{
    senet_buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, type, name, value);
}

void process_write(struct senet_buffer *text)
{
    struct process process;
    if (read_stat(&process)) {
        write_metric(text, "process_cpu_seconds_total", "counter", "User and system CPU time spent.",
                     process.cpu_seconds);
        write_metric(text, "process_start_time_seconds", "gauge", "Start of the process, Unix time.",
                     process.start_seconds);
        write_metric(text, "process_virtual_memory_bytes", "gauge", "Virtual memory size.", process.virtual_bytes);
        write_metric(text, "process_resident_memory_bytes", "gauge", "Resident memory size.", process.resident_bytes);
        write_metric(text, "process_threads", "gauge", "Threads.", (double)process.threads);
    }
    write_metric(text, "process_open_fds", "gauge", "Open file descriptors.", (double)count_descriptors());
    struct rlimit limit;
    if (!getrlimit(RLIMIT_NOFILE, &limit))
        write_metric(text, "process_max_fds", "gauge", "Limit of open file descriptors.", (double)limit.rlim_cur);
}
