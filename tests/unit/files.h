/* Whole files, and a temporary folder, for tests that load models. */
#ifndef SENET_TESTS_FILES_H
#define SENET_TESTS_FILES_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#define FILES_MAX 16

struct bytes {
    char *data;
    size_t size;
};

/* The caller frees. */
static inline struct bytes files_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    struct bytes bytes = {.size = (size_t)ftell(file)};
    rewind(file);
    bytes.data = malloc(bytes.size + 1);
    ck_assert_uint_eq(fread(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    return bytes;
}

/* A folder of its own under /tmp, with the files that a test puts there. */
struct folder {
    char path[64];
    char names[FILES_MAX][64];
    int count;
};

static inline void folder_init(struct folder *folder)
{
    *folder = (struct folder){.path = "/tmp/senet-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

/* The full path of `name`, which folder_release removes. Valid until the next call. */
static inline const char *folder_path(struct folder *folder, const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    ck_assert_int_lt(folder->count, FILES_MAX);
    snprintf(folder->names[folder->count++], sizeof folder->names[0], "%s", name);
    return path;
}

static inline void folder_write(struct folder *folder, const char *name, const void *data, size_t size)
{
    FILE *file = fopen(folder_path(folder, name), "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void folder_write_text(struct folder *folder, const char *name, const char *text)
{
    folder_write(folder, name, text, strlen(text));
}

static inline void folder_copy(struct folder *folder, const char *name, const char *source)
{
    struct bytes bytes = files_read(source);
    folder_write(folder, name, bytes.data, bytes.size);
    free(bytes.data);
}

static inline void folder_release(struct folder *folder)
{
    char path[160];
    while (folder->count > 0) {
        snprintf(path, sizeof path, "%s/%s", folder->path, folder->names[--folder->count]);
        remove(path); /* a name may have been put there twice */
    }
    rmdir(folder->path);
}

#endif
