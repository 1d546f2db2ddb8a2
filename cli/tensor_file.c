#include "tensor_file.h"

#include <stdlib.h>

#include "command.h"
#include "output_file.h"
#include "source.h"
#include "terminal.h"

int tensor_file_read(const char *path, struct senet_npy *npy)
{
    void *bytes;
    size_t size;
    int status = source_bytes(path, &bytes, &size);
    if (status != STATUS_DONE)
        return status;
    struct senet_error error;
    enum senet_code code = senet_npy_parse(bytes, size, npy, &error);
    free(bytes);
    return code == SENET_OK ? STATUS_DONE : complain("%s: %s", path, error.message);
}

int tensor_file_write(const char *path, const struct senet_shape *shape, const float *data)
{
    struct senet_buffer buffer = {0};
    senet_npy_append(&buffer, shape, data);
    return output_file_write(path, &buffer);
}
