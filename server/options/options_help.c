#include "options/options.h"
#include "options/options_table.h"

void options_print_help(FILE *stream)
{
    fputs("senetd serves image classifiers with Squeeze-and-Excitation attention over HTTP.\n\n"
          "usage: senetd [-c FILE] [--OPTION VALUE]...\n\n"
          "  -t           check the configuration and the models, and exit\n"
          "  --version    print the version and exit\n"
          "  --help       print this and exit\n"
          "  -c FILE      the same as --config FILE\n",
          stream);
    for (size_t i = 0; i < options_table_size; i++) {
        const struct option *option = &options_table[i];
        char flag[OPTION_NAME_MAX];
        option_flag(option, flag);
        fprintf(stream, "  %s %s", flag, option->value);
        for (size_t c = 0; option->choices && option->choices[c]; c++)
            fprintf(stream, "%s%s", c ? "|" : " (", option->choices[c]);
        fprintf(stream, "%s\n      %s", option->choices ? ")" : "", option->help);
        if (option->missing && *option->missing)
            fprintf(stream, " (%s)", option->missing);
        fputc('\n', stream);
    }
    fputs("\nEach option can also be given as a variable (SENETD_MAX_BODY_BYTES) or in the configuration file\n"
          "(\"max_body_bytes\"); a flag wins over a variable, a variable over the file.\n",
          stream);
}

void options_print_markdown(FILE *stream)
{
    fputs("| key in the file | flag | variable | value | default | meaning |\n|---|---|---|---|---|---|\n", stream);
    for (size_t i = 0; i < options_table_size; i++) {
        const struct option *option = &options_table[i];
        char flag[OPTION_NAME_MAX], variable[OPTION_NAME_MAX], values[128];
        option_flag(option, flag);
        option_variable(option, variable);
        option_describe(option, values, sizeof values);
        bool has_default = option->missing && *option->missing;
        fprintf(stream, "| %s%s%s | `%s` | `%s` | %s | %s%s%s | %s |\n", option->use == OPTION_NOT_IN_FILE ? "" : "`",
                option->use == OPTION_NOT_IN_FILE ? "-" : option->name, option->use == OPTION_NOT_IN_FILE ? "" : "`",
                flag, variable, values, has_default ? "`" : "", has_default ? option->missing : "-",
                has_default ? "`" : "", option->help);
    }
}
