#ifndef SENET_KERNELS_SPAN_H
#define SENET_KERNELS_SPAN_H

#include <stdint.h>

/* Outputs begin..end-1 along one axis; empty when begin == end. */
struct span {
    int64_t begin, end;
};

/* The outputs x of 0..out-1 whose tap x * stride + offset lies in 0..in-1, so that loops need no bounds checks. */
static inline struct span span_inside(int64_t offset, int64_t stride, int64_t in, int64_t out)
{
    struct span span = {offset < 0 ? (-offset + stride - 1) / stride : 0,
                        in - 1 - offset < 0 ? 0 : (in - 1 - offset) / stride + 1};
    if (span.end > out)
        span.end = out;
    if (span.begin > span.end)
        span.begin = span.end;
    return span;
}

/* How many of `kernel` taps from `first` on, `dilation` apart, lie in low..high-1. */
static inline int64_t taps_inside(int64_t first, int64_t kernel, int64_t dilation, int64_t low, int64_t high)
{
    int64_t before = first < low ? (low - first + dilation - 1) / dilation : 0;
    int64_t until = first < high ? (high - first + dilation - 1) / dilation : 0;
    until = until < kernel ? until : kernel;
    return until > before ? until - before : 0;
}

/* What of `span` lies in `bounds`; empty, and still within the bounds, when they do not meet. */
static inline struct span span_clip(struct span span, struct span bounds)
{
    struct span clipped = {span.begin > bounds.begin ? span.begin : bounds.begin,
                           span.end < bounds.end ? span.end : bounds.end};
    if (clipped.begin > bounds.end)
        clipped.begin = bounds.end;
    if (clipped.end < clipped.begin)
        clipped.end = clipped.begin;
    return clipped;
}

#endif
