/* --gate LAYER=VALUE: what the next runs use in place of a block's own gate. */
#ifndef SENET_CLI_OVERRIDE_H
#define SENET_CLI_OVERRIDE_H

#include "flags.h"
#include "senet.h"

#define OVERRIDE_VALUE "LAYER=VALUE"
#define OVERRIDE_HELP "replace a gate: identity, a number, or one number a channel (null keeps)"

/*
 * VALUE is "identity" (1 everywhere), one number for all channels, or as many comma-separated numbers as there
 * are channels, "null" keeping a channel's own. A block is given once. Returns a status; complains for `command`.
 */
int override_gates(const char *command, const struct text_list *gates, const struct senet_model *model,
                   struct senet_session *session);

/* The length of LAYER in LAYER=VALUE. Layers may contain '=', values never do. */
size_t override_layer_length(const char *gate);

#endif
