#include "process.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* /proc/self/statm counts pages: size, resident, shared ... (proc(5)). */
int64_t process_resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    int64_t pages;
    int found = fscanf(file, "%*s %" SCNd64, &pages);
    fclose(file);
    return found == 1 ? pages * sysconf(_SC_PAGESIZE) : 0;
}
