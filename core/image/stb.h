/*
 * stb_image under a byte budget: the only way to the third-party decoder.
 *
 * What becomes RGB: grey is repeated; alpha is dropped, whatever colour lies under it; of 16 bits the high byte
 * stays; palettes and 1, 2 and 4 bits are expanded to the full range; YCbCr, and the CMYK and YCCK that Adobe's
 * marker announces, are converted. ICC profiles and gamma are ignored. Where a GIF's first frame is transparent or
 * does not reach, its background colour shows, or black.
 */
#ifndef SENET_IMAGE_STB_H
#define SENET_IMAGE_STB_H

#include "senet.h"

/*
 * Decodes to RGB. Nothing that the decoder allocates, all together and at any moment, exceeds `budget` bytes,
 * and nothing is left allocated on failure. On success image->pixels is the caller's, to be freed with free().
 * `bytes` must have passed probe.h: stb_image trusts the structure that is checked there.
 * Returns OK, IMAGE_TOO_LARGE (over budget), OUT_OF_MEMORY or IMAGE_UNDECODABLE.
 */
enum senet_code stb_decode(const uint8_t *bytes, size_t size, size_t budget, struct senet_image *image);

#endif
