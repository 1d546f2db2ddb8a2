#include "image/exif.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112u
#define TYPE_SHORT 3u
#define ENTRY_SIZE 12u

struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
};

/* False beyond the end. */
static bool read_number(const struct tiff *tiff, size_t at, size_t width, uint32_t *number)
{
    if (at > tiff->size || width > tiff->size - at)
        return false;
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number = *number << 8 | tiff->bytes[at + (tiff->big_endian ? i : width - 1 - i)];
    return true;
}

/* An entry is tag (2), type (2), count (4), and a value that is left-aligned in 4. */
static bool read_orientation(const struct tiff *tiff, size_t entry, uint32_t *orientation)
{
    uint32_t type, count;
    return read_number(tiff, entry + 2, 2, &type) && type == TYPE_SHORT && read_number(tiff, entry + 4, 4, &count) &&
           count == 1 && read_number(tiff, entry + 8, 2, orientation) && *orientation >= 1 && *orientation <= 8;
}

int exif_orientation(const uint8_t *bytes, size_t size)
{
    if (!bytes || size < 8)
        return 1;
    struct tiff tiff = {bytes, size, bytes[0] == 'M'};
    uint32_t magic, directory, entries;
    if (memcmp(bytes, tiff.big_endian ? "MM" : "II", 2) != 0 || !read_number(&tiff, 2, 2, &magic) || magic != 42)
        return 1;
    if (!read_number(&tiff, 4, 4, &directory) || !read_number(&tiff, directory, 2, &entries))
        return 1;
    for (uint32_t i = 0; i < entries; i++) {
        size_t entry = (size_t)directory + 2 + (size_t)i * ENTRY_SIZE;
        uint32_t tag, orientation;
        if (!read_number(&tiff, entry, 2, &tag))
            return 1;
        if (tag == TAG_ORIENTATION)
            return read_orientation(&tiff, entry, &orientation) ? (int)orientation : 1;
    }
    return 1;
}

/* Where the pixel at column x, row y of the turned image comes from: (x, y), transposed first, then mirrored. */
static const struct {
    bool transpose, mirror_x, mirror_y;
} turns[9] = {
    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true}, [5] = {true, false, false},
    [6] = {true, false, true},  [7] = {true, true, true},  [8] = {true, true, false},
};

bool exif_turn_transposes(int orientation)
{
    return turns[orientation].transpose;
}

void exif_turn(int orientation, const uint8_t *pixels, int64_t width, int64_t height, uint8_t *turned)
{
    bool transpose = turns[orientation].transpose;
    int64_t turned_width = transpose ? height : width, turned_height = transpose ? width : height;
    int64_t step_x = turns[orientation].mirror_x ? -3 : 3;
    int64_t step_y = turns[orientation].mirror_y ? -3 * width : 3 * width;
    const uint8_t *origin = pixels + (step_x < 0 ? 3 * (width - 1) : 0) + (step_y < 0 ? 3 * width * (height - 1) : 0);
    for (int64_t y = 0; y < turned_height; y++) {
        const uint8_t *row = origin + y * (transpose ? step_x : step_y);
        for (int64_t x = 0; x < turned_width; x++, turned += 3)
            memcpy(turned, row + x * (transpose ? step_y : step_x), 3);
    }
}
