/*
 * When Winograd's way pays: a model of what a convolution costs, in nanoseconds on one core.
 *
 * The direct sum is F(1x1,3x3): nine frequencies, one for each tap, that need no transforms. So one formula serves all:
 * multiply-adds, weights that come from memory when the rest of the network has passed through the caches, and
 * transforms. The numbers are those of an AVX2 machine, and AVX-512 ones choose alike: what they multiply faster they
 * wait longer for in memory, which is why the model need not know the instruction set.
 */
#include "kernels/conv_winograd.h"

/* Multiply-adds in a nanosecond: 100 GFLOP/s, which products of matrices reach on a core with AVX2 at 3.5 GHz. */
#define MACS_PER_NS 50.0
/* What one core reads while it multiplies, from memory and from the shared cache. */
#define MEMORY_BYTES_PER_NS 20.0
#define CACHE_BYTES_PER_NS 80.0
/* Layers with fewer weights than this are those of small networks, which stay in the cache, or cost little either way.
 */
#define CACHED_BYTES (256 << 10)
/* Fewer rows than this leave the multipliers waiting for the sums of the turn before. */
#define ROWS_MIN 4
/* Of a product's depth: what beginning and ending one costs. */
#define DEPTH_OVERHEAD 8
/* What finding a tile's pixels costs, in and out. */
#define TILE_NS 60.0
/* Channels of groups that conv_grouped computes directly for less than the transforms cost. */
#define NARROW_GROUP 8
/* Weights of four and of sixteen ninths the size are only worth having for a tenth of the time. */
#define WORTH_WHILE 0.9

static const struct method {
    int side, stride;         /* 0: any */
    int frequencies, weights; /* that are multiplied, that are kept of a filter */
    double patch_ns, tile_ns; /* transforms of a tile: for each input channel, for each output channel */
} methods[] = {{1, 0, 9, 9, 0, 0}, {2, 1, 16, 16, 2.5, 2.0}, {4, 1, 36, 36, 7.0, 6.0}, {2, 2, 25, 16, 3.0, 2.5}};
enum { METHODS = sizeof methods / sizeof *methods };

static double rounded(int64_t count, int64_t size)
{
    return (double)((count + size - 1) / size * size);
}

static double cost(const struct conv_geometry *geometry, const struct method *method)
{
    const struct window *window = &geometry->window;
    int64_t side = method->side;
    double tiles =
        (double)geometry->batch * rounded(window->out_h, side) * rounded(window->out_w, side) / (double)(side * side);
    double rows = tiles < ROWS_MIN ? ROWS_MIN : tiles;
    double depth = (double)geometry->in_channels / (double)geometry->groups, out = rounded(geometry->out_channels, 8);
    double multiply = method->frequencies * rows * (depth + DEPTH_OVERHEAD) * out / MACS_PER_NS;
    double bytes = depth * out * (double)sizeof(float);
    double speed = 9 * bytes < CACHED_BYTES ? CACHE_BYTES_PER_NS : MEMORY_BYTES_PER_NS;
    double transform = method->patch_ns * rounded(geometry->in_channels, 8) + method->tile_ns * out;
    return multiply + method->weights * bytes / speed + (side > 1 ? tiles * (transform + TILE_NS) : 0);
}

int winograd_side(const struct conv_geometry *geometry)
{
    if (geometry->groups > 1 && geometry->in_channels / geometry->groups <= NARROW_GROUP)
        return 1;
    int chosen = 0;
    for (int i = 1; i < METHODS; i++)
        if (methods[i].stride == geometry->window.stride_h &&
            cost(geometry, &methods[i]) < WORTH_WHILE * cost(geometry, &methods[chosen]))
            chosen = i;
    return methods[chosen].side;
}
