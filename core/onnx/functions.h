/* The operators that a file defines itself: its functions, found by what a call says, and the names of their operands.
 */
#ifndef SENET_ONNX_FUNCTIONS_H
#define SENET_ONNX_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "onnx.pb-c.h"
#include "senet.h"

#define NO_OPERAND SIZE_MAX

/* A name that stands for an operand of the call: input `input`, output `output`, or one handed through, which is both.
 */
struct formal {
    const char *name;
    size_t input, output; /* or NO_OPERAND */
};

struct function {
    const Onnx__FunctionProto *proto;
    struct formal *formals; /* by name */
    size_t formal_count;
    const struct formal **handed_through;
    size_t handed_through_count;
    int64_t opset; /* 0: it does not say */
    bool expanded; /* once at least */
};

struct functions {
    struct function *rows; /* by domain, name and overload */
    size_t count;
};

/* Errors: MODEL_MALFORMED (two of the same name, two operands of one), OUT_OF_MEMORY. */
enum senet_code functions_read(const Onnx__ModelProto *model, struct arena *scratch, struct functions *functions,
                               struct senet_error *error);

/* The function that a node calls; NULL when it calls none. */
struct function *functions_find(const struct functions *functions, const Onnx__NodeProto *node);

/* NULL when `name` is no operand's. */
const struct formal *function_formal(const struct function *function, const char *name);

/* "function 'com.example.Gate'" for messages; `text` is returned. */
const char *function_describe(const struct function *function, char *text, size_t size);

/* Fills `error` with "<function>: <text>" and returns the code. */
enum senet_code function_fail(const struct function *function, struct senet_error *error, enum senet_code code,
                              const char *format, ...) SENET_PRINTF(4, 5);

#endif
