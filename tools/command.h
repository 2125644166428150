/* SPDX-License-Identifier: MIT */
/*
 * The commands. Each gets its own arguments, argv[0] being "precopyml NAME", and returns an exit
 * code of exit_codes.h. Answers go to standard output, everything else to standard error.
 */
#ifndef COMMAND_H
#define COMMAND_H

int command_coverage(int argc, char **argv);
int command_dataset(int argc, char **argv);
int command_evaluate(int argc, char **argv);
int command_features(int argc, char **argv);
int command_libvirt(int argc, char **argv);
int command_model(int argc, char **argv);
int command_predictors(int argc, char **argv);
int command_qmp(int argc, char **argv);
int command_recalibrate(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_select(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_train(int argc, char **argv);

/* A line "PROGRAM: message" on standard error; `program` is argv[0]. */
void complain(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Points to --help on standard error; returns EXIT_USAGE. getopt has said what is wrong. */
int usage_error(const char *program);

/* Prints a help text on standard output; returns EXIT_OK or EXIT_OUTPUT. */
int show_help(const char *text);

/* Ends a command that wrote to standard output: `code`, or EXIT_OUTPUT when that failed. */
int finish_stdout(const char *program, int code);

#endif
