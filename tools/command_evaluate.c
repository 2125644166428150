/* SPDX-License-Identifier: MIT */
/* precopyml evaluate: how good forecasts are, with intervals, beside what needs no learning. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <precopyml-train.h>

#include "command.h"
#include "data_options.h"
#include "exit_codes.h"
#include "json_line.h"
#include "model_file.h"
#include "number.h"
#include "option_number.h"

static const char help[] =
    "Usage: precopyml evaluate --data FILE.csv [--model MODEL | --predictor NAME...] [OPTION...]\n"
    "Cross-validates predictors in folds of whole migrations, all choices made anew in each fold;\n"
    "or scores one model on all rows. Beside them stand QEMU's expected_downtime, naive physics\n"
    "(remaining / bandwidth of the last half second + 45 ms), physics as built in, and the median\n"
    "of the other folds. Intervals come from resampling migrations.\n\n"
    "  --predictor NAME...     what to train and test (default: all)\n"
    "  --model MODEL           test this model; on the data it was trained on it looks too good\n"
    "  --target NAME           downtime (default), downtime_next or remaining_time\n"
    "  --draws N               resamplings of the migrations, 0 to 100000 (1000)\n"
    "  --confidence P          of the intervals, between 0 and 1 (0.95)\n"
    "  --json                  one JSON line a contender\n" DATA_HELP;

enum { PREDICTORS_MAX = 64 };

struct arguments {
    const char *program;
    struct data_options data;
    struct precopyml_train_evaluate_options options;
    const char *predictors[PREDICTORS_MAX];
    const char *model_path;
    bool json;
};

/* How each metric is shown: in which unit, as a factor, and with how many decimals. */
static const struct shown {
    enum precopyml_train_metric metric;
    const char *title;
    double factor;
    int decimals;
} shown[] = {
    {PRECOPYML_TRAIN_MAE, "mean absolute error, ms", 1e3, 1},
    {PRECOPYML_TRAIN_RMSE, "root mean square error, ms", 1e3, 1},
    {PRECOPYML_TRAIN_MAPE, "mean relative error, %", 1e2, 1},
    {PRECOPYML_TRAIN_MEDIAN_APE, "median relative error, %", 1e2, 1},
    {PRECOPYML_TRAIN_MEDIAN_VS_PHYSICS, "  minus that of physics, same rows, points", 1e2, 1},
    {PRECOPYML_TRAIN_P90_APE, "relative error, 90th percentile, %", 1e2, 1},
    {PRECOPYML_TRAIN_P95_APE, "relative error, 95th percentile, %", 1e2, 1},
    {PRECOPYML_TRAIN_LOG_ERROR, "mean |log(forecast / observed)|", 1, 3},
    {PRECOPYML_TRAIN_LOG_VS_PHYSICS, "  minus that of physics, same rows", 1, 3},
    {PRECOPYML_TRAIN_R2, "R2", 1, 3},
    {PRECOPYML_TRAIN_LONG_MEDIAN_APE, "200 ms or more: median relative error, %", 1e2, 1},
    {PRECOPYML_TRAIN_LONG_P90_APE, "200 ms or more: relative error, 90th percentile, %", 1e2, 1},
    {PRECOPYML_TRAIN_LONG_MEDIAN, "200 ms or more: median error, ms", 1e3, 1},
    {PRECOPYML_TRAIN_LONG_P90, "200 ms or more: error, 90th percentile, ms", 1e3, 1},
    {PRECOPYML_TRAIN_SHORT_MEDIAN, "under 200 ms: median error, ms", 1e3, 1},
    {PRECOPYML_TRAIN_SHORT_P90, "under 200 ms: error, 90th percentile, ms", 1e3, 1},
};

static const char *contender_name(uint32_t contender)
{
    switch (contender) {
    case PRECOPYML_TRAIN_PREDICTOR: return "predictor";
    case PRECOPYML_TRAIN_MODEL: return "model";
    default: return "reference";
    }
}

static void print_json(const struct arguments *arguments, const precopyml_train_report *report)
{
    const struct precopyml_train_score *score;
    struct json_line line;

    for (size_t i = 0; (score = precopyml_train_report_score(report, i)) != NULL; i++) {
        json_line_begin(&line, stdout);
        json_line_string(&line, "target",
                         precopyml_target_name((enum precopyml_target)arguments->options.target));
        json_line_string(&line, "kind", contender_name(score->contender));
        json_line_string(&line, "name", score->name);
        json_line_number(&line, "rows", (double)score->rows);
        json_line_number(&line, "long_rows", (double)score->long_rows);
        json_line_number(&line, "migrations", (double)score->migrations);
        json_line_number(&line, "refused", (double)score->refused);
        json_line_number(&line, "confidence", arguments->options.confidence);
        for (int j = 0; j < PRECOPYML_TRAIN_METRIC_COUNT; j++) {
            json_line_open(&line, precopyml_train_metric_name((enum precopyml_train_metric)j));
            json_line_number(&line, "value", score->metric[j].value);
            json_line_number(&line, "lower", score->metric[j].lower);
            json_line_number(&line, "upper", score->metric[j].upper);
            json_line_close(&line);
        }
        json_line_end(&line);
    }
}

/* One metric of one contender, in a column of its own. */
static void print_metric(const struct precopyml_train_score *score, const struct shown *how)
{
    const struct precopyml_train_interval *metric = &score->metric[how->metric];
    char value[NUMBER_TEXT_SIZE], lower[NUMBER_TEXT_SIZE], upper[NUMBER_TEXT_SIZE];

    printf("  %-10s %-16s%12s", contender_name(score->contender), score->name,
           number_fixed(value, metric->value * how->factor, how->decimals));
    if (!isnan(metric->lower))
        printf("%12s to %s", number_fixed(lower, metric->lower * how->factor, how->decimals),
               number_fixed(upper, metric->upper * how->factor, how->decimals));
    putchar('\n');
}

static void print_rows(const struct precopyml_train_score *score)
{
    printf("  %-10s %-16s%12zu rows, %zu of 200 ms or more, %zu migrations",
           contender_name(score->contender), score->name, score->rows, score->long_rows,
           score->migrations);
    if (score->refused > 0)
        printf(", %zu refused", score->refused);
    putchar('\n');
}

/* Metric by metric, so that contenders stand side by side. */
static void print_text(const struct arguments *arguments, const precopyml_train_report *report)
{
    const struct precopyml_train_score *score;
    char confidence[NUMBER_TEXT_SIZE];

    fputs(precopyml_target_name((enum precopyml_target)arguments->options.target), stdout);
    if (arguments->options.draws > 0)
        printf(", with %s %% intervals",
               number_fixed(confidence, 100 * arguments->options.confidence, 0));
    putchar('\n');
    for (size_t i = 0; (score = precopyml_train_report_score(report, i)) != NULL; i++)
        print_rows(score);
    for (size_t j = 0; j < sizeof(shown) / sizeof(shown[0]); j++) {
        printf("\n%s\n", shown[j].title);
        for (size_t i = 0; (score = precopyml_train_report_score(report, i)) != NULL; i++)
            print_metric(score, &shown[j]);
    }
}

static int evaluate(struct arguments *arguments, const precopyml_train_dataset *dataset)
{
    struct precopyml_train_evaluate_options *options = &arguments->options;
    const struct data_options *data = &arguments->data;
    struct data_watch watch = {.program = arguments->program};
    precopyml_train_report *report = NULL;
    int error;

    DATA_OPTIONS_GIVE(data, &watch, options);
    options->predictors = options->predictor_count > 0 ? arguments->predictors : NULL;
    error = precopyml_train_evaluate(dataset, options, &report);
    progress_clear(&watch.progress);
    if (error)
        return data_failed(arguments->program, error);
    if (arguments->json)
        print_json(arguments, report);
    else
        print_text(arguments, report);
    precopyml_train_report_free(&report);
    return finish_stdout(arguments->program, EXIT_OK);
}

static int run(struct arguments *arguments)
{
    precopyml_train_dataset *dataset = NULL;
    int code = EXIT_OK;

    if (!data_options_one_target(&arguments->data, arguments->program, &arguments->options.target))
        return usage_error(arguments->program);
    if (arguments->model_path != NULL && arguments->options.predictor_count > 0) {
        complain(arguments->program, "--model or --predictor, not both");
        return usage_error(arguments->program);
    }
    if (arguments->model_path != NULL &&
        (arguments->data.feature_count > 0 || arguments->data.mode != PRECOPYML_TRAIN_AUTO)) {
        complain(arguments->program,
                 "--features and --mode are not wanted with --model, which has its own");
        return usage_error(arguments->program);
    }
    if (arguments->model_path != NULL)
        code =
            model_file_load(arguments->program, arguments->model_path, &arguments->options.model);
    if (code == EXIT_OK)
        code = data_options_load(&arguments->data, arguments->program, &dataset);
    if (code == EXIT_OK)
        code = evaluate(arguments, dataset);
    precopyml_train_dataset_free(&dataset);
    precopyml_model_unref(&arguments->options.model);
    return code;
}

static bool add_predictor(struct arguments *arguments, const char *name)
{
    if (arguments->options.predictor_count == PREDICTORS_MAX) {
        complain(arguments->program, "more than %d predictors", PREDICTORS_MAX);
        return false;
    }
    arguments->predictors[arguments->options.predictor_count++] = name;
    return true;
}

static bool take_option(struct arguments *arguments, int option, char *argument)
{
    double number = 0;

    if (data_options_is(option))
        return data_options_take(&arguments->data, arguments->program, option, argument);
    switch (option) {
    case 'p': return add_predictor(arguments, argument);
    case 'm': arguments->model_path = argument; return true;
    case 'j': arguments->json = true; return true;
    case 'c':
        return option_number(arguments->program, "confidence", argument, 0, 1,
                             &arguments->options.confidence);
    case 'n':
        if (!option_whole(arguments->program, "draws", argument, 0, 100000, &number))
            return false;
        arguments->options.draws = (uint32_t)number;
        return true;
    default: return false;
    }
}

int command_evaluate(int argc, char **argv)
{
    static const struct option table[] = {
        {"predictor", required_argument, NULL, 'p'},
        {"model", required_argument, NULL, 'm'},
        {"draws", required_argument, NULL, 'n'},
        {"confidence", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        DATA_LONG_OPTIONS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {.program = argv[0],
                                  .data = DATA_OPTIONS_INIT,
                                  .options = PRECOPYML_TRAIN_EVALUATE_OPTIONS_INIT};
    int c;

    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (c == 'h')
            return show_help(help);
        if (!take_option(&arguments, c, optarg))
            return usage_error(argv[0]);
    }
    for (; optind < argc && arguments.options.predictor_count > 0; optind++) {
        if (!add_predictor(&arguments, argv[optind]))
            return usage_error(argv[0]);
    }
    if (optind < argc) {
        complain(argv[0], "'%s' is not wanted", argv[optind]);
        return usage_error(argv[0]);
    }
    return run(&arguments);
}
