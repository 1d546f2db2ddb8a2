#define _DEFAULT_SOURCE /* DT_DIR */
#include "models/repository.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool model_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length <= MODEL_NAME_MAX && strspn(name, allowed) == length && name[0] != '.';
}

bool model_version_parse(const char *text, int64_t *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || text[0] == '0' || strspn(text, "0123456789") != length)
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

void model_version_text(int64_t number, char text[MODEL_VERSION_TEXT])
{
    snprintf(text, MODEL_VERSION_TEXT, "%lld", (long long)number);
}

char *path_join(const char *path, const char *name)
{
    size_t size = strlen(path) + 1 + strlen(name) + 1;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s/%s", path, name);
    return joined;
}

bool is_folder(const char *path)
{
    struct stat status;
    return !lstat(path, &status) && S_ISDIR(status.st_mode);
}

/* A folder being read. Entries that begin with a dot are passed over. */
struct listing {
    DIR *stream;
    size_t left; /* entries that may still be looked at */
    bool too_many, failed;
};

static bool listing_open(struct listing *listing, const char *path)
{
    *listing = (struct listing){.stream = opendir(path), .left = REPOSITORY_ENTRIES_MAX};
    return listing->stream != NULL;
}

static const struct dirent *listing_next(struct listing *listing)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(listing->stream);
        listing->failed = !entry && errno;
        listing->too_many = entry && listing->left == 0;
        if (!entry || listing->too_many)
            return NULL;
        listing->left--;
        if (entry->d_name[0] != '.')
            return entry;
    }
}

/* Closes. What the listing was cut off by is an error. */
static enum senet_code listing_close(struct listing *listing, struct senet_error *error)
{
    closedir(listing->stream);
    if (listing->too_many)
        return senet_error_set(error, SENET_FILE_UNREADABLE, "its folder has more than %d entries",
                               REPOSITORY_ENTRIES_MAX);
    return listing->failed ? senet_error_set(error, SENET_FILE_UNREADABLE, "its folder cannot be read") : SENET_OK;
}

static bool entry_is_folder(const struct listing *listing, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return !fstatat(dirfd(listing->stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) && S_ISDIR(status.st_mode);
}

static enum senet_code out_of_memory(struct senet_error *error)
{
    return senet_error_set(error, SENET_OUT_OF_MEMORY, "out of memory");
}

/* splitmix64's last step: every bit of the result depends on every bit of both. */
static uint64_t mix(uint64_t hash, uint64_t number)
{
    uint64_t x = (hash ^ number) + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void add_to_fingerprint(struct version_folder *folder, const char *name, const struct stat *status)
{
    uint64_t hash = 0;
    for (const char *c = name; *c; c++)
        hash = mix(hash, (unsigned char)*c);
    hash = mix(hash, (uint64_t)status->st_ino);
    hash = mix(hash, (uint64_t)status->st_size);
    hash = mix(hash, (uint64_t)status->st_mtim.tv_sec);
    hash = mix(hash, (uint64_t)status->st_mtim.tv_nsec);
    folder->fingerprint += hash; /* a sum: folders are listed in any order */
    if (status->st_ctim.tv_sec > folder->changed)
        folder->changed = status->st_ctim.tv_sec;
}

/* Of the files in the folder, or of the file. */
static enum senet_code take_fingerprint(struct version_folder *folder, struct senet_error *error)
{
    struct stat status;
    struct listing listing;
    if (stat(folder->path, &status))
        return senet_error_set(error, SENET_FILE_UNREADABLE,
                               errno == ENOENT ? "its folder does not exist" : "its folder cannot be read");
    if (!S_ISDIR(status.st_mode)) {
        add_to_fingerprint(folder, "", &status);
        return SENET_OK;
    }
    if (!listing_open(&listing, folder->path))
        return senet_error_set(error, SENET_FILE_UNREADABLE, "its folder cannot be read");
    for (const struct dirent *entry; (entry = listing_next(&listing));)
        if (!fstatat(dirfd(listing.stream), entry->d_name, &status, 0) && S_ISREG(status.st_mode))
            add_to_fingerprint(folder, entry->d_name, &status);
    return listing_close(&listing, error);
}

/* Keeps the `limit` highest numbers, sorted. `numbers` has room for one more. */
static void keep_highest(int64_t *numbers, size_t *count, size_t limit, int64_t number)
{
    size_t at = *count;
    for (; at > 0 && numbers[at - 1] < number; at--)
        numbers[at] = numbers[at - 1];
    numbers[at] = number;
    *count += *count < limit;
}

static enum senet_code find_numbers(const char *path, int64_t *numbers, size_t *count, size_t limit,
                                    struct senet_error *error)
{
    struct listing listing;
    *count = 0;
    if (!listing_open(&listing, path)) /* a file, say; if it is a problem, loading it says so */
        return SENET_OK;
    for (const struct dirent *entry; (entry = listing_next(&listing));) {
        int64_t number;
        if (model_version_parse(entry->d_name, &number) && entry_is_folder(&listing, entry))
            keep_highest(numbers, count, limit, number);
    }
    return listing_close(&listing, error);
}

static enum senet_code add_folder(struct version_folders *folders, const char *path, const char *name, int64_t number,
                                  struct senet_error *error)
{
    struct version_folder *folder = &folders->items[folders->count];
    *folder = (struct version_folder){.number = number, .path = name ? path_join(path, name) : strdup(path)};
    if (!folder->path)
        return out_of_memory(error);
    folders->count++;
    return take_fingerprint(folder, error);
}

static enum senet_code fill_folders(const char *path, size_t limit, struct version_folders *folders,
                                    struct senet_error *error)
{
    int64_t *numbers = calloc(limit + 1, sizeof *numbers);
    folders->items = calloc(limit, sizeof *folders->items);
    if (!numbers || !folders->items) {
        free(numbers);
        return out_of_memory(error);
    }
    size_t count;
    enum senet_code code = find_numbers(path, numbers, &count, limit, error);
    for (size_t i = 0; !code && i < count; i++) {
        char name[MODEL_VERSION_TEXT];
        model_version_text(numbers[i], name);
        code = add_folder(folders, path, name, numbers[i], error);
    }
    if (!code && !count)
        code = add_folder(folders, path, NULL, 1, error);
    free(numbers);
    return code;
}

enum senet_code version_folders_scan(const char *path, size_t limit, struct version_folders *folders,
                                     struct senet_error *error)
{
    *folders = (struct version_folders){0};
    enum senet_code code = fill_folders(path, limit, folders, error);
    if (code)
        version_folders_release(folders);
    return code;
}

void version_folders_release(struct version_folders *folders)
{
    for (size_t i = 0; i < folders->count; i++)
        free(folders->items[i].path);
    free(folders->items);
    *folders = (struct version_folders){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum senet_code collect_names(struct listing *listing, struct model_names *names, struct senet_error *error)
{
    for (const struct dirent *entry; (entry = listing_next(listing));) {
        if (!model_name_valid(entry->d_name) || !entry_is_folder(listing, entry))
            continue;
        if (names->count == REPOSITORY_MODELS_MAX)
            return senet_error_set(error, SENET_FILE_UNREADABLE, "it has more than %d models", REPOSITORY_MODELS_MAX);
        names->items[names->count] = strdup(entry->d_name);
        if (!names->items[names->count])
            return out_of_memory(error);
        names->count++;
    }
    return SENET_OK;
}

enum senet_code repository_scan(const char *path, struct model_names *names, struct senet_error *error)
{
    struct listing listing;
    *names = (struct model_names){0};
    if (!listing_open(&listing, path))
        return senet_error_set(error, SENET_FILE_UNREADABLE,
                               errno == ENOENT    ? "it does not exist"
                               : errno == ENOTDIR ? "it is no folder"
                                                  : "it cannot be read");
    names->items = calloc(REPOSITORY_MODELS_MAX, sizeof(char *));
    struct senet_error later;
    enum senet_code code = names->items ? collect_names(&listing, names, error) : out_of_memory(error);
    enum senet_code closing = listing_close(&listing, code ? &later : error);
    if (!code)
        code = closing;
    if (code)
        model_names_release(names);
    else
        qsort(names->items, names->count, sizeof(char *), compare_names);
    return code;
}

void model_names_release(struct model_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct model_names){0};
}
