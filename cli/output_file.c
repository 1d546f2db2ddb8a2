#include "output_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "terminal.h"

static bool write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    bool written = stream && fwrite(bytes, 1, size, stream) == size;
    if (stream && fclose(stream))
        written = false;
    return written;
}

int output_file_write(const char *path, struct senet_buffer *buffer)
{
    int status = STATUS_DONE;
    if (buffer->failed)
        status = complain("out of memory");
    else if (!write_bytes(path, buffer->data, buffer->size))
        status = complain("%s: %s", path, strerror(errno));
    senet_buffer_release(buffer);
    return status;
}
