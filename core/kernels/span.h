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
