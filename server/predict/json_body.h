/* A JSON body that came from outside, as a tree. */
#ifndef SENETD_JSON_BODY_H
#define SENETD_JSON_BODY_H

#include "senet.h"

struct cJSON;

/* Once, before there are threads: lack of memory is told from bad JSON from then on. */
void json_body_init(void);

/*
 * `text` need not end with a NUL. The tree is an object without NUL characters and of bounded memory; the caller
 * deletes it with cJSON_Delete. Members may still be there twice. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY.
 */
enum senet_code json_body_parse(const char *text, size_t size, struct cJSON **document, struct senet_error *error);

#endif
