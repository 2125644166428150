/* SPDX-License-Identifier: MIT */
/* Selection of features: tests, redundancy, forward selection, in this order. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>

#include "choose.h"
#include "correction.h"
#include "forward.h"
#include "jobs.h"
#include "r2.h"
#include "redundancy.h"
#include "sample.h"
#include "sized.h"
#include "tests.h"
#include "train.h"
#include "train_error.h"
#include "trainer.h"

enum { BINS_MAX = 100, FOLDS_MAX = 1000 };

struct precopyml_train_selection {
    struct precopyml_train_candidate candidate[PRECOPYML_FEATURE_COUNT];
    struct precopyml_train_selection_info info;
};

/* One selection under way. */
struct work {
    const struct precopyml_train_dataset *dataset;
    struct precopyml_train_select_options options;
    enum precopyml_target target;
    struct selection rows;
    struct selection tested;  /* one row a migration */
    struct selection forward; /* whole migrations */
    struct test_columns columns;
    struct ticker ticker;
    struct precopyml_train_selection *result;
};

const char *precopyml_train_reason_name(enum precopyml_train_reason reason)
{
    static const char *const names[PRECOPYML_TRAIN_REASON_COUNT] = {
        [PRECOPYML_TRAIN_CHOSEN] = "chosen",
        [PRECOPYML_TRAIN_GIVEN] = "given",
        [PRECOPYML_TRAIN_UNKNOWN] = "unknown",
        [PRECOPYML_TRAIN_CONSTANT] = "constant",
        [PRECOPYML_TRAIN_NOT_SIGNIFICANT] = "not significant",
        [PRECOPYML_TRAIN_REDUNDANT] = "redundant",
        [PRECOPYML_TRAIN_NO_GAIN] = "no gain",
    };

    return (unsigned)reason < PRECOPYML_TRAIN_REASON_COUNT ? names[reason] : NULL;
}

static int check_options(const struct precopyml_train_select_options *options)
{
    if (options->target >= PRECOPYML_TARGET_COUNT || options->mode > PRECOPYML_TRAIN_LOG_RESIDUAL)
        return train_error(-EINVAL, "no target or mode has this number");
    if (options->bins < 2 || options->bins > BINS_MAX)
        return train_error(-EINVAL, "bins are not from 2 to %d", BINS_MAX);
    if (options->folds < 2 || options->folds > FOLDS_MAX || options->most == 0)
        return train_error(-EINVAL, "folds are not from 2 to %d, or no feature may be chosen",
                           FOLDS_MAX);
    if (!(options->alpha > 0 && options->alpha < 1) ||
        !(options->redundant > 0 && options->redundant <= 1))
        return train_error(-EINVAL, "alpha or redundant is not between 0 and 1");
    if (!options->features != (options->feature_count == 0) || !options->predictor)
        return train_error(-EINVAL, "a list without a count, or no predictor");
    if (options->threads > JOBS_THREADS_MAX)
        return train_error(-EINVAL, "over %d threads", JOBS_THREADS_MAX);
    return 0;
}

static int draw(struct work *work)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int error;

    if (!rng)
        return train_no_memory();
    gsl_rng_set(rng, (unsigned long)work->options.seed);
    error = sample_one_each(work->dataset, &work->rows, rng, &work->tested);
    if (!error)
        error =
            sample_migrations(work->dataset, &work->rows, work->options.rows, rng, &work->forward);
    gsl_rng_free(rng);
    work->result->info.rows = work->rows.count;
    work->result->info.tested = work->tested.count;
    work->result->info.forward_rows = work->forward.count;
    return error;
}

/* ---- Candidates ---- */

static size_t count_unknown(const struct work *work, uint32_t feature)
{
    size_t count = 0;

    for (size_t i = 0; i < work->rows.count; i++)
        count += !(work->dataset->row[work->rows.row[i]].features.known >> feature & 1);
    return count;
}

static void add_candidate(struct work *work, uint32_t feature)
{
    struct precopyml_train_selection *result = work->result;
    struct precopyml_train_candidate *candidate = &result->candidate[result->info.candidates++];
    struct precopyml_train_interval none = {NAN, NAN, NAN};

    *candidate = (struct precopyml_train_candidate){
        .feature = feature,
        .stands = feature,
        .unknown = count_unknown(work, feature),
        .anova = {sizeof candidate->anova, NAN, NAN, NAN, NAN, NAN},
        .anova_p = NAN,
        .chi2 = NAN,
        .chi2_df = NAN,
        .chi2_p = NAN,
        .chi2_p_corrected = NAN,
        .cramers_v = NAN,
        .r2 = NAN,
        .rho = NAN,
        .score = NAN,
        .gain = none};
    candidate->reason = candidate->unknown > 0                     ? PRECOPYML_TRAIN_UNKNOWN
                        : feature == PRECOPYML_FEATURE_ROUNDS_LEFT ? PRECOPYML_TRAIN_GIVEN
                                                                   : PRECOPYML_TRAIN_CHOSEN;
}

static int list_candidates(struct work *work)
{
    const struct precopyml_train_select_options *options = &work->options;
    struct feature_set asked;
    int error = 0;

    if (options->features)
        error = feature_set_make(work->dataset, &work->rows, options->features,
                                 options->feature_count, &asked);
    for (size_t i = 0; !error && options->features && i < asked.count; i++)
        add_candidate(work, asked.id[i]);
    for (uint32_t i = 0; !options->features && i < PRECOPYML_FEATURE_COUNT; i++) {
        if (work->dataset->features >> i & 1 && feature_has_bearing(i, work->target))
            add_candidate(work, i);
    }
    return error;
}

/* ---- Corrections, ranks, redundancy ---- */

/* One family: the tests of both kinds, of all candidates. */
static int correct(struct work *work)
{
    struct precopyml_train_candidate *candidate = work->result->candidate;
    size_t count = work->result->info.candidates;
    double p[2 * PRECOPYML_FEATURE_COUNT], corrected[2 * PRECOPYML_FEATURE_COUNT];
    int error;

    for (size_t i = 0; i < count; i++) {
        p[2 * i] = candidate[i].anova.p;
        p[2 * i + 1] = candidate[i].chi2_p;
    }
    error = correct_holm(p, 2 * count, corrected);
    for (size_t i = 0; !error && i < count; i++) {
        candidate[i].anova_p = corrected[2 * i];
        candidate[i].chi2_p_corrected = corrected[2 * i + 1];
    }
    return error;
}

/* 1 is the strongest's; of equals the first has the higher place. No sort of GSL's is stable. */
static uint32_t place_of(size_t i, const double *strength, size_t count)
{
    uint32_t place = 1;

    for (size_t j = 0; j < count; j++)
        place += strength[j] > strength[i] || (strength[j] == strength[i] && j < i);
    return place;
}

/* Among the candidates that vary. Of equals the first candidate ranks higher. */
static void rank(struct work *work)
{
    const struct test_columns *columns = &work->columns;
    double strength[3][PRECOPYML_FEATURE_COUNT], together[PRECOPYML_FEATURE_COUNT] = {0};

    for (size_t i = 0; i < columns->count; i++) {
        const struct precopyml_train_candidate *one =
            &work->result->candidate[columns->candidate[i]];

        strength[0][i] = isnan(one->anova.eta2) ? 0 : one->anova.eta2;
        strength[1][i] = isnan(one->cramers_v) ? 0 : one->cramers_v;
        strength[2][i] = isnan(one->r2) ? 0 : one->r2;
    }
    for (size_t i = 0; i < columns->count; i++) {
        for (size_t j = 0; j < 3; j++)
            together[i] -= place_of(i, strength[j], columns->count);
    }
    for (size_t i = 0; i < columns->count; i++)
        work->result->candidate[columns->candidate[i]].rank = place_of(i, together, columns->count);
}

/* Of those that say the same the one that ranks highest stands for all. */
static int group(struct work *work)
{
    const struct test_columns *columns = &work->columns;
    struct precopyml_train_candidate *all = work->result->candidate;
    uint32_t cluster[PRECOPYML_FEATURE_COUNT];
    int error = redundancy_clusters((const double *const *)columns->rank, columns->count,
                                    work->tested.count, work->options.redundant, cluster);

    for (size_t i = 0; !error && i < columns->count; i++) {
        struct precopyml_train_candidate *one = &all[columns->candidate[i]], *best = one;

        for (size_t j = 0; j < columns->count; j++) {
            struct precopyml_train_candidate *other = &all[columns->candidate[j]];

            if (cluster[j] == cluster[i] && other->rank < best->rank)
                best = other;
        }
        one->stands = best->feature;
        if (one->reason == PRECOPYML_TRAIN_CHOSEN && best != one)
            one->reason = PRECOPYML_TRAIN_REDUNDANT;
    }
    return error;
}

static int joint_r2(const struct work *work, bool only_chosen, double *r2)
{
    const double *column[PRECOPYML_FEATURE_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < work->columns.count; i++) {
        if (!only_chosen ||
            work->result->candidate[work->columns.candidate[i]].reason <= PRECOPYML_TRAIN_GIVEN)
            column[count++] = work->columns.value[i];
    }
    return r2_linear(column, count, work->columns.target, work->tested.count, r2);
}

/* ---- Forward selection ---- */

/* Mode and hyper-parameters that are left open are chosen once, with all survivors as features. */
static int settle(struct work *work, struct recipe *recipe)
{
    const struct precopyml_train_select_options *options = &work->options;
    struct options_left left = {.mode = (enum precopyml_train_mode)options->mode,
                                .folds = options->folds,
                                .threads = options->threads};
    struct choice choice;
    int error;

    recipe->trainer = trainer_find(options->predictor);
    if (!recipe->trainer || recipe->trainer->flags & PRECOPYML_TRAINER_PHYSICS)
        return train_error(-ENOTSUP, "no trainer that takes features is called \"%s\"",
                           options->predictor);
    error = hyper_parse(recipe->trainer, options->hyperparameters, &left.fixed);
    if (error)
        return error;
    work->ticker.total = choose_steps(recipe, &left);
    error = choose(work->dataset, recipe, &left, work->forward.row, work->forward.count,
                   &work->ticker, &choice);
    if (!error)
        choice_free(&choice);
    work->result->info.mode = recipe->log_residual ? "log-residual" : "plain";
    return error;
}

/* What was not kept and is not significant by itself has both against it. */
static void take_over(struct work *work, const struct forward_candidate *tried, const size_t *place,
                      size_t count, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        struct precopyml_train_candidate *candidate = &work->result->candidate[place[i]];
        double p = fmin(candidate->anova_p, candidate->chi2_p_corrected);

        candidate->step = tried[i].step;
        candidate->score = tried[i].score;
        candidate->gain = tried[i].gain;
        if (tried[i].step == 0 || tried[i].step > length)
            candidate->reason = p <= work->options.alpha ? PRECOPYML_TRAIN_NO_GAIN
                                                         : PRECOPYML_TRAIN_NOT_SIGNIFICANT;
    }
}

static int select_forward(struct work *work)
{
    struct precopyml_train_selection_info *info = &work->result->info;
    struct forward_candidate tried[PRECOPYML_FEATURE_COUNT];
    size_t place[PRECOPYML_FEATURE_COUNT], count = 0;
    struct forward_outcome outcome;
    struct folds folds = {0};
    struct feature_set given = {0};
    struct forward_rules rules = {.dataset = work->dataset,
                                  .rows = &work->forward,
                                  .folds = &folds,
                                  .recipe = {.target = work->target,
                                             .overhead_target = work->target,
                                             .overhead_rows = &work->forward,
                                             .seed = work->options.seed},
                                  .most = work->options.most,
                                  .alpha = work->options.alpha,
                                  .threads = work->options.threads};
    struct feature_set *survivors = &rules.recipe.features;
    int error;

    for (size_t i = 0; i < info->candidates; i++) {
        uint32_t feature = work->result->candidate[i].feature;

        if (work->result->candidate[i].reason == PRECOPYML_TRAIN_GIVEN) {
            given.id[given.count++] = feature;
        } else if (work->result->candidate[i].reason == PRECOPYML_TRAIN_CHOSEN) {
            place[count] = i;
            tried[count++] = (struct forward_candidate){feature, 0, NAN, {NAN, NAN, NAN}};
        } else {
            continue;
        }
        survivors->id[survivors->count++] = feature;
    }
    if (survivors->count == 0)
        return train_error(-ENODATA, "%s: no feature of %s varies and is known in every row",
                           work->dataset->name, precopyml_target_name(work->target));
    error = settle(work, &rules.recipe);
    *survivors = given;
    if (!error)
        error = folds_make(work->dataset, work->forward.row, work->forward.count,
                           work->options.folds, work->options.seed, &folds);
    if (!error)
        error = forward_select(&rules, tried, count, &work->ticker, &outcome);
    folds_free(&folds);
    if (error)
        return error;
    info->score_before = outcome.before;
    info->score = outcome.after;
    take_over(work, tried, place, count, outcome.length);
    return 0;
}

/* ---- The order of things ---- */

static int run(struct work *work)
{
    struct precopyml_train_selection_info *info = &work->result->info;
    struct tests tests = {work->dataset,      work->target,         NULL, 0,
                          work->options.bins, work->options.threads};
    int error =
        selection_make(work->dataset, work->target, work->options.downtime_source, &work->rows);

    if (error)
        return error;
    train_note_selection(work->options.log, work->options.log_opaque, &work->rows, work->target);
    error = list_candidates(work);
    if (!error)
        error = draw(work);
    tests.row = work->tested.row;
    tests.rows = work->tested.count;
    if (!error)
        error = tests_run(&tests, work->result->candidate, info->candidates, &work->columns);
    if (!error)
        error = correct(work);
    if (!error) {
        rank(work);
        error = group(work);
    }
    if (!error)
        error = select_forward(work);
    if (!error)
        error = joint_r2(work, false, &info->r2_all);
    return error ? error : joint_r2(work, true, &info->r2_chosen);
}

int precopyml_train_select(const precopyml_train_dataset *dataset,
                           const struct precopyml_train_select_options *options,
                           precopyml_train_selection **selection)
{
    struct work work = {.dataset = dataset, .options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT};
    int error;

    if (selection)
        *selection = NULL;
    if (!dataset || !selection)
        return train_error(-EINVAL, "select: a NULL argument");
    error = sized_copy(&work.options, sizeof work.options, options);
    if (error)
        return train_error(error, "select: options of an impossible size");
    error = check_options(&work.options);
    if (error)
        return error;
    work.target = (enum precopyml_target)work.options.target;
    work.ticker = (struct ticker){work.options.progress, work.options.progress_opaque, 0, 0};
    work.result = calloc(1, sizeof *work.result);
    if (!work.result)
        return train_no_memory();
    error = run(&work);
    tests_free(&work.columns);
    selection_free(&work.rows);
    selection_free(&work.tested);
    selection_free(&work.forward);
    if (error)
        precopyml_train_selection_free(&work.result);
    *selection = work.result;
    return error;
}

const struct precopyml_train_candidate *
precopyml_train_selection_candidate(const precopyml_train_selection *selection, size_t i)
{
    return selection && i < selection->info.candidates ? &selection->candidate[i] : NULL;
}

const struct precopyml_train_selection_info *
precopyml_train_selection_info(const precopyml_train_selection *selection)
{
    return selection ? &selection->info : NULL;
}

void precopyml_train_selection_free(precopyml_train_selection **selection)
{
    if (!selection)
        return;
    free(*selection);
    *selection = NULL;
}
