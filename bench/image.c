/*
 * Times the way from a file's bytes to the tensor, for bench/image.py.
 *
 * Each line of standard input is ENGINE REPEATS FILE; each is answered by the least time of the repeats, in
 * milliseconds. The engines: "auto", "exact" and "fast" are senet's, by its jpeg_scaling; "stb" is stb_image and the
 * same resize, which is how senet decoded before it had libraries for JPEG and WebP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "senet.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <stb_image.h>

enum { SIDE = 224 };

static const struct senet_preprocess preprocess = {.channels = 3,
                                                   .height = SIDE,
                                                   .width = SIDE,
                                                   .interpolation = SENET_BICUBIC,
                                                   .crop_mode = SENET_CROP_CENTER,
                                                   .crop_pct = 0.875,
                                                   .mean = {0.485, 0.456, 0.406},
                                                   .std = {0.229, 0.224, 0.225}};
static float tensor[3 * SIDE * SIDE];

struct file {
    unsigned char *bytes;
    size_t size;
};

static int read_file(const char *path, struct file *file)
{
    FILE *stream = fopen(path, "rb");
    if (!stream || fseek(stream, 0, SEEK_END))
        return 0;
    file->size = (size_t)ftell(stream);
    rewind(stream);
    file->bytes = malloc(file->size);
    int read = file->bytes && fread(file->bytes, 1, file->size, stream) == file->size;
    fclose(stream);
    return read;
}

static int make_tensor(const struct file *file, const char *engine)
{
    static const char *const scalings[] = {"auto", "exact", "fast"};
    struct senet_image image = {.exif_orientation = 1};
    struct senet_error error;
    if (!strcmp(engine, "stb")) {
        int width, height, channels;
        image.pixels = stbi_load_from_memory(file->bytes, (int)file->size, &width, &height, &channels, 3);
        if (!image.pixels)
            return 0;
        image.width = width;
        image.height = height;
    } else {
        struct senet_decode_options options = {.preprocess = &preprocess};
        for (int i = 0; i < 3; i++)
            if (!strcmp(engine, scalings[i]))
                options.jpeg_scaling = (enum senet_jpeg_scaling)i;
        if (senet_image_decode_for(file->bytes, file->size, &options, &senet_image_default_limits, &image, &error))
            return 0;
    }
    int code = senet_image_preprocess(&image, &preprocess, tensor, &error);
    senet_image_release(&image);
    return code == SENET_OK;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Negative when the engine cannot decode the file. */
static double measure(const struct file *file, const char *engine, int repeats)
{
    double least = 1e9;
    for (int i = 0; i < repeats; i++) {
        double begun = now();
        if (!make_tensor(file, engine))
            return -1;
        double taken = now() - begun;
        least = taken < least ? taken : least;
    }
    return least;
}

int main(void)
{
    char engine[16], path[1024];
    int repeats;
    while (scanf("%15s %d %1023s", engine, &repeats, path) == 3) {
        struct file file = {0};
        if (!read_file(path, &file)) {
            fprintf(stderr, "%s cannot be read\n", path);
            return 1;
        }
        printf("%.4f\n", measure(&file, engine, repeats));
        fflush(stdout);
        free(file.bytes);
    }
    return 0;
}
