/* How many cases of each operator passed, as a table. */
#ifndef SENET_TESTS_ONNX_BACKEND_REPORT_H
#define SENET_TESTS_ONNX_BACKEND_REPORT_H

#include "case.h"

#define REPORT_OPERATORS_MAX 512

struct report_row {
    char operator_name[64];
    int results[CASE_RESULTS];
};

struct report {
    struct report_row rows[REPORT_OPERATORS_MAX];
    int row_count;
    int results[CASE_RESULTS]; /* of all cases */
};

void report_add(struct report *report, const struct case_report *result);
/* The table of docs/operators.md: every operator of the engine, in alphabetical order. */
void report_print_markdown(struct report *report);

#endif
