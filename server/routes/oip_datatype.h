/* The datatypes of the Open Inference Protocol, on their way to the float32 that networks compute with. */
#ifndef SENETD_OIP_DATATYPE_H
#define SENETD_OIP_DATATYPE_H

#include <stdbool.h>
#include <stddef.h>

struct oip_datatype {
    const char *name;
    size_t size;                                  /* bytes of an element */
    double (*read)(const unsigned char *element); /* little-endian, unaligned */
    double least, most;                           /* of a finite number */
    bool whole;                                   /* fractions are no values of it */
};

/* NULL for a name that is none, and for BYTES, which holds no numbers. */
const struct oip_datatype *oip_datatype_find(const char *name);

/*
 * False when `number` is no value of the datatype, or an integer that float32 does not hold. FP64 is rounded to the
 * nearest float32, but must not become infinite by it.
 */
bool oip_datatype_convert(const struct oip_datatype *datatype, double number, float *value);

#endif
