/* Errors that many places report in the same words. */
#ifndef SENET_BASE_ERROR_H
#define SENET_BASE_ERROR_H

#include "senet.h"

enum senet_code error_out_of_memory(struct senet_error *error);

#endif
