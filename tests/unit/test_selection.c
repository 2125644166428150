/* SPDX-License-Identifier: MIT */
/*
 * Selection of features: statistics against published cases, to 1e-9, and what is chosen of data
 * made to be told by some features and not by others.
 */
#include <errno.h>

#include "tables.h"

#include "bins.h"
#include "chi_square.h"
#include "correction.h"
#include "r2.h"
#include "redundancy.h"

static void assert_close(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%.17g is not %.17g", got, wanted);
}

/*
 * Montgomery, Design and Analysis of Experiments, example 3.1: etch rate at four RF powers. Sums of
 * squares there: 66,870.55 between, 5,339.20 within; F = 66.80.
 */
static void test_anova_of_a_textbook(void **state)
{
    static const double rate[] = {575, 542, 530, 539, 570, 565, 593, 590, 579, 610,
                                  600, 651, 610, 637, 629, 725, 700, 715, 685, 710};
    static const uint32_t power[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3};
    struct precopyml_train_anova anova = PRECOPYML_TRAIN_ANOVA_INIT;

    (void)state;
    assert_int_equal(precopyml_train_anova(rate, power, 20, &anova), 0);
    assert_true(anova.df_between == 3 && anova.df_within == 16);
    assert_close(anova.f, 66870.55 / 3 / (5339.20 / 16));
    assert_close(anova.eta2, 66870.55 / (66870.55 + 5339.20));
    assert_true(anova.p > 0 && anova.p < 1e-8);
}

/* An offset that dwarfs the differences must not cost digits: as in NIST's SmLs cases.
 */
static void test_anova_far_from_zero(void **state)
{
    double value[9];
    uint32_t group[9];
    struct precopyml_train_anova anova = PRECOPYML_TRAIN_ANOVA_INIT;

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        group[i] = (uint32_t)(i / 3);
        value[i] = 1e6 + (double)(i / 3) + (double)(i % 3);
    }
    assert_int_equal(precopyml_train_anova(value, group, 9, &anova), 0);
    assert_close(anova.f, 3);     /* means 1, 2, 3 above: between 6 / 2, within 6 / 6 */
    assert_close(anova.p, 0.125); /* (1 + 2 F / 6)^-3 with 2 and 6 degrees of freedom */
    assert_close(anova.eta2, 0.5);
}

static void test_anova_at_its_edges(void **state)
{
    static const double value[] = {1, 1, 2, 2}, broken[] = {1, (double)NAN};
    static const uint32_t group[] = {0, 0, 1, 1}, same[] = {0, 0, 0, 0}, high[] = {0, 2};
    struct precopyml_train_anova anova = PRECOPYML_TRAIN_ANOVA_INIT;

    (void)state;
    assert_int_equal(precopyml_train_anova(value, group, 4, &anova), 0);
    assert_true(isinf(anova.f) && anova.p == 0 && anova.eta2 == 1);
    assert_int_equal(precopyml_train_anova(value, same, 4, &anova), 0);
    assert_true(isnan(anova.f) && isnan(anova.p));
    assert_int_equal(precopyml_train_anova(value, group, 0, &anova), 0);
    assert_int_equal(precopyml_train_anova(broken, group, 2, &anova), -EINVAL);
    assert_non_null(strstr(precopyml_train_error_message(), "value 1"));
    assert_int_equal(precopyml_train_anova(value, high, 2, &anova), -EINVAL);
}

/*
 * Agresti, An Introduction to Categorical Data Analysis, table 2.5: gender and party. X2 = 30.07
 * with 2 degrees of freedom; of those p = exp(-X2 / 2).
 */
static void test_chi_square_of_a_textbook(void **state)
{
    static const unsigned seen[2][3] = {{762, 327, 468}, {484, 239, 477}};
    static uint32_t gender[2757], party[2757];
    struct chi_square result;
    size_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t j = 0; j < 3; j++) {
            for (unsigned k = 0; k < seen[i][j]; k++) {
                gender[count] = i;
                party[count++] = j;
            }
        }
    }
    assert_int_equal(count, 2757);
    assert_int_equal(chi_square(gender, 2, party, 3, count, &result), 0);
    assert_true(fabs(result.statistic - 30.07) < 0.005 && result.degrees == 2);
    assert_close(result.p, exp(-result.statistic / 2));
    assert_close(result.cramers_v, sqrt(result.statistic / 2757));
    assert_int_equal(chi_square(gender, 1, party, 3, 5, &result), 0);
    assert_true(isnan(result.statistic) && isnan(result.cramers_v));
}

/*
 * NIST's Statistical Reference Datasets, Longley: seven coefficients, nearly collinear, certified
 * R-squared 0.995479004577296.
 */
static void test_r2_of_longley(void **state)
{
    static const double y[] = {60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761,
                               66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551};
    static const double x[6][16] = {
        {83, 88.5, 88.2, 89.5, 96.2, 98.1, 99, 100, 101.2, 104.6, 108.4, 110.8, 112.6, 114.2, 115.7,
         116.9},
        {234289, 259426, 258054, 284599, 328975, 346999, 365385, 363112, 397469, 419180, 442769,
         444546, 482704, 502601, 518173, 554894},
        {2356, 2325, 3682, 3351, 2099, 1932, 1870, 3578, 2904, 2822, 2936, 4681, 3813, 3931, 4806,
         4007},
        {1590, 1456, 1616, 1650, 3099, 3594, 3547, 3350, 3048, 2857, 2798, 2637, 2552, 2514, 2572,
         2827},
        {107608, 108632, 109773, 110929, 112075, 113270, 115094, 116219, 117388, 118734, 120445,
         121950, 123366, 125368, 127852, 130081},
        {1947, 1948, 1949, 1950, 1951, 1952, 1953, 1954, 1955, 1956, 1957, 1958, 1959, 1960, 1961,
         1962}};
    const double *column[] = {x[0], x[1], x[2], x[3], x[4], x[5], x[0]};
    double constant[16] = {0}, r2;

    (void)state;
    assert_int_equal(r2_linear(column, 6, y, 16, &r2), 0);
    assert_close(r2, 0.995479004577296);
    assert_int_equal(r2_linear(column, 7, y, 16, &r2), 0); /* one of them twice */
    assert_close(r2, 0.995479004577296);
    assert_int_equal(r2_linear(column, 1, constant, 16, &r2), 0);
    assert_true(isnan(r2));
    column[0] = constant;
    assert_int_equal(r2_linear(column, 1, y, 16, &r2), 0);
    assert_true(r2 == 0);
}

static void test_bins(void **state)
{
    static const double value[] = {5, 1, 1, 1, 9, 9, 2, 7}, few[] = {3, 3, 3, 3, 3, 3, 8, 1};
    uint32_t bin[8], bins;

    (void)state;
    assert_int_equal(bins_make(value, 8, 2, bin, &bins), 0);
    assert_int_equal(bins, 2);
    assert_true(bin[1] == 0 && bin[2] == 0 && bin[3] == 0 && bin[6] == 0);
    assert_true(bin[0] == 1 && bin[4] == 1 && bin[5] == 1 && bin[7] == 1);
    assert_int_equal(bins_make(few, 8, 3, bin, &bins), 0); /* one a value, rare as it may be */
    assert_int_equal(bins, 3);
    assert_true(bin[7] == 0 && bin[0] == 1 && bin[6] == 2);
}

/* Holm's own rule by hand: 0.01 x 4, 0.013 x 3 (raised to that), 0.04 x 2, 0.2. */
static void test_holm(void **state)
{
    static const double p[] = {0.04, (double)NAN, 0.01, 0.2, 0.013};
    double corrected[5];

    (void)state;
    assert_int_equal(correct_holm(p, 5, corrected), 0);
    assert_true(isnan(corrected[1]));
    assert_close(corrected[2], 0.04);
    assert_close(corrected[4], 0.04);
    assert_close(corrected[0], 0.08);
    assert_close(corrected[3], 0.2);
}

/* rho by 1 - 6 sum d^2 / (n (n^2 - 1)), without ties; with ties ranks are shared. */
static void test_redundancy(void **state)
{
    static const double a[] = {1, 2, 3, 4, 5}, b[] = {2, 1, 30, 400, 5000},
                        tied[] = {7, 7, 1, 9, 9};
    static const double c[] = {50, 40, 30, 20, 10}, d[] = {3, 1, 5, 2, 4};
    double rank[4][5], ranks[5];
    const double *column[] = {rank[0], rank[1], rank[2], rank[3]};
    uint32_t cluster[4];

    (void)state;
    assert_int_equal(redundancy_ranks(tied, 5, ranks), 0);
    assert_true(ranks[0] == 2.5 && ranks[1] == 2.5 && ranks[2] == 1 && ranks[3] == 4.5);
    assert_int_equal(redundancy_ranks(a, 5, rank[0]), 0);
    assert_int_equal(redundancy_ranks(d, 5, rank[1]), 0);
    assert_int_equal(redundancy_ranks(b, 5, rank[2]), 0);
    assert_int_equal(redundancy_ranks(c, 5, rank[3]), 0);
    assert_close(redundancy_rho(rank[0], rank[2], 5), 1 - 6.0 * 2 / (5 * 24));
    assert_close(redundancy_rho(rank[0], rank[3], 5), -1);
    assert_int_equal(redundancy_clusters(column, 4, 5, 0.89, cluster), 0);
    assert_true(cluster[0] == 0 && cluster[1] == 1 && cluster[2] == 0 && cluster[3] == 0);
    assert_int_equal(redundancy_clusters(column, 4, 5, 0.95, cluster), 0); /* b is 0.9 from both */
    assert_true(cluster[0] == 0 && cluster[2] == 2 && cluster[3] == 0);
}

/*
 * Downtime is remaining / bandwidth, a few percent off; bytes_sent says what remaining says, vcpus
 * is noise, throttle constant, lambda at times unknown.
 */
static precopyml_train_dataset *made_up(void)
{
    struct text text;
    uint32_t seed = 3;

    text_begin(&text, "migration,remaining,bytes_sent,switchover_bandwidth,vcpus,throttle,lambda,"
                      "downtime,downtime_source");
    for (int i = 0; i < 300; i++) {
        double remaining = 1e7 * exp(3 * noise(&seed)), link = 3e7 * exp(2 * noise(&seed));
        double off = exp(0.06 * (noise(&seed) - 0.5)), sent = remaining * (2 + 0.01 * noise(&seed));

        fprintf(text.stream, "m%d,%.17g,%.17g,%.17g,%d,0,%s,%.17g,events\n", i, remaining, sent,
                link, (int)(8 * noise(&seed)), i % 9 ? "0.5" : "", remaining / link * off);
    }
    return text_load(&text);
}

static const struct precopyml_train_candidate *find(const precopyml_train_selection *selection,
                                                    enum precopyml_feature feature)
{
    const struct precopyml_train_candidate *one;

    for (size_t i = 0; (one = precopyml_train_selection_candidate(selection, i)) != NULL; i++) {
        if (one->feature == (uint32_t)feature)
            return one;
    }
    fail_msg("feature %d is not there", (int)feature);
    return NULL;
}

static void test_chosen(void **state)
{
    precopyml_train_dataset *dataset = made_up();
    struct precopyml_train_select_options options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT;
    precopyml_train_selection *selection, *again;
    const struct precopyml_train_candidate *one;

    (void)state;
    options.threads = 1;
    if (precopyml_train_select(dataset, &options, &selection) != 0)
        fail_msg("%s", precopyml_train_error_message());
    options.threads = 3;
    assert_int_equal(precopyml_train_select(dataset, &options, &again), 0);
    for (size_t i = 0; (one = precopyml_train_selection_candidate(selection, i)) != NULL; i++)
        assert_memory_equal(one, precopyml_train_selection_candidate(again, i), sizeof *one);

    assert_int_equal(find(selection, PRECOPYML_FEATURE_LAMBDA)->reason, PRECOPYML_TRAIN_UNKNOWN);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_LAMBDA)->unknown, 34);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_THROTTLE)->reason, PRECOPYML_TRAIN_CONSTANT);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_VCPUS)->reason,
                     PRECOPYML_TRAIN_NOT_SIGNIFICANT);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH)->reason,
                     PRECOPYML_TRAIN_CHOSEN);
    /* one of the two stands for both */
    one = find(selection, PRECOPYML_FEATURE_REMAINING);
    assert_int_equal(one->stands, find(selection, PRECOPYML_FEATURE_BYTES_SENT)->stands);
    one =
        find(selection, one->stands == PRECOPYML_FEATURE_REMAINING ? PRECOPYML_FEATURE_REMAINING
                                                                   : PRECOPYML_FEATURE_BYTES_SENT);
    assert_int_equal(one->reason, PRECOPYML_TRAIN_CHOSEN);
    assert_int_equal(one->step, 1);
    assert_true(one->gain.upper < 0 && one->anova_p < 1e-9 && one->chi2_p_corrected < 1e-9);
    assert_true(precopyml_train_selection_info(selection)->r2_chosen > 0.98);
    assert_true(precopyml_train_selection_info(selection)->score < 0.1);
    precopyml_train_selection_free(&selection);
    precopyml_train_selection_free(&again);
    precopyml_train_dataset_free(&dataset);
}

/* Of features that are all alike the first one stands for the others, and they rank in order. */
static void test_equals(void **state)
{
    struct text text;
    uint32_t seed = 1, rank = 0;
    precopyml_train_dataset *dataset;
    struct precopyml_train_select_options options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT;
    const struct precopyml_train_candidate *one;
    precopyml_train_selection *selection;

    (void)state;
    text_begin(&text, "migration,remaining,bandwidth_peak,bytes_sent,elapsed,round_length,"
                      "round_bytes,remaining_min,downtime,downtime_source");
    for (int i = 0; i < 60; i++) {
        double x = 1 + noise(&seed);

        fprintf(text.stream, "m%d,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,events\n", i, x,
                x, x, x, x, x, x, x * x);
    }
    dataset = text_load(&text);
    if (precopyml_train_select(dataset, &options, &selection) != 0)
        fail_msg("%s", precopyml_train_error_message());
    for (size_t i = 0; (one = precopyml_train_selection_candidate(selection, i)) != NULL; i++) {
        assert_int_equal(one->rank, ++rank);
        assert_int_equal(one->stands, precopyml_train_selection_candidate(selection, 0)->feature);
    }
    assert_int_equal(rank, 7);
    precopyml_train_selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

/* Tests see one row a migration, however many it has. */
static void test_rows_of_one_migration(void **state)
{
    struct text text;
    uint32_t seed = 1;
    precopyml_train_dataset *dataset;
    struct precopyml_train_select_options options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT;
    precopyml_train_selection *selection;

    (void)state;
    text_begin(&text, "migration,remaining,rounds_left,remaining_time,downtime_source");
    for (int i = 0; i < 400; i++) {
        double remaining = 1e7 * (1 + noise(&seed));

        fprintf(text.stream, "m%d,%.17g,%d,%.17g,events\n", i / 10, remaining, i % 10,
                remaining / 1e8 * (1 + i % 10));
    }
    dataset = text_load(&text);
    options.target = PRECOPYML_TARGET_REMAINING_TIME;
    if (precopyml_train_select(dataset, &options, &selection) != 0)
        fail_msg("%s", precopyml_train_error_message());
    assert_int_equal(precopyml_train_selection_info(selection)->rows, 400);
    assert_int_equal(precopyml_train_selection_info(selection)->tested, 40);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_ROUNDS_LEFT)->reason, PRECOPYML_TRAIN_GIVEN);
    assert_int_equal(find(selection, PRECOPYML_FEATURE_REMAINING)->reason, PRECOPYML_TRAIN_CHOSEN);
    precopyml_train_selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

static void test_refused(void **state)
{
    precopyml_train_dataset *dataset = made_up();
    struct precopyml_train_select_options options = PRECOPYML_TRAIN_SELECT_OPTIONS_INIT;
    static const uint32_t missing[] = {PRECOPYML_FEATURE_ELAPSED};
    precopyml_train_selection *selection;

    (void)state;
    options.bins = 1;
    assert_int_equal(precopyml_train_select(dataset, &options, &selection), -EINVAL);
    assert_null(selection);
    options.bins = 5;
    options.predictor = "nothing";
    assert_int_equal(precopyml_train_select(dataset, &options, &selection), -ENOTSUP);
    options.predictor = "physics";
    assert_int_equal(precopyml_train_select(dataset, &options, &selection), -ENOTSUP);
    options.predictor = "knn";
    options.features = missing;
    options.feature_count = 1;
    assert_int_equal(precopyml_train_select(dataset, &options, &selection), -EBADMSG);
    assert_non_null(strstr(precopyml_train_error_message(), "elapsed"));
    options.target = PRECOPYML_TARGET_REMAINING_TIME;
    assert_int_equal(precopyml_train_select(dataset, &options, &selection), -EBADMSG);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_anova_of_a_textbook),
                                       cmocka_unit_test(test_anova_far_from_zero),
                                       cmocka_unit_test(test_anova_at_its_edges),
                                       cmocka_unit_test(test_chi_square_of_a_textbook),
                                       cmocka_unit_test(test_r2_of_longley),
                                       cmocka_unit_test(test_bins),
                                       cmocka_unit_test(test_holm),
                                       cmocka_unit_test(test_redundancy),
                                       cmocka_unit_test(test_chosen),
                                       cmocka_unit_test(test_equals),
                                       cmocka_unit_test(test_rows_of_one_migration),
                                       cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
