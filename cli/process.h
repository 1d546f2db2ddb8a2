/* What the system says about this process. */
#ifndef SENET_CLI_PROCESS_H
#define SENET_CLI_PROCESS_H

#include <stdint.h>

/* Bytes of memory that are resident now, those of mapped files among them; 0 where there is no /proc to tell. */
int64_t process_resident_bytes(void);

#endif
