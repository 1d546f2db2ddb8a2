/* Bytes as a .npy file. */
#include "fuzz.h"
#include "senet.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct senet_npy npy;
    struct senet_error error;
    if (senet_npy_parse(bytes, size, &npy, &error) == SENET_OK)
        senet_npy_release(&npy);
    return 0;
}
