#include "image/format.h"

static const struct image_format formats[] = {
    {"JPEG", "\xFF\xD8\xFF", 3, probe_jpeg, decode_jpeg, .reduces = true, .crops = true},
    {"PNG", "\x89PNG\r\n\x1A\n", 8, probe_png, decode_png, .reduces = false, .crops = true},
    {"WebP", "RIFF....WEBP", 12, probe_webp, decode_webp, .reduces = false, .crops = false},
    {"GIF", "GIF87a", 6, probe_gif, decode_stb, .reduces = false, .crops = false},
    {"GIF", "GIF89a", 6, probe_gif, decode_stb, .reduces = false, .crops = false},
    {"BMP", "BM", 2, probe_bmp, decode_stb, .reduces = false, .crops = false},
};

static bool begins_with(const uint8_t *bytes, size_t size, const struct image_format *format)
{
    if (size < format->magic_size)
        return false;
    for (size_t i = 0; i < format->magic_size; i++)
        if (format->magic[i] != '.' && (uint8_t)format->magic[i] != bytes[i])
            return false;
    return true;
}

const struct image_format *image_format_find(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (begins_with(bytes, size, &formats[i]))
            return &formats[i];
    return NULL;
}
