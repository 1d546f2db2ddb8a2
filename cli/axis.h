/* The axes of a plot. */
#ifndef SENET_CLI_AXIS_H
#define SENET_CLI_AXIS_H

/* Ticks are low, low + step, ..., high. */
struct axis {
    double low, high, step;
    int ticks;    /* at least 2 */
    int decimals; /* that their labels need */
};

/* Holds low..high, two finite numbers of float's range, with steps of 1, 2 or 5 times a power of ten: about `steps`. */
struct axis axis_fit(double low, double high, int steps);

#endif
