/*
 * The model that is part of the library, assembled in from models/builtin by the assembler's .incbin: the compiler
 * never sees the megabytes, and the bytes lie in read-only pages that processes share. Paths are relative to
 * where the compiler runs, the root of the repository.
 */
#include <stdint.h>

#include "model/model.h"

/* name: the bytes; name_size: how many, in 64 bits. Hidden, so that the shared library does not export them. */
#define EMBED(name, file)                                                                                              \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".globl " #name "\n"                                                                                       \
            ".hidden " #name "\n"                                                                                      \
            ".globl " #name "_size\n"                                                                                  \
            ".hidden " #name "_size\n"                                                                                 \
            ".balign 64\n" #name ":\n"                                                                                 \
            ".incbin \"" file "\"\n" #name "_end:\n"                                                                   \
            ".balign 64\n" #name "_size:\n"                                                                            \
            ".quad " #name "_end - " #name "\n"                                                                        \
            ".popsection\n");                                                                                          \
    extern const char name[] __attribute__((visibility("hidden")));                                                    \
    extern const uint64_t name##_size __attribute__((visibility("hidden")))

EMBED(senet_builtin_onnx, "models/builtin/model.onnx");
EMBED(senet_builtin_config, "models/builtin/config.json");
EMBED(senet_builtin_labels, "models/builtin/labels.txt");
EMBED(senet_builtin_golden, "models/builtin/golden.npz");

enum senet_code senet_model_load_builtin(const struct senet_load_options *options, struct senet_model **model,
                                         struct senet_error *error)
{
    const struct model_source source = {.onnx = {.bytes = senet_builtin_onnx, .size = (size_t)senet_builtin_onnx_size},
                                        .config = senet_builtin_config,
                                        .labels = senet_builtin_labels,
                                        .config_size = (size_t)senet_builtin_config_size,
                                        .labels_size = (size_t)senet_builtin_labels_size};
    return model_create(&source, options, model, error);
}

const void *model_builtin_golden(size_t *size)
{
    *size = (size_t)senet_builtin_golden_size;
    return senet_builtin_golden;
}
