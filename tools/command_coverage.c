/* SPDX-License-Identifier: MIT */
/* precopyml coverage: how often a model's bounds held, on migrations that it did not see. */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "binomial_interval.h"
#include "calibration_set.h"
#include "command.h"
#include "exit_codes.h"
#include "median.h"
#include "model_bytes.h"
#include "number.h"

static const char help[] =
    "Usage: precopyml coverage --model MODEL [OPTION...] TRACE...\n"
    "       precopyml coverage --model MODEL [OPTION...] --history DIR\n"
    "Says how often the observed downtime was within the model's bounds at the boundary where its\n"
    "decision stopped the guest, with Clopper and Pearson's 95 % interval, and how far the bounds "
    "lie\n"
    "from forecast and downtime. Give it migrations that the model was not calibrated on.\n\n"
    "  --confidence P          of the bounds, between 0 and 1 (0.9)\n" SET_HELP
    "  --json                  one JSON object\n\n"
    "What does not count is left out, as 'precopyml recalibrate' does.\n";

static const double interval_confidence = 0.95;

struct arguments {
    const char *program;
    struct set_options set;
    double confidence;
    bool json;
};

/* How many of so many held. */
struct share {
    size_t hits, trials;
};

struct coverage {
    double lower, upper; /* medians, over the forecast */
    double price;        /* median of upper bound over downtime */
    struct share above, below;
    struct share in_use; /* the upper bounds that were known when it was decided */
};

static void measure_one(struct coverage *coverage, const struct finished *finished,
                        double confidence, double lower, double upper)
{
    /* A bound is one of the scores: rounding must not put that one outside. */
    static const double rounding = 1e-9;
    double observed = finished->downtime / finished->stop.forecast;

    coverage->above.trials++;
    coverage->above.hits += observed <= upper * (1 + rounding);
    coverage->below.trials++;
    coverage->below.hits += observed >= lower * (1 - rounding);
    if (isnan(finished->stop.upper) || finished->stop.confidence != confidence)
        return;
    coverage->in_use.trials++;
    coverage->in_use.hits += finished->downtime <= finished->stop.upper;
}

/* False when out of memory. */
static bool measure(struct coverage *coverage, const struct calibration_set *set,
                    const precopyml_model *model, double confidence)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    size_t count = set->count;
    double *factors = calloc(3 * count + 1, sizeof *factors);
    double lower, upper;

    *coverage = (struct coverage){0};
    if (factors == NULL)
        return false;
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    precopyml_model_bounds(model, PRECOPYML_TARGET_DOWNTIME, confidence, &lower, &upper);
    if (isnan(upper) || isnan(lower))
        count = 0; /* nothing to try */
    for (size_t i = 0; i < count; i++) {
        const struct finished *finished = &set->counted[i];
        double unit = info.per_doubt ? finished->stop.doubt : 1.0;

        factors[i] = pow(lower, unit);
        factors[count + i] = pow(upper, unit);
        factors[2 * count + i] = factors[count + i] * finished->stop.forecast / finished->downtime;
        measure_one(coverage, finished, confidence, factors[i], factors[count + i]);
    }
    coverage->lower = median(factors, count);
    coverage->upper = median(factors + count, count);
    coverage->price = median(factors + 2 * count, count);
    free(factors);
    return true;
}

static json_t *share_object(const struct share *share)
{
    struct binomial_interval interval =
        binomial_interval(share->hits, share->trials, interval_confidence);

    if (share->trials == 0)
        return json_null();
    return json_pack("{sI sI sf s[ff]}", "held", (json_int_t)share->hits, "of",
                     (json_int_t)share->trials, "share",
                     (double)share->hits / (double)share->trials, "interval95", interval.lower,
                     interval.upper);
}

static void print_json(const struct arguments *arguments, const struct calibration_set *set,
                       const struct coverage *coverage, uint32_t scores)
{
    json_t *all = calibration_set_describe(set, &arguments->set);

    json_object_update_new(
        all,
        json_pack("{sf sI sf sf sf so so so}", "confidence", arguments->confidence,
                  "calibration_scores", (json_int_t)scores, "upper_over_forecast", coverage->upper,
                  "lower_over_forecast", coverage->lower, "upper_over_observed", coverage->price,
                  "upper", share_object(&coverage->above), "lower", share_object(&coverage->below),
                  "upper_in_use", share_object(&coverage->in_use)));
    json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(all);
}

static void print_share(const char *what, const struct share *share)
{
    struct binomial_interval interval =
        binomial_interval(share->hits, share->trials, interval_confidence);
    char held[NUMBER_TEXT_SIZE], low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];

    printf("%s held in %zu of %zu: %s %% (95 %% interval %s to %s)\n", what, share->hits,
           share->trials,
           number_fixed(held, 100.0 * (double)share->hits / (double)share->trials, 1),
           number_fixed(low, 100 * interval.lower, 1), number_fixed(high, 100 * interval.upper, 1));
}

static void print_text(const struct arguments *arguments, const struct calibration_set *set,
                       const struct coverage *coverage, uint32_t scores)
{
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE], price[NUMBER_TEXT_SIZE];

    calibration_set_print(set, stdout);
    printf("bounds at %g %%, from %u migrations: medians %s and %s times the forecast, %s times "
           "the downtime\n",
           100 * arguments->confidence, (unsigned)scores, number_fixed(low, coverage->lower, 3),
           number_fixed(high, coverage->upper, 3), number_fixed(price, coverage->price, 3));
    print_share("upper bound", &coverage->above);
    print_share("lower bound", &coverage->below);
    if (coverage->in_use.trials > 0)
        print_share("upper bound as it was when it was decided", &coverage->in_use);
}

static int tell(const struct arguments *arguments, const struct calibration_set *set,
                const precopyml_model *model)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    struct coverage coverage;

    if (!measure(&coverage, set, model, arguments->confidence)) {
        complain(arguments->program, "out of memory");
        return EXIT_RUNTIME;
    }
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    if (coverage.above.trials == 0) {
        if (set->count == 0) {
            calibration_set_print(set, stderr);
            complain(arguments->program, "nothing to test the bounds on");
        } else {
            complain(arguments->program, "the model has no bounds at %g %%: %u scores",
                     100 * arguments->confidence, info.calibration_count);
        }
        return EXIT_TOO_LITTLE;
    }
    if (arguments->json)
        print_json(arguments, set, &coverage, info.calibration_count);
    else
        print_text(arguments, set, &coverage, info.calibration_count);
    return finish_stdout(arguments->program, EXIT_OK);
}

static int run(struct arguments *arguments, char **traces)
{
    struct calibration_set set = {0};
    struct model_bytes bytes;
    int code = model_bytes_read(&bytes, arguments->program, arguments->set.model);

    if (code == EXIT_OK) {
        fingerprint_text(arguments->set.wanted.model, bytes.model);
        code = calibration_set_read(&set, arguments->program, &arguments->set, bytes.model, traces);
    }
    if (code == EXIT_OK)
        code = tell(arguments, &set, bytes.model);
    calibration_set_free(&set);
    model_bytes_free(&bytes);
    return code;
}

static bool take_confidence(struct arguments *arguments, const char *text)
{
    if (number_parse(text, &arguments->confidence) && arguments->confidence > 0 &&
        arguments->confidence < 1)
        return true;
    complain(arguments->program, "--confidence is '%s', expected a number between 0 and 1", text);
    return false;
}

int command_coverage(int argc, char **argv)
{
    static const struct option table[] = {
        SET_LONG_OPTIONS,
        {"confidence", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {.program = argv[0], .set = SET_OPTIONS_INIT, .confidence = 0.9};
    bool fine = true;
    int c;

    while (fine && (c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (set_options_is(c)) {
            fine = set_options_take(&arguments.set, argv[0], c, optarg);
            continue;
        }
        switch (c) {
        case 'c': fine = take_confidence(&arguments, optarg); break;
        case 'j': arguments.json = true; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (!fine || !set_options_check(&arguments.set, argv[0], argv + optind))
        return usage_error(argv[0]);
    return run(&arguments, argv + optind);
}
