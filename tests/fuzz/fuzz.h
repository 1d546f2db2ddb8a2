/* libFuzzer's entry point: one is defined by each program here. `make fuzz` builds and runs them. */
#ifndef SENET_TESTS_FUZZ_H
#define SENET_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
