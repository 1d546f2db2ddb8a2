/* Files that commands write. */
#ifndef SENET_CLI_OUTPUT_FILE_H
#define SENET_CLI_OUTPUT_FILE_H

#include "senet.h"

/* Writes what the buffer holds, which it releases in any case. An exit status; what went wrong has been said. */
int output_file_write(const char *path, struct senet_buffer *buffer);

/* Makes the folder, in one that exists, unless it is there. An exit status; what went wrong has been said. */
int output_folder_make(const char *path);

/* Like output_file_write, of a file in the folder. */
int output_folder_write(const char *folder, const char *name, struct senet_buffer *buffer);

#endif
