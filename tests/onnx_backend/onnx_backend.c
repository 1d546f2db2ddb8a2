/*
 * Runs ONNX's own backend tests (node, simple, pytorch-operator, pytorch-converted) through the engine.
 *
 *     onnx_backend [--markdown] [--verbose] FOLDER [TEXT]
 *
 * FOLDER holds one folder of cases per group; TEXT takes only the cases whose name contains it. Exit status 1 when a
 * case failed, 2 when there are none.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

struct options {
    bool markdown, verbose;
    const char *folder, *text;
};

static const char *const groups[] = {"node", "simple", "pytorch-operator", "pytorch-converted"};
static const char *const results[] = {"passed", "unsupported", "FAILED"};

static bool parse(int count, char **arguments, struct options *options)
{
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "--markdown"))
            options->markdown = true;
        else if (!strcmp(arguments[i], "--verbose"))
            options->verbose = true;
        else if (!options->folder)
            options->folder = arguments[i];
        else
            options->text = arguments[i];
    }
    return options->folder != NULL;
}

static int is_case(const struct dirent *entry)
{
    return !strncmp(entry->d_name, "test_", 5);
}

static void run_group(const char *group, const struct options *options, struct report *report)
{
    char path[3000], folder[4000];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/%s", options->folder, group);
    int count = scandir(path, &entries, is_case, alphasort);
    for (int i = 0; i < count; i++) {
        struct case_report result;
        const char *name = entries[i]->d_name;
        if (!options->text || strstr(name, options->text)) {
            snprintf(folder, sizeof folder, "%s/%s", path, name);
            case_run(folder, &result);
            report_add(report, &result);
            if (result.result == CASE_FAILED || options->verbose)
                fprintf(stderr, "%-11s %s/%s%s%s%s\n", results[result.result], group, name,
                        result.constants && result.result == CASE_PASSED ? " (with constants)" : "",
                        *result.reason ? ": " : "", result.reason);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int count, char **arguments)
{
    struct options options = {0};
    static struct report report;
    if (!parse(count, arguments, &options)) {
        fputs("usage: onnx_backend [--markdown] [--verbose] FOLDER [TEXT]\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        run_group(groups[i], &options, &report);
    const int *found = report.results;
    if (found[CASE_PASSED] + found[CASE_UNSUPPORTED] + found[CASE_FAILED] == 0) {
        fprintf(stderr, "no cases in %s\n", options.folder);
        return 2;
    }
    if (options.markdown)
        report_print_markdown(&report);
    fprintf(options.markdown ? stderr : stdout, "ONNX backend: %d of %d cases pass, %d are refused, %d fail\n",
            found[CASE_PASSED], found[CASE_PASSED] + found[CASE_UNSUPPORTED] + found[CASE_FAILED],
            found[CASE_UNSUPPORTED], found[CASE_FAILED]);
    return found[CASE_FAILED] ? 1 : 0;
}
