#include "image/simd/set.h"

#define TEXT(name) #name
#define EXPANDED_TEXT(name) TEXT(name)

extern const struct image_simd SIMD(image_simd);

const struct image_simd SIMD(image_simd) = {
    .name = EXPANDED_TEXT(SIMD_SET),
    .columns = SIMD(image_columns),
    .row = SIMD(image_row),
};
