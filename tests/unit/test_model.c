/* SPDX-License-Identifier: MIT */
/* Models in memory: physics, forecasts, bounds, extrapolation and references, by hand. */
#include "models.h"

#include <errno.h>
#include <fenv.h>

#include "physics.h"
#include "vector.h"

static const double mib = 1024.0 * 1024.0;

static int ask(const precopyml_model *model, enum precopyml_target target,
               const struct precopyml_features *features, double confidence,
               struct precopyml_estimate *estimate)
{
    *estimate = (struct precopyml_estimate)PRECOPYML_ESTIMATE_INIT;
    return precopyml_model_predict(model, target, features, confidence, NULL, estimate);
}

/* ---- Physics ---- */

static void physics_by_hand(void **state)
{
    struct precopyml_features features = some_features();

    (void)state;
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 0.96 + 0.04);
    assert_near(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04),
                1.0 + PHYSICS_STOP_SECONDS);
    /* A round of 96 / 80 = 1.2 s and a sync dirties 64 (1 - exp(-20 x 1.2 / 64)) MiB. */
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0.04),
                0.64 * (1.0 - exp(-20.0 / 64.0 * (1.2 + PHYSICS_ROUND_SECONDS))) + 0.04);
    assert_near(physics_dirtied(&features, 3.2), 64 * mib * (1.0 - exp(-1.0)));
    assert_true(physics_dirtied(&features, 0.0) == 0.0);
    set(&features, PRECOPYML_FEATURE_OTHER_PENDING, 10 * mib);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 1.1);
    set(&features, PRECOPYML_FEATURE_REMAINING, 40 * mib); /* the boundary's own is better known */
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 1.1);
    set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, NAN);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 0.54);
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, 0);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0.04), 0.14);
    set(&features, PRECOPYML_FEATURE_REMAINING, NAN); /* how long the round takes is not known */
    assert_true(isnan(physics_forecast(PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0.04)));
    set(&features, PRECOPYML_FEATURE_REMAINING, -1);
    assert_true(isnan(physics_forecast(PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0.04)));
}

static void physics_of_rounds_to_come(void **state)
{
    struct precopyml_features features = some_features();
    double first = 1.2 + PHYSICS_ROUND_SECONDS; /* s */
    double left = 64 * mib * (1.0 - exp(-20.0 / 64.0 * first));
    double second = left / (80 * mib) + PHYSICS_ROUND_SECONDS;

    (void)state;
    set(&features, PRECOPYML_FEATURE_ROUNDS_LEFT, 1);
    assert_near(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04),
                first + PHYSICS_STOP_SECONDS + left / (100 * mib) + 0.04);
    set(&features, PRECOPYML_FEATURE_ROUNDS_LEFT, 2);
    assert_near(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04),
                first + second + PHYSICS_STOP_SECONDS + 0.64 * (1.0 - exp(-20.0 / 64.0 * second)) +
                    0.04);
    /* Any number costs the same: the rounds have settled long before. */
    set(&features, PRECOPYML_FEATURE_ROUNDS_LEFT, 1e6);
    assert_true(isfinite(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04)));
    set(&features, PRECOPYML_FEATURE_ROUNDS_LEFT, INFINITY); /* so unknown: stopping here */
    assert_near(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04),
                1.0 + PHYSICS_STOP_SECONDS);
}

/* Pages that turned zero in the last round are expected to be zero again. */
static void physics_of_pages_that_take_little_of_the_wire(void **state)
{
    struct precopyml_features features = some_features();

    (void)state;
    set(&features, PRECOPYML_FEATURE_RESENT_WIRE_SHARE, 0.25);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 0.24 + 0.04);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0.04),
                0.16 * (1.0 - exp(-20.0 / 64.0 * (0.3 + PHYSICS_ROUND_SECONDS))) + 0.04);
}

/* A whole round meets instants of zeros, and takes as long as links take to vary; a stop does not.
 */
static void physics_of_a_round_beside_that_of_a_stop(void **state)
{
    struct precopyml_features features = some_features();
    double seconds, left;

    (void)state;
    set(&features, PRECOPYML_FEATURE_ROUND_WIRE_SHARE, 0.5);
    set(&features, PRECOPYML_FEATURE_BANDWIDTH_MEAN, 40 * mib);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 1.0);
    left = physics_round(&features, 96 * mib, &seconds);
    assert_near(seconds, PHYSICS_ROUND_SECONDS + 48.0 / 40.0);
    assert_near(left, 64 * mib * (1.0 - exp(-20.0 / 64.0 * seconds)));
}

/* What is on its way when the guest stands takes as long as the link takes. */
static void physics_of_the_overhead_goes_by_the_link(void **state)
{
    struct precopyml_features features = some_features();

    (void)state;
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, PHYSICS_LINK / 3);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04),
                3 * 0.96 + 0.04 * (1 + 2 * PHYSICS_IN_FLIGHT_SHARE));
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, 1e30);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04),
                0.04 * (1 - PHYSICS_IN_FLIGHT_SHARE));
}

/* 96 MiB at 100 MiB/s; the last slice before the guest stands sends off what it does not dirty. */
static void physics_of_the_last_slice(void **state)
{
    struct precopyml_features features = some_features();

    (void)state;
    set(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE, 20 * mib);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04),
                0.96 - 0.8 * PHYSICS_SLICE_SECONDS + 0.04);
    set(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE,
        10 * mib); /* its set was full: it writes 20 */
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04),
                0.96 - 0.8 * PHYSICS_SLICE_SECONDS + 0.04);
    set(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE, 300 * mib);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 1.0);
    set(&features, PRECOPYML_FEATURE_PAGE_DIRTY_RATE, 0);
    set(&features, PRECOPYML_FEATURE_REMAINING_BOUNDARY, mib);
    assert_near(physics_forecast(PRECOPYML_TARGET_DOWNTIME, &features, 0.04), 0.04);
    /* That little is gone before the slice is over; then two syncs. */
    assert_near(physics_forecast(PRECOPYML_TARGET_REMAINING_TIME, &features, 0.04),
                1.0 / 80 + 2 * PHYSICS_ROUND_SECONDS + 0.04);
}

static void physics_of_unusable_counters_is_unknown(void **state)
{
    static const struct {
        enum precopyml_feature id;
        double value;
        enum precopyml_target target;
    } cases[] = {
        {PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, NAN, PRECOPYML_TARGET_DOWNTIME},
        {PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, 0, PRECOPYML_TARGET_DOWNTIME},
        {PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, -1, PRECOPYML_TARGET_REMAINING_TIME},
        {PRECOPYML_FEATURE_REMAINING_BOUNDARY, NAN, PRECOPYML_TARGET_DOWNTIME},
        {PRECOPYML_FEATURE_REMAINING_BOUNDARY, -1, PRECOPYML_TARGET_DOWNTIME},
        {PRECOPYML_FEATURE_OTHER_PENDING, -1, PRECOPYML_TARGET_DOWNTIME},
        {PRECOPYML_FEATURE_PAGE_TRANSFER_RATE, 0, PRECOPYML_TARGET_DOWNTIME_NEXT},
        {PRECOPYML_FEATURE_WORKING_SET_SIZE, NAN, PRECOPYML_TARGET_DOWNTIME_NEXT},
        {PRECOPYML_FEATURE_WRITE_RATE, -1, PRECOPYML_TARGET_DOWNTIME_NEXT},
    };
    precopyml_model *model;

    (void)state;
    assert_int_equal(precopyml_model_builtin(&model), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct precopyml_features features = some_features();
        struct precopyml_estimate estimate;

        set(&features, cases[i].id, cases[i].value);
        assert_true(isnan(physics_forecast(cases[i].target, &features, 0)));
        assert_int_equal(ask(model, cases[i].target, &features, 0, &estimate), -EPROTO);
        assert_true(isnan(estimate.value));
    }
    precopyml_model_unref(&model);
    assert_true(
        isnan(physics_forecast(PRECOPYML_TARGET_COUNT, &(struct precopyml_features){0}, 0)));
}

static void builtin_model_is_physics(void **state)
{
    struct precopyml_features features = some_features();
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    struct precopyml_estimate estimate;
    precopyml_model *model;

    (void)state;
    assert_int_equal(precopyml_model_builtin(&model), 0);
    for (int i = 0; i < PRECOPYML_TARGET_COUNT; i++) {
        assert_int_equal(ask(model, (enum precopyml_target)i, &features, 0.9, &estimate), 0);
        assert_true(estimate.value ==
                    physics_forecast((enum precopyml_target)i, &features, PHYSICS_OVERHEAD));
        assert_true(isnan(estimate.lower) && isnan(estimate.upper) && isnan(estimate.spread));
        assert_int_equal(estimate.extrapolating, 0);
        assert_int_equal(precopyml_model_info(model, (enum precopyml_target)i, &info), 0);
        assert_string_equal(info.predictor, "physics");
        assert_int_equal(info.feature_count, 0);
        assert_int_equal(info.log_residual, 1);
    }
    assert_true(info.overhead == PHYSICS_OVERHEAD);
    assert_string_equal(info.provenance, "{\"builtin\":true}");
    assert_int_equal(precopyml_model_scratch_size(model), 0);
    precopyml_model_unref(&model);
}

/* ---- Forecasts ---- */

static void log_residual_by_hand(void **state)
{
    struct precopyml_features features = some_features();
    precopyml_model *model = golden_model(GOLDEN_LINEAR);
    struct precopyml_estimate estimate;
    double residual = 0.25 + 0.5 * ((log(96 * mib) - 16) / 2) - 0.125 * (64 * mib / 1e8);

    (void)state;
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), 0);
    assert_near(estimate.value, (0.96 + 0.045) * exp(residual));
    assert_int_equal(estimate.extrapolating, 0);
    assert_true(isnan(estimate.lower) && isnan(estimate.upper) && isnan(estimate.spread));

    assert_int_equal(ask(model, PRECOPYML_TARGET_REMAINING_TIME, &features, 0, &estimate), 0);
    assert_near(estimate.value, 1.5 + 0.25 * 3);

    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME_NEXT, &features, 0, &estimate), -ENOENT);
    assert_int_equal(ask(model, PRECOPYML_TARGET_COUNT, &features, 0, &estimate), -EINVAL);
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, INFINITY);
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), -EPROTO);
    assert_true(isnan(estimate.value));
    precopyml_model_unref(&model);
}

/* Nine scores, -0.4 to 0.4: k = ceil(10 x confidence) counts from the small end, or the large. */
static void bounds_by_hand(void **state)
{
    static const struct {
        double confidence;
        int score; /* in tenths; 9: unknown */
    } cases[] = {{0.9, 4}, {0.91, 9}, {0.999, 9}, {0.8, 3},  {0.81, 4},
                 {0.5, 0}, {0.7, 2},  {0.07, -4}, {0.1, -4}, {1e-12, -4}};
    struct precopyml_features features = some_features();
    precopyml_model *model = golden_model(GOLDEN_LINEAR);
    struct precopyml_estimate estimate;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            ask(model, PRECOPYML_TARGET_DOWNTIME, &features, cases[i].confidence, &estimate), 0);
        if (cases[i].score == 9) {
            assert_true(isnan(estimate.lower) && isnan(estimate.upper));
            continue;
        }
        assert_near(estimate.upper, estimate.value * exp(cases[i].score / 10.0));
        assert_near(estimate.lower, estimate.value * exp(-cases[i].score / 10.0));
    }
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 1.0, &estimate), -EINVAL);
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, -0.1, &estimate), -EINVAL);
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, NAN, &estimate), -EINVAL);
    precopyml_model_unref(&model);
}

/* A plain head that says 0.01 s of everything, trained on iterations 10 to 20. */
static precopyml_model *bold_model(double least, double most, uint32_t transform)
{
    struct bytes_out payload = {0};
    const struct feature_spec feature = {"iteration", "1", transform, 0, 1, least, most};
    struct head_spec head = {.target = "downtime",
                             .predictor = "linear",
                             .features = &feature,
                             .feature_count = 1,
                             .payload_length = 16};
    const struct model_spec spec = {0.04, "{}", &head, 1};
    precopyml_model *model;

    bytes_put_f64(&payload, 0.01);
    bytes_put_f64(&payload, 0.0);
    head.payload = payload.data;
    model = model_of(&spec);
    free(payload.data);
    return model;
}

static void outside_training_never_bolder_than_physics(void **state)
{
    static const struct {
        double least, most;
        uint32_t transform;
        double at;
        uint32_t outside;
    } cases[] = {
        {10, 20, MODEL_IDENTITY, 10, 0},   {10, 20, MODEL_IDENTITY, 9.01, 0},
        {10, 20, MODEL_IDENTITY, 8.9, 1},  {10, 20, MODEL_IDENTITY, 20.9, 0},
        {10, 20, MODEL_IDENTITY, 21.1, 1}, {10, 10, MODEL_IDENTITY, 10, 0},
        {10, 10, MODEL_IDENTITY, 10.1, 1}, {10, 1000, MODEL_LOG, 7, 0},
        {10, 1000, MODEL_LOG, 6, 1},       {10, 1000, MODEL_LOG, 1500, 0},
        {10, 1000, MODEL_LOG, 1700, 1},    {10, 1000, MODEL_LOG, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct precopyml_features features = some_features();
        struct precopyml_estimate estimate;
        precopyml_model *model = bold_model(cases[i].least, cases[i].most, cases[i].transform);

        set(&features, PRECOPYML_FEATURE_ITERATION, cases[i].at);
        assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), 0);
        assert_int_equal(estimate.extrapolating, cases[i].outside);
        assert_near(estimate.value, cases[i].outside ? 1.0 : 0.01);
        /* Without physics there is only the flag. */
        set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, NAN);
        assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), 0);
        assert_int_equal(estimate.extrapolating, cases[i].outside);
        assert_near(estimate.value, 0.01);
        precopyml_model_unref(&model);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    struct precopyml_features features = some_features();
    precopyml_model *model = golden_model(GOLDEN_LINEAR);
    struct precopyml_estimate estimate;

    (void)state;
    set(&features, PRECOPYML_FEATURE_ITERATION, -7); /* 1.5 - 1.75; physics cannot lift it */
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, NAN);
    assert_int_equal(ask(model, PRECOPYML_TARGET_REMAINING_TIME, &features, 0, &estimate), -ERANGE);
    features = some_features();
    set(&features, PRECOPYML_FEATURE_SWITCHOVER_BANDWIDTH, 1e-307); /* physics overflows */
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), -ERANGE);
    features = some_features();
    set(&features, PRECOPYML_FEATURE_WORKING_SET_SIZE, -1e300); /* exp overflows */
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), -ERANGE);
    assert_true(isnan(estimate.value) && isnan(estimate.upper));
    precopyml_model_unref(&model);
}

/* ---- Callers ---- */

struct longer_estimate {
    struct precopyml_estimate known;
    double unknown;
};

static void structs_of_any_size_are_filled_within_it(void **state)
{
    struct precopyml_features features = some_features();
    struct longer_estimate estimate = {.known = {.size = sizeof estimate}, .unknown = 7};
    struct precopyml_model_info info = {.size = offsetof(struct precopyml_model_info, features)};
    precopyml_model *model = golden_model(GOLDEN_LINEAR);

    (void)state;
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, NULL,
                                             &estimate.known),
                     0);
    assert_true(estimate.known.upper > estimate.known.value && estimate.unknown == 7);
    assert_int_equal(estimate.known.size, sizeof estimate);
    estimate.known = (struct precopyml_estimate){.size = 16, .lower = 7};
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, NULL,
                                             &estimate.known),
                     0);
    assert_true(estimate.known.value > 0 && estimate.known.lower == 7);
    estimate.known.size = 0;
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, NULL,
                                             &estimate.known),
                     -EINVAL);
    features.size = 3;
    estimate.known.size = sizeof estimate.known;
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, NULL,
                                             &estimate.known),
                     -EINVAL);
    assert_true(isnan(estimate.known.value));

    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info), 0);
    assert_string_equal(info.predictor, "linear");
    assert_null(info.features);
    info.size = sizeof info;
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info), 0);
    assert_int_equal(info.feature_count, 2);
    assert_int_equal(info.features[0], PRECOPYML_FEATURE_REMAINING_BOUNDARY);
    assert_int_equal(info.features[1], PRECOPYML_FEATURE_WORKING_SET_SIZE);
    assert_int_equal(info.calibration_count, 9);
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME_NEXT, &info), 0);
    assert_null(info.predictor);
    assert_int_equal(info.feature_count, 0);
    assert_string_equal(info.provenance, "{\"golden\":\"linear\"}");
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_COUNT, &info), -EINVAL);
    info.size = 1;
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info), -EINVAL);
    precopyml_model_unref(&model);
}

static void predict_leaves_errno_and_the_environment(void **state)
{
    struct precopyml_features features = some_features();
    precopyml_model *model = golden_model(GOLDEN_LINEAR);
    struct precopyml_estimate upward, nearest;

    (void)state;
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, &nearest), 0);
    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    errno = 123;
    assert_int_equal(ask(model, PRECOPYML_TARGET_DOWNTIME, &features, 0.9, &upward), 0);
    assert_int_equal(errno, 123);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    assert_memory_equal(&upward.value, &nearest.value, sizeof upward.value);
    precopyml_model_unref(&model);
}

static void references_are_counted(void **state)
{
    struct precopyml_features features = some_features();
    struct precopyml_estimate estimate;
    precopyml_model *model = golden_model(GOLDEN_KNN), *second = precopyml_model_ref(model);

    (void)state;
    assert_ptr_equal(second, model);
    precopyml_model_unref(&model);
    assert_null(model);
    assert_int_equal(ask(second, PRECOPYML_TARGET_DOWNTIME, &features, 0, &estimate), -ENOENT);
    precopyml_model_unref(&second);
    precopyml_model_unref(&second);
    precopyml_model_unref(NULL);
    assert_null(precopyml_model_ref(NULL));
    assert_int_equal(precopyml_model_builtin(NULL), -EINVAL);
    assert_int_equal(precopyml_model_scratch_size(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(physics_by_hand),
        cmocka_unit_test(physics_of_rounds_to_come),
        cmocka_unit_test(physics_of_a_round_beside_that_of_a_stop),
        cmocka_unit_test(physics_of_the_overhead_goes_by_the_link),
        cmocka_unit_test(physics_of_the_last_slice),
        cmocka_unit_test(physics_of_pages_that_take_little_of_the_wire),
        cmocka_unit_test(physics_of_unusable_counters_is_unknown),
        cmocka_unit_test(builtin_model_is_physics),
        cmocka_unit_test(log_residual_by_hand),
        cmocka_unit_test(bounds_by_hand),
        cmocka_unit_test(outside_training_never_bolder_than_physics),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(structs_of_any_size_are_filled_within_it),
        cmocka_unit_test(predict_leaves_errno_and_the_environment),
        cmocka_unit_test(references_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
