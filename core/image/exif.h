/* How a camera was held: the orientation of Exif 2.3, and the turn that undoes it. */
#ifndef SENET_IMAGE_EXIF_H
#define SENET_IMAGE_EXIF_H

#include "senet.h"

/* `tiff` is what follows "Exif\0\0" in a JPEG's APP1 segment. 1..8; anything odd is 1. */
int exif_orientation(const uint8_t *tiff, size_t size);

/*
 * Writes the image as it should be looked at; 1 copies. `turned` holds as many pixels as `pixels` (width x height
 * x 3); from 5 on its width is `height`.
 */
void exif_turn(int orientation, const uint8_t *pixels, int64_t width, int64_t height, uint8_t *turned);

/* True if the turn exchanges width and height. */
bool exif_turn_transposes(int orientation);

#endif
