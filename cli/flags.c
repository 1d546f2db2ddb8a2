#include "flags.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "terminal.h"

void text_list_release(struct text_list *list)
{
    free(list->items);
    *list = (struct text_list){0};
}

static int text_list_add(struct text_list *list, const char *text)
{
    const char **items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return complain("out of memory");
    list->items = items;
    list->items[list->count++] = text;
    return STATUS_DONE;
}

static void print_help(const struct usage *usage)
{
    printf("usage: senet %s%s%s%s\n\n%s\n\n", usage->command, usage->flag_count ? " [options]" : "",
           *usage->operands ? " " : "", usage->operands, usage->about);
    for (size_t i = 0; i < usage->flag_count; i++) {
        const struct flag *flag = &usage->flags[i];
        int length = printf("  --%s%s%s", flag->name, flag->value ? " " : "", flag->value ? flag->value : "");
        printf("%*s%s\n", length < 36 ? 36 - length : 1, "", flag->help);
    }
    printf("  --help%*sprint this and exit\n", 28, "");
}

static int set_integer(const struct usage *usage, const struct flag *flag, const char *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    bool digits = (*value >= '0' && *value <= '9') || (*value == '-' && value[1]);
    if (!digits || *end || errno || number < flag->minimum || number > flag->maximum)
        return complain_usage(usage->command, "--%s takes a whole number from %" PRId64 " to %" PRId64 ", not '%s'",
                              flag->name, flag->minimum, flag->maximum, value);
    *flag->integer = number;
    return STATUS_DONE;
}

static int set_choice(const struct usage *usage, const struct flag *flag, const char *value)
{
    size_t size = strlen(value);
    int index = 0;
    for (const char *word = flag->value; *word; index++) {
        size_t length = strcspn(word, "|");
        if (length == size && !memcmp(word, value, size)) {
            *flag->choice = index;
            return STATUS_DONE;
        }
        word += length + (word[length] == '|');
    }
    return complain_usage(usage->command, "--%s takes %s, not '%s'", flag->name, flag->value, value);
}

static int set_flag(const struct usage *usage, const struct flag *flag, const char *value)
{
    if (flag->integer)
        return set_integer(usage, flag, value);
    if (flag->choice)
        return set_choice(usage, flag, value);
    if (!*value)
        return complain_usage(usage->command, "--%s takes a value that is not empty", flag->name);
    if (flag->list)
        return text_list_add(flag->list, value);
    *flag->text = value;
    return STATUS_DONE;
}

static const struct flag *find_flag(const struct usage *usage, const char *name, size_t length)
{
    for (size_t i = 0; i < usage->flag_count; i++)
        if (strlen(usage->flags[i].name) == length && !memcmp(usage->flags[i].name, name, length))
            return &usage->flags[i];
    return NULL;
}

/* `argument` begins with a dash; `next` is what follows it, or NULL. *took_next says that it was the value. */
static int parse_flag(const struct usage *usage, const char *argument, const char *next, bool *took_next)
{
    size_t length = argument[1] == '-' ? strcspn(argument + 2, "=") : 0;
    const struct flag *flag = length ? find_flag(usage, argument + 2, length) : NULL;
    if (!flag)
        return complain_usage(usage->command, "there is no option '%s'", argument);
    const char *value = argument[2 + length] == '=' ? argument + 2 + length + 1 : NULL;
    if (flag->truth) {
        if (value)
            return complain_usage(usage->command, "--%s takes no value", flag->name);
        *flag->truth = true;
        return STATUS_DONE;
    }
    *took_next = !value;
    if (!value)
        value = next;
    if (!value)
        return complain_usage(usage->command, "--%s needs a value: %s", flag->name, flag->value);
    return set_flag(usage, flag, value);
}

static int check_operands(const struct usage *usage, char **operands, size_t count)
{
    if (count < usage->minimum_operands)
        return complain_usage(usage->command, "%s is missing", usage->operands);
    if (count > usage->maximum_operands)
        return complain_usage(usage->command, "'%s' is one argument too many", operands[usage->maximum_operands]);
    return STATUS_DONE;
}

bool flags_parse(const struct usage *usage, int argc, char **argv, size_t *operand_count, int *status)
{
    size_t operands = 0;
    bool options_ended = false;
    *status = STATUS_DONE;
    for (int i = 1; i < argc && *status == STATUS_DONE; i++) {
        char *argument = argv[i];
        bool took_next = false;
        if (options_ended || argument[0] != '-' || !argument[1]) {
            argv[operands++] = argument;
        } else if (!strcmp(argument, "--")) {
            options_ended = true;
        } else if (!strcmp(argument, "-h") || !strcmp(argument, "--help")) {
            print_help(usage);
            return false;
        } else {
            *status = parse_flag(usage, argument, i + 1 < argc ? argv[i + 1] : NULL, &took_next);
            i += took_next;
        }
    }
    if (*status == STATUS_DONE)
        *status = check_operands(usage, argv, operands);
    *operand_count = operands;
    return *status == STATUS_DONE;
}
