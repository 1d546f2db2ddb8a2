/* Names as a file has them: one that is absent is empty, and the domain of ONNX's own operators has two spellings. */
#ifndef SENET_ONNX_NAMES_H
#define SENET_ONNX_NAMES_H

#include <string.h>

static inline const char *name_or_empty(const char *name)
{
    return name ? name : "";
}

/* "" for ONNX's own. */
static inline const char *domain_name(const char *domain)
{
    return domain && strcmp(domain, "ai.onnx") ? domain : "";
}

#endif
