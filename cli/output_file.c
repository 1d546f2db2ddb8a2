#include "output_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

int output_folder_make(const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST)
        return complain("%s: %s", path, strerror(errno));
    return STATUS_DONE;
}

int output_folder_write(const char *folder, const char *name, struct senet_buffer *buffer)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path) {
        senet_buffer_release(buffer);
        return complain("out of memory");
    }
    snprintf(path, size, "%s/%s", folder, name);
    int status = output_file_write(path, buffer);
    free(path);
    return status;
}
