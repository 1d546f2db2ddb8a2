#include "routes/oip_datatype.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53: up to here every integer is a double */

static uint64_t read_bits(const unsigned char *element, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)element[i] << (8 * i);
    return bits;
}

#define INTEGER_READER(name, type)                                                                                     \
    static double name(const unsigned char *element)                                                                   \
    {                                                                                                                  \
        return (double)(type)read_bits(element, sizeof(type));                                                         \
    }
INTEGER_READER(read_uint8, uint8_t)
INTEGER_READER(read_uint16, uint16_t)
INTEGER_READER(read_uint32, uint32_t)
INTEGER_READER(read_uint64, uint64_t)
INTEGER_READER(read_int8, int8_t)
INTEGER_READER(read_int16, int16_t)
INTEGER_READER(read_int32, int32_t)
INTEGER_READER(read_int64, int64_t)

/* IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits fraction. */
static double read_fp16(const unsigned char *element)
{
    unsigned bits = (unsigned)read_bits(element, 2), exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                   : exponent     ? ldexp(1024 + fraction, (int)exponent - 25)
                                  : ldexp(fraction, -24);
    return bits >> 15 ? -value : value;
}

static double read_fp32(const unsigned char *element)
{
    uint32_t bits = (uint32_t)read_bits(element, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double read_fp64(const unsigned char *element)
{
    uint64_t bits = read_bits(element, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const struct oip_datatype datatypes[] = {
    {"FP32", 4, read_fp32, -DBL_MAX, DBL_MAX, false},     {"FP64", 8, read_fp64, -DBL_MAX, DBL_MAX, false},
    {"FP16", 2, read_fp16, -65504, 65504, false},         {"BOOL", 1, read_uint8, 0, 1, true},
    {"UINT8", 1, read_uint8, 0, UINT8_MAX, true},         {"UINT16", 2, read_uint16, 0, UINT16_MAX, true},
    {"UINT32", 4, read_uint32, 0, UINT32_MAX, true},      {"UINT64", 8, read_uint64, 0, EXACT_MAX, true},
    {"INT8", 1, read_int8, INT8_MIN, INT8_MAX, true},     {"INT16", 2, read_int16, INT16_MIN, INT16_MAX, true},
    {"INT32", 4, read_int32, INT32_MIN, INT32_MAX, true}, {"INT64", 8, read_int64, -EXACT_MAX, EXACT_MAX, true},
};

const struct oip_datatype *oip_datatype_find(const char *name)
{
    for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
        if (!strcmp(datatypes[i].name, name))
            return &datatypes[i];
    return NULL;
}

bool oip_datatype_convert(const struct oip_datatype *datatype, double number, float *value)
{
    bool finite = isfinite(number), special = !finite && !datatype->whole;
    if (!special && !(finite && number >= datatype->least && number <= datatype->most))
        return false;
    if (finite && fabs(number) > (double)FLT_MAX)
        return false; /* the conversion would be undefined, or infinite */
    float converted = (float)number;
    if (datatype->whole && (double)converted != number)
        return false;
    if (datatype->whole && number != floor(number))
        return false;
    *value = converted;
    return true;
}
