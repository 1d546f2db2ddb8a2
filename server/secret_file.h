/* Small files whose content must not be seen: tokens, a private key. Messages name the file, never what is in it. */
#ifndef SENETD_SECRET_FILE_H
#define SENETD_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_FILE_MAX ((size_t)1 << 20) /* bytes; as large a file is an error */

struct secret_file {
    char *bytes; /* owned; `size` of them, and a NUL */
    size_t size;
    bool exposed; /* others than the file's owner and group can read it, or than its owner write it */
};

/* False fills `message`, which begins with the path; nothing to release then. */
bool secret_file_read(struct secret_file *file, const char *path, char *message, size_t message_size);
/* Leaves nothing of it in memory. */
void secret_file_release(struct secret_file *file);

#endif
