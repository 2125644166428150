/* SPDX-License-Identifier: MIT */
/* A model file with new bounds: nothing else may change, and whatever is wrong is refused. */
#include "models.h"

#include <errno.h>
#include <float.h>

#include <jansson.h>
#include <precopyml-train.h>

#include "allocations.h"
#include "calibration.h"
#include "random_numbers.h"

static const double scores[] = {0.3, -0.1, 0.2, 0.0, -0.4, 0.5, 0.1, -0.2, 0.4, 0.6};
enum { SCORES = sizeof scores / sizeof *scores };

struct file {
    unsigned char *data;
    size_t length;
};

static struct file golden_file(enum golden which)
{
    struct file file = {0};

    assert_int_equal(golden_build(which, &file.data, &file.length), 0);
    return file;
}

/* The section is there as one that a later release defines. */
static struct file file_without_provenance(void)
{
    struct file file = golden_file(GOLDEN_LINEAR);

    memcpy(file.data + golden_entry(1), "\x07\0\0\x80", 4);
    golden_seal(file.data, file.length);
    return file;
}

static struct file calibrate(const struct file *from,
                             const struct precopyml_train_calibration *options, size_t count)
{
    struct file to = {0};
    void *data = NULL;

    if (precopyml_train_calibrate(from->data, from->length, scores, count, options, &data,
                                  &to.length) != 0)
        fail_msg("%s", precopyml_train_error_message());
    to.data = data;
    return to;
}

static precopyml_model *load(const struct file *file)
{
    precopyml_model *model = NULL;

    if (precopyml_model_load_memory(file->data, file->length, &model) != 0)
        fail_msg("%s", precopyml_error_message());
    return model;
}

static struct precopyml_model_info info_of(const precopyml_model *model,
                                           enum precopyml_target target)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;

    assert_int_equal(precopyml_model_info(model, target, &info), 0);
    return info;
}

static enum precopyml_target a_target(const precopyml_model *model)
{
    enum precopyml_target target = PRECOPYML_TARGET_DOWNTIME;

    while (info_of(model, target).predictor == NULL)
        target++;
    return target;
}

/* Any value of any feature, the same for every model. */
static struct precopyml_features random_features(void)
{
    struct precopyml_features features = some_features();

    for (int id = 0; id < PRECOPYML_FEATURE_COUNT; id++) {
        if (!(features.known >> id & 1))
            set(&features, (enum precopyml_feature)id, 2 * random_unit());
        else
            features.value[id] *= 0.1 + random_unit();
    }
    return features;
}

static void assert_same_forecasts(const precopyml_model *a, const precopyml_model *b)
{
    void *scratch = malloc(precopyml_model_scratch_size(a) + 1);

    assert_int_equal(precopyml_model_scratch_size(a), precopyml_model_scratch_size(b));
    for (int i = 0; i < 300; i++) {
        struct precopyml_features features = random_features();

        for (int target = 0; target < PRECOPYML_TARGET_COUNT; target++) {
            struct precopyml_estimate x = PRECOPYML_ESTIMATE_INIT, y = PRECOPYML_ESTIMATE_INIT;
            int error = precopyml_model_predict(a, (enum precopyml_target)target, &features, 0,
                                                scratch, &x);

            assert_int_equal(precopyml_model_predict(b, (enum precopyml_target)target, &features, 0,
                                                     scratch, &y),
                             error);
            assert_memory_equal(&x.value, &y.value, sizeof x.value);
            assert_memory_equal(&x.spread, &y.spread, sizeof x.spread);
            assert_int_equal(x.extrapolating, y.extrapolating);
        }
    }
    free(scratch);
}

static void forecasts_stay_bit_for_bit(void **state)
{
    (void)state;
    for (int which = 0; which < GOLDEN_COUNT; which++) {
        struct precopyml_train_calibration options = PRECOPYML_TRAIN_CALIBRATION_INIT;
        struct file from = golden_file((enum golden)which), to;
        precopyml_model *old = load(&from), *new;
        double lower, upper;

        options.target = a_target(old);
        to = calibrate(&from, &options, SCORES);
        new = load(&to);
        assert_same_forecasts(old, new);
        for (int target = 0; target < PRECOPYML_TARGET_COUNT; target++) {
            struct precopyml_model_info a = info_of(old, (enum precopyml_target)target);
            struct precopyml_model_info b = info_of(new, (enum precopyml_target)target);

            assert_true(a.fingerprint == b.fingerprint && a.overhead == b.overhead);
            assert_int_equal(b.calibration_count,
                             (uint32_t)target == options.target ? SCORES : a.calibration_count);
        }
        /* k = ceil(11 x 0.8) = 9: the second greatest, and the second least. */
        assert_int_equal(
            precopyml_model_bounds(new, (enum precopyml_target)options.target, 0.8, &lower, &upper),
            0);
        assert_near(upper, exp(0.5));
        assert_near(lower, exp(-0.2));
        precopyml_model_unref(&old);
        precopyml_model_unref(&new);
        free(from.data);
        free(to.data);
    }
}

static void scores_replace_those_before(void **state)
{
    struct file from = golden_file(GOLDEN_LINEAR), first = calibrate(&from, NULL, SCORES);
    struct file second = calibrate(&first, NULL, 3), none = calibrate(&second, NULL, 0);
    struct file again = calibrate(&none, NULL, SCORES);
    precopyml_model *three = load(&second), *cleared = load(&none);

    (void)state;
    assert_int_equal(info_of(three, PRECOPYML_TARGET_DOWNTIME).calibration_count, 3);
    assert_int_equal(info_of(cleared, PRECOPYML_TARGET_DOWNTIME).calibration_count, 0);
    assert_int_equal(again.length, first.length); /* the same bytes, whatever was before */
    assert_memory_equal(again.data, first.data, first.length);
    precopyml_model_unref(&three);
    precopyml_model_unref(&cleared);
    free(from.data);
    free(first.data);
    free(second.data);
    free(none.data);
    free(again.data);
}

/* A section of a later release's is carried along. */
static void unknown_optional_sections_stay(void **state)
{
    struct file from = golden_file(GOLDEN_OPTIONAL), to = calibrate(&from, NULL, SCORES);

    (void)state;
    assert_memory_equal(to.data + golden_entry(4), "\x07\0\0\x80", 4);
    assert_memory_equal(to.data + golden_section(to.data, 4),
                        from.data + golden_section(from.data, 4), MODEL_HEAD_LENGTH);
    free(from.data);
    free(to.data);
}

static json_t *provenance_of(const struct file *file)
{
    precopyml_model *model = load(file);
    json_t *provenance = json_loads(info_of(model, PRECOPYML_TARGET_DOWNTIME).provenance, 0, NULL);

    precopyml_model_unref(&model);
    assert_true(json_is_object(provenance));
    return provenance;
}

static void provenance_says_where_bounds_come_from(void **state)
{
    static const struct head_spec head = {
        .target = "downtime", .predictor = "physics", .log_residual = true};
    static const char *const texts[] = {"{\"seed\":0.123456789}", "no JSON", "[1]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct precopyml_train_calibration options = PRECOPYML_TRAIN_CALIBRATION_INIT;
        const struct model_spec spec = {0.05, texts[i], &head, 1};
        struct file from, to;
        json_t *all, *calibration;

        options.note = "{\"policies\":{\"slo\":10}}";
        assert_int_equal(model_write_memory(&spec, &from.data, &from.length), 0);
        to = calibrate(&from, &options, SCORES);
        all = provenance_of(&to);
        calibration = json_object_get(all, "calibration");
        assert_int_equal(json_integer_value(json_object_get(calibration, "scores")), SCORES);
        assert_int_equal(
            json_integer_value(json_object_get(json_object_get(calibration, "policies"), "slo")),
            10);
        assert_int_equal(strlen(json_string_value(json_object_get(calibration, "fnv1a64"))), 16);
        if (i == 0)
            assert_true(json_real_value(json_object_get(all, "seed")) == 0.123456789);
        else if (i == 1)
            assert_string_equal(json_string_value(json_object_get(all, "earlier")), texts[i]);
        json_decref(all);
        free(from.data);
        free(to.data);
    }
}

static void a_first_provenance_is_added(void **state)
{
    struct file from = file_without_provenance(), to = calibrate(&from, NULL, SCORES);
    json_t *all = provenance_of(&to);

    (void)state;
    assert_int_equal(json_object_size(all), 1);
    assert_true(json_is_object(json_object_get(all, "calibration")));
    json_decref(all);
    free(from.data);
    free(to.data);
}

static void assert_refused(const struct file *file, const double *values, size_t count,
                           const struct precopyml_train_calibration *options, int error)
{
    void *data = NULL;
    size_t length = 0;

    assert_int_equal(
        precopyml_train_calibrate(file->data, file->length, values, count, options, &data, &length),
        error);
    assert_null(data);
    assert_true(*precopyml_train_error_message() != '\0');
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const double odd[] = {0, NAN, 1}, endless[] = {INFINITY};
    const struct precopyml_train_calibration defaults = PRECOPYML_TRAIN_CALIBRATION_INIT;
    struct precopyml_train_calibration options = defaults;
    struct file file = golden_file(GOLDEN_SVR); /* downtime_next alone */
    struct {
        struct precopyml_train_calibration known;
        int unknown;
    } newer = {defaults, 1};

    (void)state;
    assert_refused(&file, scores, SCORES, NULL, -ENOENT);
    options.target = PRECOPYML_TARGET_DOWNTIME_NEXT;
    assert_refused(&file, odd, 3, &options, -EINVAL);
    assert_refused(&file, endless, 1, &options, -EINVAL);
    assert_refused(&file, NULL, 3, &options, -EINVAL);
    options.gamma = 1;
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    options.gamma = NAN;
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    options.gamma = 0;
    options.window = PRECOPYML_TRAIN_WINDOW_MOST + 1;
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    options.window = 0;
    options.note = "[1]";
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    options.note = "{";
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    options = defaults;
    options.target = PRECOPYML_TARGET_COUNT;
    assert_refused(&file, scores, SCORES, &options, -EINVAL);
    newer.known.size = sizeof newer;
    assert_refused(&file, scores, SCORES, &newer.known, -E2BIG);
    options = defaults;
    file.data[file.length / 2] ^= 1;
    assert_refused(&file, scores, SCORES, &options, -EBADMSG);
    file.length = 3;
    assert_refused(&file, scores, SCORES, &options, -EBADMSG);
    free(file.data);
}

static void memory_may_run_out(void **state)
{
    struct file file = golden_file(GOLDEN_LINEAR);
    unsigned long n = 0;
    size_t length = 0;
    void *data = NULL;
    int error;

    (void)state;
    do {
        assert_null(data);
        allocations_fail(++n);
        error =
            precopyml_train_calibrate(file.data, file.length, scores, SCORES, NULL, &data, &length);
        allocations_fail(0);
        assert_true(error == 0 || error == -ENOMEM);
    } while (error != 0);
    assert_true(n > 8); /* the model, the sections, the scores, the bytes */
    free(data);
    free(file.data);
}

/* Allocations of jansson's until one fails; then none does. */
static unsigned long json_left;

static void *json_memory(size_t size)
{
    return json_left > 0 && --json_left == 0 ? NULL : malloc(size);
}

static void memory_may_run_out_for_the_provenance(void **state)
{
    struct file file = file_without_provenance();
    unsigned long n = 0;
    size_t length = 0;
    void *data = NULL;
    int error;

    (void)state;
    json_set_alloc_funcs(json_memory, free);
    do {
        free(data);
        json_left = ++n;
        error =
            precopyml_train_calibrate(file.data, file.length, scores, SCORES, NULL, &data, &length);
        assert_true(error == 0 || error == -ENOMEM);
    } while (json_left == 0);
    json_left = 0;
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(error, 0);
    free(data);
    free(file.data);
}

/* ---- What is stored ---- */

static void without_gamma_the_latest_are_sorted(void **state)
{
    double *stored;

    (void)state;
    assert_int_equal(calibration_scores(scores, SCORES, 4, 0, &stored), 4);
    assert_true(stored[0] == -0.2 && stored[1] == 0.1 && stored[2] == 0.4 && stored[3] == 0.6);
    free(stored);
    assert_int_equal(calibration_scores(scores, SCORES, 99, 0, &stored), SCORES);
    assert_true(stored[0] == -0.4 && stored[SCORES - 1] == 0.6);
    free(stored);
    assert_int_equal(calibration_scores(scores, 0, 0, 0.1, &stored), 0);
    assert_null(stored);
}

/*
 * By hand, one rank followed: three scores, so ranks stand for 1/4, 1/2, 3/4. After the first two
 * scores (0, 0) the rank of 1/2 is the first that can lose: with one score before, 2 x 1/2 = 1.
 */
static void ranks_move_as_they_are_told(void **state)
{
    static const double rising[] = {0.0, 1.0, 2.0}, level[] = {0.0, 0.0, 0.0};
    double *stored;

    (void)state;
    /*
     * rising, gamma 0.4. At the 2nd score: rank 2 (first = 1) missed: 0.5 + 0.4 x 0.5 = 0.7; rank 1
     * (ceil(2/4) = 1) missed: 0.25 + 0.4 x 0.25 = 0.35; rank 3 (ceil(6/4) = 2 > 1) waits. At the
     * 3rd, of {0, 1}: rank 1, level 0.35, ceil(1.05) = 2nd, missed: 0.45; rank 2, level 0.7,
     * ceil(2.1) = 3 > 2: no bound, not missed: 0.5; rank 3, first ceil(2.25) = 3 > 2, waits.
     * Stored of {0, 1, 2}: ceil(4 x 0.45) = 2nd, ceil(4 x 0.5) = 2nd, ceil(4 x 0.75) = 3rd.
     */
    assert_int_equal(calibration_scores(rising, 3, 0, 0.4, &stored), 3);
    assert_true(stored[0] == 1.0 && stored[1] == 1.0 && stored[2] == 2.0);
    free(stored);
    /*
     * level, gamma 0.9: ties are no misses. Rank 1: 0.25 - 0.675 < 0 at the 2nd, at the 3rd below
     * the least: missed, -0.425 + 0.225 = -0.2: stored -DBL_MAX.
     */
    assert_int_equal(calibration_scores(level, 3, 0, 0.9, &stored), 3);
    assert_true(stored[0] == -DBL_MAX && stored[2] == 0.0);
    free(stored);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecasts_stay_bit_for_bit),
        cmocka_unit_test(scores_replace_those_before),
        cmocka_unit_test(unknown_optional_sections_stay),
        cmocka_unit_test(provenance_says_where_bounds_come_from),
        cmocka_unit_test(a_first_provenance_is_added),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(memory_may_run_out_for_the_provenance),
        cmocka_unit_test(without_gamma_the_latest_are_sorted),
        cmocka_unit_test(ranks_move_as_they_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
