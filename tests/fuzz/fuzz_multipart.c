/* Bytes as a multipart body with the boundary "b". */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "predict/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct multipart reader;
    struct multipart_part part;
    struct senet_error error;
    char *body = malloc(size + 1); /* as the daemon holds it: writable, with room for a NUL */
    if (!body)
        return 0;
    if (size)
        memcpy(body, bytes, size);
    body[size] = '\0';
    if (multipart_open(&reader, "multipart/form-data; boundary=b", body, size, &error) == SENET_OK)
        while (multipart_next(&reader, &part, &error) == SENET_OK && part.bytes)
            continue;
    free(body);
    return 0;
}
