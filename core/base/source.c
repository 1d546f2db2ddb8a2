#include "base/source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum senet_code source_read(const struct source *source, size_t offset, void *destination, size_t size,
                            struct senet_error *error)
{
    assert(offset <= source->size && size <= source->size - offset);
    char *to = destination;
    if (source->bytes && size > 0)
        memcpy(to, (const char *)source->bytes + offset, size);
    for (size_t done = source->bytes ? size : 0; done < size;) {
        ssize_t got = pread(source->file, to + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return senet_error_set(error, SENET_FILE_UNREADABLE, "'%.120s' cannot be read", source->name);
        if (got == 0)
            return senet_error_set(error, SENET_FILE_UNREADABLE, "'%.120s' became shorter while it was read",
                                   source->name);
        done += (size_t)got;
    }
    return SENET_OK;
}
