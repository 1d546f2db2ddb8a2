/* Bytes as a client's stream: whole or one at a time, what is handed on has the same requests and the same end. */
#include <stdlib.h>

#include "fuzz.h"
#include "http/inlet.h"

static void feed(struct inlet *inlet, const uint8_t *bytes, size_t size, size_t piece)
{
    char taken[100];
    for (size_t at = 0; at < size; at += piece) {
        inlet_feed(inlet, (const char *)bytes + at, piece < size - at ? piece : size - at);
        while (inlet_take(inlet, taken, sizeof taken))
            continue;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct inlet whole, split;
    inlet_init(&whole);
    inlet_init(&split);
    feed(&whole, bytes, size, size ? size : 1);
    feed(&split, bytes, size, 1);
    if (whole.heads != split.heads || whole.state != split.state || whole.refusal != split.refusal ||
        whole.left != split.left || whole.chunks.left != split.chunks.left)
        abort();
    inlet_release(&whole);
    inlet_release(&split);
    return 0;
}
