#include "globs.h"

#include <stdlib.h>

#include "command.h"
#include "senet.h"
#include "terminal.h"

int globs_split(const char *text, struct globs *globs)
{
    if (!text)
        return STATUS_DONE;
    size_t size = 0, count = 1;
    for (; text[size]; size++)
        count += text[size] == ',';
    const char **items = malloc(count * sizeof *items + size + 1);
    if (!items)
        return complain("out of memory");
    char *word = (char *)(items + count);
    for (size_t i = 0; i < count; i++) {
        items[i] = word;
        for (; *text && *text != ','; text++)
            *word++ = *text;
        *word++ = '\0';
        text += *text == ',';
    }
    *globs = (struct globs){items, count};
    return STATUS_DONE;
}

void globs_release(struct globs *globs)
{
    free(globs->items);
    *globs = (struct globs){0};
}

bool globs_take(const struct globs *globs, const char *name)
{
    const struct senet_answer_options options = {.layers = globs->items, .layer_count = globs->count};
    return senet_answer_selects(&options, name);
}
