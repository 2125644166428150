/* SPDX-License-Identifier: MIT */
/* precopyml COMMAND: finds the command and hands over. Never calls setlocale(). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include <precopyml.h>

#include "command.h"
#include "exit_codes.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"features", command_features, "show the features of every boundary of a trace"},
    {"dataset", command_dataset, "turn traces into a table of features and outcomes"},
    {"select", command_select, "show which features tell the outcome, and choose a set"},
    {"train", command_train, "fit a predictor and write a model"},
    {"evaluate", command_evaluate, "cross-validate predictors or test a model"},
    {"recalibrate", command_recalibrate, "give a model new bounds from how its decisions came out"},
    {"coverage", command_coverage, "measure how often a model's bounds held"},
    {"replay", command_replay, "show where a policy would have stopped recorded migrations"},
    {"simulate", command_simulate, "simulate migrations and write them as traces"},
    {"qmp", command_qmp, "decide a live migration through QEMU's monitor"},
    {"libvirt", command_libvirt, "decide live migrations beside libvirt"},
    {"model", command_model, "show or verify a model file"},
    {"predictors", command_predictors, "list the predictors and policies"},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static int show_usage(FILE *stream)
{
    fputs("Usage: precopyml COMMAND [ARGUMENT...]\n"
          "Decides when a live VM migration should stop copying memory and switch over.\n\n"
          "Commands:\n",
          stream);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-12s%s\n", commands[i].name, commands[i].summary);
    fputs("\n'precopyml COMMAND --help' tells more; 'precopyml --version' the version.\n", stream);
    return EXIT_USAGE;
}

/*
 * The number of a standard stream that is closed would go to the first file or monitor that is
 * opened, and what is printed with it. Writing there stays an error.
 */
static void fill_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    char name[64];

    fill_standard_streams();
    if (argc < 2)
        return show_usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        show_usage(stdout);
        return finish_stdout("precopyml", EXIT_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("precopyml %s\n", precopyml_version());
        return finish_stdout("precopyml", EXIT_OK);
    }
    gsl_set_error_handler_off(); /* the training library's GSL would abort the program */
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            snprintf(name, sizeof(name), "precopyml %s", commands[i].name);
            argv[1] = name; /* what getopt begins its messages with */
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    complain("precopyml", "no command '%s'", argv[1]);
    return usage_error("precopyml");
}
