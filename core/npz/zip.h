/*
 * Zip archives whose entries are stored as they are, which is what numpy.savez writes: no compression, no encryption,
 * less than 4 GiB, one disk.
 *
 *   for each entry   "PK\3\4" header of 30 bytes, name, extra, bytes
 *   for each entry   "PK\1\2" header of 46 bytes, name, extra, comment: the central directory
 *   at the end       "PK\5\6" header of 22 bytes: how many entries, where the directory lies
 *
 * Read is what the central directory says; a local header serves to find the bytes behind it alone, since its sizes
 * may be left out. (PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.)
 */
#ifndef SENET_NPZ_ZIP_H
#define SENET_NPZ_ZIP_H

#include "senet.h"

struct zip_entry {
    const char *name; /* not NUL-terminated */
    size_t name_size;
    const unsigned char *bytes;
    size_t size;
};

/* Zero-initialised is before the first entry of nothing. */
struct zip_reader {
    const unsigned char *bytes;
    size_t size;
    size_t at, end; /* the rest of the directory */
    size_t count;   /* entries that are still to come */
};

/* `bytes` is a whole file, trusted in nothing; it must outlive the reader. Errors: MODEL_MALFORMED. */
enum senet_code zip_open(const void *bytes, size_t size, struct zip_reader *reader, struct senet_error *error);

/* The next entry, its checksum verified; there must be one. Errors: MODEL_MALFORMED. */
enum senet_code zip_next(struct zip_reader *reader, struct zip_entry *entry, struct senet_error *error);

/* Writes to `file`, which holds nothing else. Zero-initialise with that set. */
struct zip_writer {
    struct senet_buffer *file;
    struct senet_buffer directory;
    size_t count;
    size_t header; /* where the entry that is being written begins */
};

/* What is appended to the file between the two becomes an entry's bytes. */
void zip_entry_begin(struct zip_writer *writer, const char *name);
void zip_entry_end(struct zip_writer *writer, const char *name);

/* Frees what the writer holds. Failures show in file->failed. */
void zip_finish(struct zip_writer *writer);

#endif
