#include "override.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "terminal.h"

size_t override_layer_length(const char *gate)
{
    const char *equals = strrchr(gate, '=');
    return equals ? (size_t)(equals - gate) : 0;
}

/* One number, "null" or "identity" in text[0..length). */
static bool parse_value(const char *text, size_t length, float *value)
{
    static const struct {
        const char *word;
        float value;
    } words[] = {{"null", NAN}, {"identity", 1.0f}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == length && !memcmp(text, words[i].word, length)) {
            *value = words[i].value;
            return true;
        }
    }
    char *end = NULL;
    float number = length && *text != ' ' ? strtof(text, &end) : NAN;
    if (!isfinite(number) || end != text + length)
        return false;
    *value = number;
    return true;
}

/* Fills values[0..channels) from one value for all or one for each. False when the text is neither. */
static bool parse_values(const char *text, float *values, int64_t channels)
{
    int64_t count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (count == channels || !parse_value(at, length, &values[count++]))
            return false;
        at += length;
        if (!*at)
            break;
    }
    for (int64_t channel = 1; count == 1 && channel < channels; channel++)
        values[channel] = values[0];
    return count == 1 || count == channels;
}

static int override_gate(const char *command, const char *gate, const struct senet_model *model,
                         struct senet_session *session)
{
    size_t length = override_layer_length(gate);
    char *layer = length ? strndup(gate, length) : NULL;
    if (!layer)
        return complain_usage(command, "--gate takes " OVERRIDE_VALUE ", not '%s'", gate);
    int block = senet_model_find_se_block(model, layer);
    free(layer);
    if (block < 0)
        return complain("there is no SE block called '%.*s'; senet summary lists them", (int)length, gate);
    int64_t channels = senet_model_info(model)->se_blocks[block].channels;
    float *values = calloc((size_t)channels, sizeof *values);
    if (!values)
        return complain("out of memory");
    int status = STATUS_DONE;
    if (parse_values(gate + length + 1, values, channels))
        senet_session_set_gate(session, (size_t)block, values);
    else
        status = complain_usage(command,
                                "--gate %.*s takes identity, a number, or %" PRId64 " comma-separated numbers or nulls",
                                (int)length, gate, channels);
    free(values);
    return status;
}

static bool is_given_before(const struct text_list *gates, size_t index)
{
    size_t length = override_layer_length(gates->items[index]);
    for (size_t i = 0; i < index; i++)
        if (override_layer_length(gates->items[i]) == length && !memcmp(gates->items[i], gates->items[index], length))
            return true;
    return false;
}

int override_gates(const char *command, const struct text_list *gates, const struct senet_model *model,
                   struct senet_session *session)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < gates->count && status == STATUS_DONE; i++)
        status = is_given_before(gates, i)
                     ? complain_usage(command, "--gate %s: this block is given twice", gates->items[i])
                     : override_gate(command, gates->items[i], model, session);
    return status;
}
