/* Bytes as a .npy file. */
#include "fuzz.h"
#include "npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct npy npy;
    struct senet_error error;
    if (npy_parse(bytes, size, &npy, &error) == SENET_OK)
        npy_release(&npy);
    return 0;
}
