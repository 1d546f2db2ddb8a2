/* `senet`: the library from the command line. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "senet.h"
#include "terminal.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"predict", command_predict, "classify images, with the attention of every SE block"},
    {"profile", command_profile, "show how specific to a class each SE block is, over a folder of images"},
    {"summary", command_summary, "show a model's layers, parameters, MACs and SE blocks"},
    {"run", command_run, "run a model on raw tensors: .npy in, .npy out"},
    {"preprocess", command_preprocess, "write the tensor that a model is fed for an image"},
    {"bench", command_bench, "time a model"},
    {"golden", command_golden, "check a model against numbers that are known to be right, or write them"},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static void print_usage(FILE *stream)
{
    fputs("usage: senet COMMAND [options] [arguments]\n\n"
          "Squeeze-and-Excitation networks from ONNX files, on the CPU.\n\n",
          stream);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stream, "  %-12s%s\n", commands[i].name, commands[i].help);
    fputs("  help        say this, or how to use a command: senet help COMMAND\n"
          "  --version   say which version this is\n\n"
          "Exit status: 0 done, 1 failed (a line on stderr says why), 2 wrong usage.\n",
          stream);
}

static int print_version(void)
{
    printf("senet %s (kernels: %s)\n", senet_version(), senet_isa());
    return STATUS_DONE;
}

static int help(const char *name)
{
    if (!name) {
        print_usage(stdout);
        return STATUS_DONE;
    }
    const struct command *command = find_command(name);
    if (!command)
        return complain_usage(NULL, "there is no command '%s'; senet help lists them", name);
    char argument[] = "--help", *argv[] = {argument, argument, NULL};
    return command->run(2, argv);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return STATUS_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--version"))
        return print_version();
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
        return help(argc > 2 ? argv[2] : NULL);
    const struct command *command = find_command(name);
    if (!command)
        return complain_usage(NULL, "there is no command '%s'; senet help lists them", name);
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* which characters the terminal has; numbers stay as C writes them */
    int status = dispatch(argc, argv);
    errno = 0;
    if ((fflush(stdout) || ferror(stdout)) && status == STATUS_DONE)
        status = complain("the answer could not be written%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
    return status;
}
