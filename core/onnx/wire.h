/*
 * The wire format of protobuf, field by field, of messages that are too large to hold twice.
 *
 *   message = { field }     field = tag, payload     tag = varint of number << 3 | type
 *   payload by type: 0 a varint, 1 eight bytes, 2 a length as a varint and that many bytes, 5 four bytes
 */
#ifndef SENET_ONNX_WIRE_H
#define SENET_ONNX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"

#define WIRE_BYTES 2 /* the type of strings, messages and bytes */
#define WIRE_WINDOW_BYTES 4096

/* A part of a source. */
struct extent {
    size_t begin, end;
};

/* Reads tags and lengths through a window that follows them; what lies between is not read. */
struct wire {
    const struct source *source;
    struct extent window;
    uint8_t bytes[WIRE_WINDOW_BYTES];
    enum senet_code code; /* of the first error */
    struct senet_error *error;
};

struct wire_field {
    uint64_t number;
    int type;
    struct extent whole, payload; /* with the tag; without tag and length */
};

void wire_init(struct wire *wire, const struct source *source, struct senet_error *error);

/*
 * The field that begins at *position, which is moved behind it. False at the end of `message`, and with wire->code
 * set where the file cannot be read (FILE_UNREADABLE) or what is there is no field (MODEL_MALFORMED).
 */
bool wire_next(struct wire *wire, const struct extent *message, size_t *position, struct wire_field *field);

#endif
