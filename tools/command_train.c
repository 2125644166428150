/* SPDX-License-Identifier: MIT */
/* precopyml train: a data set in, a model file out. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <precopyml-train.h>

#include "command.h"
#include "data_options.h"
#include "exit_codes.h"
#include "model_text.h"
#include "output.h"

static const char help[] =
    "Usage: precopyml train --data FILE.csv --predictor NAME -o MODEL [OPTION...]\n"
    "Fits a predictor to recorded migrations and writes a model. What is left open is chosen by\n"
    "cross-validation in folds of whole migrations. The same data, options and seed give the same\n"
    "file.\n\n"
    "  --predictor NAME        what to train, see below; 'auto': whatever forecasts best in "
    "nested\n"
    "                          cross-validation, but physics unless it is better beyond chance\n"
    "  -o, --output MODEL      where to; '-' is standard output\n"
    "  --target A,B            what to forecast: downtime (default), downtime_next,\n"
    "                          remaining_time, or 'all'\n"
    "  --options A=X,B=Y       hyper-parameters of the predictor; see below\n" DATA_HELP;

/* "7" or "uniform"; a grid of one value is a default. */
static void print_option(const struct precopyml_trainer_option *option)
{
    printf("      %-12s%s", option->name, option->meaning);
    if (option->choices != NULL) {
        for (size_t i = 0; option->choices[i] != NULL; i++)
            printf("%s%s", i == 0 ? ": " : ", ", option->choices[i]);
    } else {
        printf(": %s%.10g to %.10g", option->integer ? "whole, " : "", option->min, option->max);
    }
    if (option->grid_count > 1)
        puts(" (chosen)");
    else if (option->choices != NULL)
        printf(" (%s)\n", option->choices[(size_t)option->grid[0]]);
    else
        printf(" (%g)\n", option->grid[0]);
}

static int print_help(void)
{
    const struct precopyml_trainer_ops *trainer;

    fputs(help, stdout);
    puts("\nWith 'auto' each target gets the predictor that suits it: all are cross-validated on "
         "the\n"
         "same folds, each with its mode and hyper-parameters chosen anew inside every fold, so "
         "that\n"
         "a large grid is no advantage. A learned one is picked only when its mean\n"
         "|log(forecast / observed)| is below that of physics beyond chance: 95 % intervals for "
         "all of\n"
         "them at once, from resampling migrations. The table on standard error is in the model "
         "too:\n"
         "precopyml model show [--json].");
    puts("\nPredictors, and their --options with the default in brackets:");
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)) != NULL; i++) {
        printf("  %-16s%s\n", trainer->name, trainer->summary);
        for (size_t j = 0; trainer->options != NULL && trainer->options[j].name != NULL; j++)
            print_option(&trainer->options[j]);
    }
    return finish_stdout("precopyml train", EXIT_OK);
}

/* Tells on standard error what has been trained, from the bytes that are about to be written. */
static int show_result(const char *program, const void *bytes, size_t length)
{
    precopyml_model *model = NULL;

    if (precopyml_model_load_memory(bytes, length, &model) != 0) {
        complain(program, "the model cannot be read back: %s", precopyml_error_message());
        return EXIT_RUNTIME;
    }
    model_text(stderr, model);
    precopyml_model_unref(&model);
    return EXIT_OK;
}

static int save(const char *program, const char *path, const void *bytes, size_t length)
{
    struct output output;
    int code = output_open(&output, program, path);

    if (code != EXIT_OK)
        return code;
    fwrite(bytes, 1, length, output.stream); /* output_commit() sees a failure */
    return output_commit(&output);
}

static int train(const char *program, const struct data_options *data,
                 struct precopyml_train_options *options, const char *path)
{
    struct data_watch watch = {.program = program};
    precopyml_train_dataset *dataset = NULL;
    void *bytes = NULL;
    size_t length = 0;
    int error, code = output_check(program, path, (char *[]){(char *)data->path, NULL});

    if (code == EXIT_OK)
        code = data_options_load(data, program, &dataset);
    if (code != EXIT_OK)
        return code;
    options->targets = data->targets;
    DATA_OPTIONS_GIVE(data, &watch, options);
    error = precopyml_train_model(dataset, options, &bytes, &length);
    progress_clear(&watch.progress);
    code = error ? data_failed(program, error) : show_result(program, bytes, length);
    if (code == EXIT_OK)
        code = save(program, path, bytes, length);
    free(bytes);
    precopyml_train_dataset_free(&dataset);
    return code;
}

int command_train(int argc, char **argv)
{
    static const struct option table[] = {
        {"predictor", required_argument, NULL, 'p'},
        {"output", required_argument, NULL, 'o'},
        {"options", required_argument, NULL, 'O'},
        DATA_LONG_OPTIONS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct precopyml_train_options options = PRECOPYML_TRAIN_OPTIONS_INIT;
    struct data_options data = DATA_OPTIONS_INIT;
    const char *path = NULL;
    int c;

    while ((c = getopt_long(argc, argv, "o:h", table, NULL)) != -1) {
        if (data_options_is(c)) {
            if (!data_options_take(&data, argv[0], c, optarg))
                return usage_error(argv[0]);
            continue;
        }
        switch (c) {
        case 'p': options.predictor = optarg; break;
        case 'o': path = optarg; break;
        case 'O': options.hyperparameters = optarg; break;
        case 'h': return print_help();
        default: return usage_error(argv[0]);
        }
    }
    if (optind < argc || path == NULL || options.predictor == NULL) {
        if (optind < argc)
            complain(argv[0], "'%s' is not wanted", argv[optind]);
        else
            complain(argv[0], "no %s given", path == NULL ? "-o MODEL" : "--predictor NAME");
        return usage_error(argv[0]);
    }
    return train(argv[0], &data, &options, path);
}
