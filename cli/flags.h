/*
 * Command-line options: one table per command feeds parsing, checking and --help.
 *
 * Accepted: --name value, --name=value, --switch, -h, --help, and -- to end the options. Options and operands
 * may be mixed.
 */
#ifndef SENET_CLI_FLAGS_H
#define SENET_CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values of an option that may be given repeatedly. The texts are argv's. */
struct text_list {
    const char **items;
    size_t count;
};
void text_list_release(struct text_list *list);

struct flag {
    const char *name;  /* without the dashes */
    const char *value; /* what --help calls the value; "a|b|c" are the alternatives of a choice; NULL for a switch */
    const char *help;
    /* Where the value goes. Exactly one is set; its type decides what is accepted. */
    bool *truth;
    int64_t *integer; /* from minimum to maximum */
    const char **text;
    struct text_list *list;
    int *choice; /* becomes the index of the alternative */
    int64_t minimum, maximum;
};

struct usage {
    const char *command;
    const char *operands; /* as --help shows them: "IMAGE..."; "" for none */
    const char *about;
    const struct flag *flags;
    size_t flag_count;
    size_t minimum_operands, maximum_operands;
};

/*
 * Fills the flags' targets; what is not given keeps its value. On success the first *operand_count elements of
 * `argv` are the operands. False when the command ends here with *status: help was printed, or the command line
 * is wrong and a line on stderr says how. Lists are the caller's to release in either case.
 */
bool flags_parse(const struct usage *usage, int argc, char **argv, size_t *operand_count, int *status);

#endif
