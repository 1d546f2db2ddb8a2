/* What a decoder may do: compute, and talk to the daemon. */
#ifndef SENETD_DECODER_SANDBOX_H
#define SENETD_DECODER_SANDBOX_H

#include "decoder/decoder_protocol.h"

/*
 * For the rest of this process's life: no descriptors but the two of the protocol, no new ones, `max_memory` bytes
 * more than it has already, no core file, no new privileges, and no system calls but those of decoder_sandbox.c.
 * `hello` receives what is in force.
 */
void decoder_sandbox_enter(size_t max_memory, struct decoder_hello *hello);

#endif
