/* The caller's trace: W3C Trace Context's traceparent header (https://www.w3.org/TR/trace-context/). */
#ifndef SENETD_TRACE_H
#define SENETD_TRACE_H

/* Zero-initialised, there is none. */
struct trace {
    unsigned given;    /* headers of that name; of two neither counts */
    char id[32 + 1];   /* the trace's; "" where there is none, or it was malformed */
    char span[16 + 1]; /* the caller's own part of it; likewise */
};

/* `value` is the header's. What the specification calls invalid is as if it had not come. */
void trace_read(struct trace *trace, const char *value);

#endif
