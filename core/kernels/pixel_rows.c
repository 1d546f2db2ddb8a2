#include "kernels/pixel_rows.h"

int64_t pixel_row_width(const struct window *window)
{
    return (window->out_w - 1) * window->stride_w + (window->kernel_w - 1) * window->dilation_w + 1;
}

size_t pixel_rows_bytes(const struct window *window)
{
    return (size_t)(window->kernel_h * pixel_row_width(window)) * sizeof(const float *);
}

struct span pixel_rows_fill(const struct window *window, const float *image, int64_t pixel_stride, const float *padding,
                            int64_t y, const float **pixels)
{
    int64_t top = y * window->stride_h - window->pad_top, width = pixel_row_width(window);
    struct span rows = span_inside(top, window->dilation_h, window->in_h, window->kernel_h);
    struct span inside = span_inside(-window->pad_left, 1, window->in_w, width);
    for (int64_t row = rows.begin; row < rows.end; row++, pixels += width) {
        const float *pixel = image + (top + row * window->dilation_h) * window->in_w * pixel_stride +
                             (inside.begin - window->pad_left) * pixel_stride;
        for (int64_t x = 0; x < inside.begin; x++)
            pixels[x] = padding;
        for (int64_t x = inside.begin; x < inside.end; x++, pixel += pixel_stride)
            pixels[x] = pixel;
        for (int64_t x = inside.end; x < width; x++)
            pixels[x] = padding;
    }
    return rows;
}
