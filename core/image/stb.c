/*
 * stb_image under a byte budget: the only way to the third-party decoder of GIF and BMP.
 *
 * Palettes and grey become RGB, alpha is dropped. Where a GIF's first frame is transparent or does not reach, its
 * background colour shows, or black.
 *
 * DESIGN
 * stb_image allocates through a ledger that belongs to the running decode. The ledger refuses what would go over
 * the budget. It hands out zeroed memory, because this version of stb_image reads tables that a hostile file never
 * defined. And it knows every block that is still allocated, so a failed decode leaks nothing, wherever it failed.
 */
#include "image/format.h"

#include <stdlib.h>
#include <string.h>

/* stb_image holds 14 blocks at most. */
#define LEDGER_BLOCKS 32

struct ledger {
    void *block[LEDGER_BLOCKS]; /* NULL where free */
    size_t size[LEDGER_BLOCKS];
    size_t used, budget;
    bool over_budget, out_of_memory;
};

static _Thread_local struct ledger *ledger;

static int ledger_find(const void *block)
{
    for (int i = 0; i < LEDGER_BLOCKS; i++)
        if (ledger->block[i] == block)
            return i;
    return -1;
}

static void *ledger_alloc(size_t size)
{
    int slot = ledger_find(NULL);
    if (slot < 0 || size > ledger->budget - ledger->used) {
        ledger->over_budget = true;
        return NULL;
    }
    void *block = calloc(1, size ? size : 1);
    if (!block) {
        ledger->out_of_memory = true;
        return NULL;
    }
    ledger->block[slot] = block;
    ledger->size[slot] = size;
    ledger->used += size;
    return block;
}

static void ledger_free(void *block)
{
    int slot = block ? ledger_find(block) : -1;
    if (slot < 0)
        return;
    ledger->used -= ledger->size[slot];
    ledger->block[slot] = NULL;
    free(block);
}

/* Both blocks count while the contents move, as both exist then. */
static void *ledger_realloc(void *old, size_t old_size, size_t size)
{
    void *block = ledger_alloc(size);
    if (block && old) {
        memcpy(block, old, old_size < size ? old_size : size);
        ledger_free(old);
    }
    return block;
}

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_GIF
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_FAILURE_STRINGS
#define STBI_MALLOC(size) ledger_alloc((size_t)(size))
#define STBI_REALLOC_SIZED(block, old_size, size) ledger_realloc(block, (size_t)(old_size), (size_t)(size))
#define STBI_FREE(block) ledger_free(block)
/* Hostile Huffman tables can fail these; what follows each of them is within bounds all the same. */
#define STBI_ASSERT(truth) ((void)0)

/*
 * A function that it declares and never defines, and an alarm about fields of the callbacks that memory does not
 * use. GCC gives both only at the end of the file, so they are not restored after the header.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <stb_image.h>

/* Frees every block but `kept`. */
static void ledger_settle(const void *kept)
{
    for (int i = 0; i < LEDGER_BLOCKS; i++)
        if (ledger->block[i] != kept)
            free(ledger->block[i]);
}

/* Trusts the structure that the probes checked. */
enum senet_code decode_stb(const struct decode_job *job, struct probe *probe, struct senet_image *image)
{
    (void)probe;
    struct ledger own = {.budget = job->budget};
    ledger = &own;
    int width = 0, height = 0, channels;
    uint8_t *pixels = stbi_load_from_memory(job->bytes, (int)job->size, &width, &height, &channels, 3);
    ledger_settle(pixels);
    ledger = NULL;
    if (!pixels && own.out_of_memory)
        return SENET_OUT_OF_MEMORY;
    if (!pixels)
        return own.over_budget ? SENET_IMAGE_TOO_LARGE : SENET_IMAGE_UNDECODABLE;
    *image = (struct senet_image){.width = width, .height = height, .exif_orientation = 1, .pixels = pixels};
    return SENET_OK;
}
