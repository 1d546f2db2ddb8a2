/*
 * What an image file says about itself, read before any decoder sees it: the size that it will take, and whether
 * its own structure holds together. A file cut short is found here, or by the decoder of a JPEG.
 */
#ifndef SENET_IMAGE_PROBE_H
#define SENET_IMAGE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe {
    int64_t width, height; /* 0 until the header was read; filled even if a fault follows */
    int64_t scans;         /* JPEG: start-of-scan markers */
    bool has_end;          /* JPEG: an end marker behind the scans */
    bool coarse_colours;   /* JPEG: one sample of a colour for four pixels of a row or column */
    const uint8_t *exif;   /* JPEG, PNG: the TIFF structure of the first Exif segment, or NULL; points into `bytes` */
    size_t exif_size;
    const char *fault; /* NULL, or what is wrong: completes "the image cannot be decoded: the JPEG ..." */
};

/* `probe` must be zeroed. Each expects that the magic bytes are its own. */
typedef void probe_format(const uint8_t *bytes, size_t size, struct probe *probe);
probe_format probe_jpeg, probe_png, probe_gif, probe_bmp, probe_webp;

#endif
