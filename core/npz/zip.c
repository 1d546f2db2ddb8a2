/*
 * DESIGN
 * Ours rather than a library: libzip and minizip bring compression and encryption, which are not wanted where files
 * are hostile and startup is quick, and what is left of the format fits here.
 */
#include "npz/zip.h"

#include <string.h>

#define LOCAL_SIZE 30u
#define CENTRAL_SIZE 46u
#define END_SIZE 22u
#define ENCRYPTED 1u
#define VERSION 20u        /* 2.0: what every reader knows */
#define DATE_1980_01_01 33 /* the first that there is: files of the same numbers are the same */

static const char local_magic[] = "PK\3\4", central_magic[] = "PK\1\2", end_magic[] = "PK\5\6";

static enum senet_code malformed(struct senet_error *error, const char *what)
{
    return senet_error_set(error, SENET_MODEL_MALFORMED, "not a usable .npz file: %s", what);
}

static uint32_t read_number(const unsigned char *bytes, size_t size)
{
    uint32_t number = 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

/* CRC-32 of ISO 3309, half a byte at a time. */
static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

enum senet_code zip_open(const void *bytes, size_t size, struct zip_reader *reader, struct senet_error *error)
{
    const unsigned char *end = (const unsigned char *)bytes + size - END_SIZE;
    if (size < END_SIZE || memcmp(end, end_magic, 4) != 0)
        return malformed(error, "it does not end as a zip archive does");
    size_t count = read_number(end + 10, 2), directory_size = read_number(end + 12, 4);
    size_t directory = read_number(end + 16, 4), available = size - END_SIZE;
    if (read_number(end + 4, 4) != 0 || read_number(end + 8, 2) != count)
        return malformed(error, "it is a part of an archive");
    if (directory > available || directory_size > available - directory)
        return malformed(error, "its directory lies outside of it");
    *reader = (struct zip_reader){
        .bytes = bytes, .size = size, .at = directory, .end = directory + directory_size, .count = count};
    return SENET_OK;
}

/* Behind the local header at `offset`. */
static enum senet_code find_bytes(const struct zip_reader *reader, size_t offset, struct zip_entry *entry,
                                  struct senet_error *error)
{
    if (offset > reader->size || reader->size - offset < LOCAL_SIZE)
        return malformed(error, "an entry lies outside of it");
    const unsigned char *header = reader->bytes + offset;
    if (memcmp(header, local_magic, 4) != 0)
        return malformed(error, "an entry is not where the directory says");
    size_t before = LOCAL_SIZE + read_number(header + 26, 2) + read_number(header + 28, 2);
    size_t left = reader->size - offset;
    if (before > left || entry->size > left - before)
        return malformed(error, "an entry lies outside of it");
    entry->bytes = header + before;
    return SENET_OK;
}

enum senet_code zip_next(struct zip_reader *reader, struct zip_entry *entry, struct senet_error *error)
{
    const unsigned char *header = reader->bytes + reader->at;
    size_t left = reader->end - reader->at;
    if (left < CENTRAL_SIZE || memcmp(header, central_magic, 4) != 0)
        return malformed(error, "its directory ends too early");
    size_t name_size = read_number(header + 28, 2);
    size_t whole = CENTRAL_SIZE + name_size + read_number(header + 30, 2) + read_number(header + 32, 2);
    if (whole > left)
        return malformed(error, "its directory ends too early");
    if (read_number(header + 10, 2) != 0 || read_number(header + 20, 4) != read_number(header + 24, 4))
        return malformed(error, "it is compressed; numpy.savez writes one that is not");
    if (read_number(header + 8, 2) & ENCRYPTED)
        return malformed(error, "it is encrypted");
    *entry = (struct zip_entry){
        .name = (const char *)header + CENTRAL_SIZE, .name_size = name_size, .size = read_number(header + 24, 4)};
    if (find_bytes(reader, read_number(header + 42, 4), entry, error))
        return error->code;
    if (checksum(entry->bytes, entry->size) != read_number(header + 16, 4))
        return malformed(error, "an entry is damaged: its checksum is another");
    reader->at += whole;
    reader->count--;
    return SENET_OK;
}

static void append_number(struct senet_buffer *buffer, size_t number, size_t size)
{
    unsigned char bytes[4];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    senet_buffer_append(buffer, bytes, size);
}

/* What local and central header have in common. */
static void append_header(struct senet_buffer *buffer, uint32_t crc, size_t size, size_t name_size)
{
    append_number(buffer, VERSION, 2);
    append_number(buffer, 0, 2); /* flags */
    append_number(buffer, 0, 2); /* stored */
    append_number(buffer, 0, 2); /* midnight */
    append_number(buffer, DATE_1980_01_01, 2);
    append_number(buffer, crc, 4);
    append_number(buffer, size, 4);
    append_number(buffer, size, 4);
    append_number(buffer, name_size, 2);
    append_number(buffer, 0, 2); /* extra */
}

void zip_entry_begin(struct zip_writer *writer, const char *name)
{
    writer->header = writer->file->size;
    senet_buffer_append(writer->file, local_magic, 4);
    append_header(writer->file, 0, 0, strlen(name)); /* replaced at the end, when both are known */
    senet_buffer_append(writer->file, name, strlen(name));
}

void zip_entry_end(struct zip_writer *writer, const char *name)
{
    struct senet_buffer *file = writer->file, header = {0}, *directory = &writer->directory;
    size_t name_size = strlen(name), begin = writer->header + LOCAL_SIZE + name_size;
    if (file->failed || file->size > UINT32_MAX || name_size > UINT16_MAX) {
        file->failed = true;
        return;
    }
    size_t size = file->size - begin;
    uint32_t crc = checksum((const unsigned char *)file->data + begin, size);
    append_header(&header, crc, size, name_size);
    if (header.failed)
        file->failed = true;
    else
        memcpy(file->data + writer->header + 4, header.data, header.size);
    senet_buffer_append(directory, central_magic, 4);
    append_number(directory, VERSION, 2);
    senet_buffer_append(directory, header.data, header.size);
    append_number(directory, 0, 2); /* comment */
    append_number(directory, 0, 4); /* disk, kind of file */
    append_number(directory, 0, 4); /* attributes */
    append_number(directory, writer->header, 4);
    senet_buffer_append(directory, name, name_size);
    senet_buffer_release(&header);
    writer->count++;
}

void zip_finish(struct zip_writer *writer)
{
    struct senet_buffer *file = writer->file, *directory = &writer->directory;
    size_t begin = file->size, size = directory->size;
    file->failed = file->failed || directory->failed || writer->count > UINT16_MAX || begin + size > UINT32_MAX;
    if (!directory->failed)
        senet_buffer_append(file, directory->data, size);
    senet_buffer_append(file, end_magic, 4);
    append_number(file, 0, 4); /* disks */
    append_number(file, writer->count, 2);
    append_number(file, writer->count, 2);
    append_number(file, size, 4);
    append_number(file, begin, 4);
    append_number(file, 0, 2); /* comment */
    senet_buffer_release(directory);
}
