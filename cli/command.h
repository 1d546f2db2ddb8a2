/* The commands of `senet`, and what each returns: the exit status of the process. */
#ifndef SENET_CLI_COMMAND_H
#define SENET_CLI_COMMAND_H

enum {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /* one line on stderr says why */
    STATUS_USAGE = 2,  /* the command line was wrong; nothing was done */
};

/* argv[0] is the command's own name. argv may be reordered. */
int command_predict(int argc, char **argv);
int command_profile(int argc, char **argv);
int command_summary(int argc, char **argv);
int command_run(int argc, char **argv);
int command_preprocess(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_golden(int argc, char **argv);

#endif
