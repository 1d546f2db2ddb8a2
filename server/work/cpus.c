/*
 * DESIGN
 * /proc/self/mountinfo tells where hierarchies of cgroups are mounted and which part of each is visible there,
 * /proc/self/cgroup where in each hierarchy the process is. From there up to the mount point every cgroup may have a
 * quota, and the smallest holds. In a container the process's own path is often not visible; then its folders are
 * missing, and the mount point is the container's cgroup.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "work/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define LINE_SIZE (3 * PATH_SIZE)

/* One hierarchy that may hold quotas, mounted somewhere. */
struct mount {
    bool unified;                           /* version 2 */
    char visible[PATH_SIZE], at[PATH_SIZE]; /* what of the hierarchy is mounted; where */
};

int cpus_of_quota(const char *cpu_max)
{
    long long quota, period;
    if (sscanf(cpu_max, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
        return 0;
    long long cores = quota / period + (quota % period != 0);
    return cores > INT_MAX ? 0 : (int)cores;
}

/* The smaller limit, where 0 is none. */
static int stricter(int a, int b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Appends the first line of a file to `text`; false when there is none. */
static bool append_line(const char *root, const char *folder, const char *name, char *text, size_t size)
{
    char path[3 * PATH_SIZE];
    size_t length = strlen(text);
    if ((size_t)snprintf(path, sizeof path, "%s%s/%s", root, folder, name) >= sizeof path)
        return false;
    FILE *stream = fopen(path, "r");
    if (!stream)
        return false;
    bool good = fgets(text + length, (int)(size - length), stream) != NULL;
    fclose(stream);
    text[strcspn(text, "\n")] = '\0';
    return good;
}

static int quota_of(const char *root, const char *folder, bool unified)
{
    char text[64] = "";
    if (unified)
        return append_line(root, folder, "cpu.max", text, sizeof text) ? cpus_of_quota(text) : 0;
    if (!append_line(root, folder, "cpu.cfs_quota_us", text, sizeof text))
        return 0;
    snprintf(text + strlen(text), sizeof text - strlen(text), " ");
    return append_line(root, folder, "cpu.cfs_period_us", text, sizeof text) ? cpus_of_quota(text) : 0;
}

/* Whether `word` stands in a list separated by commas. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *item = list; item; item = strchr(item, ','), item += item != NULL)
        if (!strncmp(item, word, length) && (item[length] == ',' || item[length] == '\0'))
            return true;
    return false;
}

/* "id parent device VISIBLE AT options ... - TYPE source SUPER-OPTIONS" (proc(5)). */
static bool parse_mount(const char *line, struct mount *mount)
{
    char type[64], options[1024];
    const char *rest = strstr(line, " - ");
    if (!rest || sscanf(line, "%*s %*s %*s %4095s %4095s", mount->visible, mount->at) != 2 ||
        sscanf(rest, " - %63s %*s %1023s", type, options) != 2)
        return false;
    mount->unified = !strcmp(type, "cgroup2");
    return mount->unified || (!strcmp(type, "cgroup") && lists(options, "cpu"));
}

/* "number:controllers:path" of /proc/self/cgroup; version 2 has the number 0 and no controllers. */
static bool own_path(const char *root, bool unified, char path[PATH_SIZE])
{
    char name[PATH_SIZE + 32], line[LINE_SIZE];
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *stream = fopen(name, "r");
    bool found = false;
    while (stream && !found && fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *own = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!own)
            continue;
        *controllers++ = *own++ = '\0';
        found = unified ? !strcmp(line, "0") && !*controllers : lists(controllers, "cpu");
        snprintf(path, PATH_SIZE, "%.4095s", own);
    }
    if (stream)
        fclose(stream);
    return found;
}

/* What `path` is below `visible`, which is "/" or has no slash at its end. */
static const char *below(const char *path, const char *visible)
{
    size_t length = strcmp(visible, "/") ? strlen(visible) : 0;
    bool inside = !strncmp(path, visible, length) && (path[length] == '/' || path[length] == '\0');
    return inside && !strstr(path, "/..") ? path + length : "";
}

static int quota_of_mount(const char *root, const struct mount *mount)
{
    char path[PATH_SIZE], folder[2 * PATH_SIZE];
    if (!own_path(root, mount->unified, path))
        return 0;
    snprintf(folder, sizeof folder, "%s%s", mount->at, below(path, mount->visible));
    int cores = 0;
    for (size_t end = strlen(folder); end >= strlen(mount->at); folder[end] = '\0') {
        cores = stricter(cores, quota_of(root, folder, mount->unified));
        char *slash = strrchr(folder, '/');
        if (!slash || slash == folder)
            break;
        end = (size_t)(slash - folder);
    }
    return cores;
}

int cpus_of_cgroups(const char *root)
{
    char name[PATH_SIZE + 32], line[LINE_SIZE];
    snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);
    FILE *stream = fopen(name, "r");
    struct mount mount;
    int cores = 0;
    while (stream && fgets(line, sizeof line, stream))
        if (parse_mount(line, &mount))
            cores = stricter(cores, quota_of_mount(root, &mount));
    if (stream)
        fclose(stream);
    return cores;
}

struct cpus cpus_usable(const char *root)
{
    cpu_set_t set;
    long cores = sched_getaffinity(0, sizeof set, &set) ? sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
    struct cpus cpus = {cores > 0 ? (int)cores : 1, "affinity"};
    int quota = cpus_of_cgroups(root);
    if (quota > 0 && quota < cpus.cores)
        cpus = (struct cpus){quota, "cgroup"};
    return cpus;
}
