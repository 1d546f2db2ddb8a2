#define _DEFAULT_SOURCE /* explicit_bzero */
#include "secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to SECRET_FILE_MAX bytes; -1 with errno. Not through stdio, whose buffers would keep them. */
static ssize_t read_whole(int fd, char *bytes)
{
    size_t size = 0;
    while (size < SECRET_FILE_MAX) {
        ssize_t got = read(fd, bytes + size, SECRET_FILE_MAX - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    return (ssize_t)size;
}

static bool read_from(struct secret_file *file, int fd, const char *path, char *message, size_t message_size)
{
    struct stat status;
    ssize_t size = -1;
    file->bytes = calloc(SECRET_FILE_MAX + 1, 1);
    if (file->bytes && !fstat(fd, &status))
        size = read_whole(fd, file->bytes);
    if (size < 0) {
        snprintf(message, message_size, "%s: %s", path, strerror(errno));
        return false;
    }
    file->size = (size_t)size;
    file->exposed = (status.st_mode & (S_IRWXO | S_IWGRP)) != 0;
    if (file->size == SECRET_FILE_MAX)
        snprintf(message, message_size, "%s: it is as large as 1 MiB", path);
    return file->size < SECRET_FILE_MAX;
}

bool secret_file_read(struct secret_file *file, const char *path, char *message, size_t message_size)
{
    *file = (struct secret_file){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(message, message_size, "%s: %s", path, strerror(errno));
        return false;
    }
    bool good = read_from(file, fd, path, message, message_size);
    close(fd);
    if (!good)
        secret_file_release(file);
    return good;
}

void secret_file_release(struct secret_file *file)
{
    if (file->bytes)
        explicit_bzero(file->bytes, file->size);
    free(file->bytes);
    *file = (struct secret_file){0};
}
