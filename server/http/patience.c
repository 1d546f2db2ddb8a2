#include "http/patience.h"

#include <string.h>

#define LONGEST 1e9 /* milliseconds, beyond all limits: larger numbers are as good as this one */

void patience_read(struct patience *patience, const char *value)
{
    size_t length = strspn(value, "0123456789");
    double milliseconds = 0;
    for (size_t i = 0; i < length && milliseconds < LONGEST; i++)
        milliseconds = 10 * milliseconds + (value[i] - '0');
    bool again = patience->seconds > 0;
    patience->malformed =
        patience->malformed || again || milliseconds == 0 || value[length + strspn(value + length, " \t")];
    patience->seconds = milliseconds / 1e3;
}

double patience_deadline(const struct patience *patience, double began, double received, double limit)
{
    double granted = received + limit, wanted = began + patience->seconds;
    return patience->seconds > 0 && wanted < granted ? wanted : granted;
}
