/*
 * The head of a request, line by line and strictly (RFC 9112): CRLF ends a line and nothing else does, no folded
 * lines, no space before a colon, no control characters, one Host, one reading of where the body ends.
 *
 * What passes is written anew, in the form that inlet.h describes.
 */
#ifndef SENETD_HEAD_H
#define SENETD_HEAD_H

#include "http/framing.h"
#include "http/refusal.h"
#include "senet.h"

#define TARGET_MAX 8192               /* bytes of path and query */
#define HEADER_COUNT_MAX 100          /* header lines */
#define HEADER_BYTES_MAX (32 * 1024)  /* all header lines with their CRLF */
#define BODY_LENGTH "X-Senetd-Length" /* our own header: the Content-Length. A client's of that name is dropped */

struct head {
    bool line_read; /* the request line was, and is sound: it is `line_size` bytes at the beginning of the text */
    bool done;      /* the empty line at the end was read */
    bool blank;     /* an empty line before the request line was read */
    bool old;       /* HTTP/1.0 */
    bool expects;   /* 100-continue */
    size_t line_size;
    size_t header_count, header_bytes;
    unsigned hosts;
    struct framing framing;
};

void head_init(struct head *head);

/*
 * Takes the next line, NUL-terminated and without its CRLF (`size` bytes; it is cut up), and appends to `text`. NULL,
 * or what is wrong. At the end, `done` is set, and framing says what kind of body follows.
 */
const struct refusal *head_line(struct head *head, char *line, size_t size, struct senet_buffer *text);

/* What is wrong already with a line of which these bytes have come; NULL when it may become a good one. */
const struct refusal *head_partial(const struct head *head, const char *line, size_t size);

/* Whether a chunked body follows, or one of framing.content_length bytes. */
bool head_is_chunked(const struct head *head);

/* RFC 9110's token: what methods and header names are made of. */
bool is_token(const char *text);
bool is_token_byte(char c);

#endif
