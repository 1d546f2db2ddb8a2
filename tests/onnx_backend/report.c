#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/ops.h"

/* NULL when there is no room. */
static struct report_row *find_row(struct report *report, const char *operator_name)
{
    for (int i = 0; i < report->row_count; i++)
        if (!strcmp(report->rows[i].operator_name, operator_name))
            return &report->rows[i];
    if (report->row_count == REPORT_OPERATORS_MAX)
        return NULL;
    struct report_row *row = &report->rows[report->row_count++];
    snprintf(row->operator_name, sizeof row->operator_name, "%s", operator_name);
    return row;
}

void report_add(struct report *report, const struct case_report *result)
{
    struct report_row *row = find_row(report, result->operator_name);
    report->results[result->result]++;
    if (row)
        row->results[result->result]++;
}

static int by_name(const void *left, const void *right)
{
    const struct report_row *a = left, *b = right;
    return strcmp(a->operator_name, b->operator_name);
}

static void add_operators_without_cases(struct report *report)
{
    for (int op = 0; op < OP_COUNT; op++)
        if (op_find(op_table[op].name) == (enum op)op)
            find_row(report, op_table[op].name);
}

void report_print_markdown(struct report *report)
{
    struct report_row several = {0};
    add_operators_without_cases(report);
    qsort(report->rows, (size_t)report->row_count, sizeof *report->rows, by_name);
    puts("| operator | cases passed | refused at load |\n|---|---|---|");
    for (int i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (!*row->operator_name)
            several = *row;
        else if (op_find(row->operator_name) != OP_COUNT)
            printf("| %s | %d | %d |\n", row->operator_name, row->results[CASE_PASSED], row->results[CASE_UNSUPPORTED]);
    }
    printf("| several in one graph | %d | %d |\n", several.results[CASE_PASSED], several.results[CASE_UNSUPPORTED]);
    printf("| **all cases** | **%d** | **%d** |\n", report->results[CASE_PASSED], report->results[CASE_UNSUPPORTED]);
}
