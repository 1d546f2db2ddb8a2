#include "kernels/im2col.h"

#include <string.h>

#include "kernels/span.h"

static void fill_zeros(float *destination, int64_t count)
{
    if (count > 0)
        memset(destination, 0, (size_t)count * sizeof *destination);
}

/* What the tap at `offset` sees from outputs `wanted` of one output row; `row` is the input row under the tap. */
static void gather_row(const float *row, const struct window *window, int64_t offset, struct span wanted, float *out)
{
    int64_t stride = window->stride_w;
    struct span inside = span_clip(span_inside(offset, stride, window->in_w, window->out_w), wanted);
    fill_zeros(out, inside.begin - wanted.begin);
    out += inside.begin - wanted.begin;
    if (inside.end > inside.begin && stride == 1)
        memcpy(out, row + inside.begin + offset, (size_t)(inside.end - inside.begin) * sizeof *out);
    else
        for (int64_t x = inside.begin; x < inside.end; x++)
            out[x - inside.begin] = row[x * stride + offset];
    fill_zeros(out + (inside.end - inside.begin), wanted.end - inside.end);
}

/* One row of the matrix: tap (ky, kx) of one plane. */
static void gather_tap(const float *plane, const struct window *window, int64_t ky, int64_t kx, int64_t first,
                       int64_t count, float *out)
{
    int64_t offset = kx * window->dilation_w - window->pad_left;
    while (count > 0) {
        int64_t y = first / window->out_w, x = first % window->out_w;
        int64_t length = window->out_w - x < count ? window->out_w - x : count;
        int64_t in_y = y * window->stride_h - window->pad_top + ky * window->dilation_h;
        if (in_y < 0 || in_y >= window->in_h)
            fill_zeros(out, length);
        else
            gather_row(plane + in_y * window->in_w, window, offset, (struct span){x, x + length}, out);
        first += length;
        count -= length;
        out += length;
    }
}

void im2col(const float *planes, const struct window *window, int64_t channels, int64_t first, int64_t count,
            float *columns)
{
    for (int64_t channel = 0; channel < channels; channel++, planes += window->in_h * window->in_w)
        for (int64_t ky = 0; ky < window->kernel_h; ky++)
            for (int64_t kx = 0; kx < window->kernel_w; kx++, columns += count)
                gather_tap(planes, window, ky, kx, first, count, columns);
}
