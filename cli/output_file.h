/* Files that commands write. */
#ifndef SENET_CLI_OUTPUT_FILE_H
#define SENET_CLI_OUTPUT_FILE_H

#include "senet.h"

/* Writes what the buffer holds, which it releases in any case. An exit status; what went wrong has been said. */
int output_file_write(const char *path, struct senet_buffer *buffer);

#endif
