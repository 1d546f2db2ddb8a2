#include "onnx/wire.h"

void wire_init(struct wire *wire, const struct source *source, struct senet_error *error)
{
    wire->source = source;
    wire->window = (struct extent){0, 0};
    wire->code = SENET_OK;
    wire->error = error;
}

static bool malformed(struct wire *wire)
{
    if (!wire->code)
        wire->code = senet_error_set(wire->error, SENET_MODEL_MALFORMED, "the file is not ONNX, or it is damaged");
    return false;
}

/* False, with wire->code set, where the file cannot be read. `position` lies in the source. */
static bool read_byte(struct wire *wire, size_t position, uint8_t *byte)
{
    if (position < wire->window.begin || position >= wire->window.end) {
        size_t left = wire->source->size - position;
        size_t size = left < WIRE_WINDOW_BYTES ? left : WIRE_WINDOW_BYTES;
        wire->window = (struct extent){0, 0};
        wire->code = source_read(wire->source, position, wire->bytes, size, wire->error);
        if (wire->code)
            return false;
        wire->window = (struct extent){position, position + size};
    }
    *byte = wire->bytes[position - wire->window.begin];
    return true;
}

/* Seven bits a byte, the lowest first; ten bytes hold 64. What is more than that is lost, as in protobuf. */
static bool read_varint(struct wire *wire, size_t end, size_t *position, uint64_t *number)
{
    uint8_t byte = 128;
    *number = 0;
    for (int shift = 0; byte & 128; shift += 7) {
        if (shift >= 70 || *position >= end)
            return malformed(wire);
        if (!read_byte(wire, (*position)++, &byte))
            return false;
        *number |= (uint64_t)(byte & 127) << shift;
    }
    return true;
}

static bool read_size(struct wire *wire, int type, size_t end, size_t *position, uint64_t *size)
{
    uint64_t skipped;
    switch (type) {
    case 0:
        *size = 0;
        return read_varint(wire, end, position, &skipped);
    case 1:
        *size = 8;
        return true;
    case WIRE_BYTES:
        return read_varint(wire, end, position, size);
    case 5:
        *size = 4;
        return true;
    default: /* groups, which no version of ONNX has used */
        return malformed(wire);
    }
}

bool wire_next(struct wire *wire, const struct extent *message, size_t *position, struct wire_field *field)
{
    uint64_t tag, size;
    size_t at = *position;
    if (wire->code || at >= message->end || !read_varint(wire, message->end, &at, &tag))
        return false;
    *field = (struct wire_field){.number = tag >> 3, .type = (int)(tag & 7), .whole = {*position, 0}};
    size_t payload = at;
    if (!read_size(wire, field->type, message->end, &at, &size))
        return false;
    if (size > message->end - at)
        return malformed(wire);
    if (field->type != 0)
        payload = at;
    field->payload = (struct extent){payload, at + (size_t)size};
    *position = field->whole.end = field->payload.end;
    return true;
}
