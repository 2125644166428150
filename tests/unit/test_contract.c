/* SPDX-License-Identifier: MIT */
/*
 * What precopyml-predictor.h and precopyml-train.h ask of every predictor, of every one there is:
 * those built in, and one that the test registers. And that the checks find who breaks it.
 */
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "contract.h"
#include "own_predictor.h"
#include "registry.h"

/* ---- What is fitted ---- */

enum kind { FEW, MORE, CONSTANT_FEATURE, CONSTANT_TARGET, KINDS, HUGE_TARGET = KINDS };
enum { FEATURES = 3, ROWS_FEW = 24, ROWS_MORE = 96 };

struct rows {
    size_t rows;
    double x[ROWS_MORE * FEATURES];
    double y[ROWS_MORE];
    uint32_t group[ROWS_MORE];
};

/* Inputs of about unit size, as training scales them, and a smooth target with some noise. */
static void make_rows(enum kind kind, struct rows *rows)
{
    uint32_t state = 7;

    rows->rows = kind == FEW ? ROWS_FEW : ROWS_MORE;
    for (size_t i = 0; i < rows->rows; i++) {
        double *x = rows->x + i * FEATURES, noise = 0;

        for (size_t j = 0; j < FEATURES; j++) {
            state = state * 1664525u + 1013904223u;
            noise = (double)(state >> 8) / 16777216.0;
            x[j] = kind == CONSTANT_FEATURE && j == 1 ? 0 : 4 * noise - 2;
        }
        rows->y[i] = kind == CONSTANT_TARGET ? 0.25 : tanh(x[0]) + 0.3 * x[2] + 0.1 * noise;
        if (kind == HUGE_TARGET)
            rows->y[i] = i % 3 ? 1e308 * rows->y[i] : DBL_MAX;
        rows->group[i] = (uint32_t)i / 2;
    }
}

/* With the first, or the last, value of every option's grid. */
static int fit(const struct precopyml_trainer_ops *trainer, const struct rows *rows, size_t count,
               int last, struct precopyml_trainer_result *result)
{
    double option[8] = {0};
    const struct precopyml_trainer_task task = {
        .size = sizeof task,
        .rows = count,
        .feature_count = trainer->flags & PRECOPYML_TRAINER_PHYSICS ? 0 : FEATURES,
        .x = rows->x,
        .y = rows->y,
        .group = rows->group,
        .option = option,
        .seed = 5};

    for (size_t i = 0; trainer->options && trainer->options[i].name; i++)
        option[i] = trainer->options[i].grid[last ? trainer->options[i].grid_count - 1 : 0];
    *result = (struct precopyml_trainer_result){.size = sizeof *result};
    return trainer->fit(&task, result);
}

static struct contract_payload payload_of(const struct precopyml_trainer_ops *trainer,
                                          const struct precopyml_trainer_result *result)
{
    return (struct contract_payload){.data = result->payload,
                                     .length = result->length,
                                     .features =
                                         trainer->flags & PRECOPYML_TRAINER_PHYSICS ? 0 : FEATURES};
}

static const struct precopyml_predictor_ops *inference_of(const struct precopyml_trainer_ops *of)
{
    const struct precopyml_predictor_ops *ops = registry_find(of->name);

    if (!ops)
        fail_msg("%s has a trainer and no inference", of->name);
    return ops;
}

/* ---- Every predictor ---- */

static void each_has_both_halves(void **state)
{
    const struct precopyml_trainer_ops *trainer;
    size_t trainers = 0, predictors = 0, own = 0;

    (void)state;
    for (; (trainer = precopyml_trainer_at(trainers)); trainers++) {
        inference_of(trainer);
        own += trainer == &own_trainer;
    }
    while (precopyml_predictor_name(predictors))
        predictors++;
    assert_int_equal(trainers, predictors);
    assert_int_equal(own, 1);
}

typedef const char *check_fn(const struct precopyml_predictor_ops *ops,
                             const struct contract_payload *payload);

static void check_one(const struct precopyml_trainer_ops *trainer, enum kind kind, int last,
                      check_fn *check)
{
    struct precopyml_trainer_result result;
    struct contract_payload payload;
    const char *broken;
    struct rows rows;
    int error;

    make_rows(kind, &rows);
    error = fit(trainer, &rows, rows.rows, last, &result);
    payload = payload_of(trainer, &result);
    if (error)
        fail_msg("%s, data %d: fit returns %d", trainer->name, (int)kind, error);
    broken = check(inference_of(trainer), &payload);
    if (broken)
        fail_msg("%s, data %d, %s options: %s", trainer->name, (int)kind, last ? "last" : "first",
                 broken);
    free(result.payload);
}

static void each_predicts_as_promised(void **state)
{
    const struct precopyml_trainer_ops *trainer;

    (void)state;
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            check_one(trainer, (enum kind)kind, 0, contract_predict);
            check_one(trainer, (enum kind)kind, 1, contract_predict);
        }
    }
}

static void each_survives_damaged_payloads(void **state)
{
    const struct precopyml_trainer_ops *trainer;

    (void)state;
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        check_one(trainer, FEW, 0, contract_load);
        check_one(trainer, FEW, 1, contract_load);
    }
}

/* A fit needs some number of rows; under it the error is -ENODATA, above it there is a model. */
static void each_says_when_rows_are_too_few(void **state)
{
    const struct precopyml_trainer_ops *trainer;
    struct rows rows;

    (void)state;
    make_rows(FEW, &rows);
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (size_t count = 1; count <= rows.rows; count++) {
            struct precopyml_trainer_result result;
            int error = fit(trainer, &rows, count, 0, &result);
            struct contract_payload payload = payload_of(trainer, &result);
            const char *broken = error ? NULL : contract_predict(inference_of(trainer), &payload);

            if (broken || (error && error != -ENODATA))
                fail_msg("%s, %zu rows: %d, %s", trainer->name, count, error,
                         broken ? broken : "not -ENODATA");
            free(result.payload);
        }
    }
}

/* Sums and squares of these overflow: the model copes, or there is none. */
static void each_copes_with_huge_targets(void **state)
{
    const struct precopyml_trainer_ops *trainer;
    struct rows rows;

    (void)state;
    make_rows(HUGE_TARGET, &rows);
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (int last = 0; last < 2; last++) {
            struct precopyml_trainer_result result;
            int error = fit(trainer, &rows, ROWS_FEW, last, &result);
            struct contract_payload payload = payload_of(trainer, &result);
            const char *broken = error ? NULL : contract_load(inference_of(trainer), &payload);

            if (broken || (error && error != -ERANGE))
                fail_msg("%s: %d, %s", trainer->name, error, broken ? broken : "not -ERANGE");
            free(result.payload);
        }
    }
}

/* Also when an identical task lies elsewhere in memory. */
static void each_fits_the_same_bytes(void **state)
{
    const struct precopyml_trainer_ops *trainer;
    struct rows rows, copy;

    (void)state;
    make_rows(MORE, &rows);
    copy = rows;
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        struct precopyml_trainer_result first, second;

        assert_int_equal(fit(trainer, &rows, rows.rows, 0, &first), 0);
        assert_int_equal(fit(trainer, &copy, copy.rows, 0, &second), 0);
        assert_int_equal(first.length, second.length);
        if (first.length && memcmp(first.payload, second.payload, first.length) != 0)
            fail_msg("%s: the same task gives other bytes", trainer->name);
        free(first.payload);
        free(second.payload);
    }
}

/* ---- Those who break it are found ---- */

/* What a bad predictor does; its payload is the number of one, as a double. */
enum sin {
    NONE,
    ALLOCATE,
    WRITE_TOO_FAR,
    READ_SCRATCH,
    COUNT_CALLS,
    OVERFLOW,
    DOUBT_NEGATIVELY,
    FAIL_ODDLY,
    GIVE_UP,
    CHANGE_INPUT,
    CHANGE_PAYLOAD,
    SINS
};

static int bad_load(const void *payload, size_t length, size_t feature_count, void **state)
{
    (void)feature_count;
    *state = (void *)payload;
    return length < sizeof(double) ? -EBADMSG : 0;
}

static int bad_load_with_an_odd_error(const void *payload, size_t length, size_t feature_count,
                                      void **state)
{
    int error = bad_load(payload, length, feature_count, state);

    return error ? -EIO : 0;
}

static size_t bad_scratch_size(const void *state)
{
    (void)state;
    return sizeof(double);
}

static int bad_predict(const void *state, void *scratch, const double *x, double *value,
                       double *spread)
{
    const double number = *(const double *)state;
    static int calls;
    void *volatile memory;

    *value = number;
    switch (number >= 0 && number < SINS ? (enum sin)number : NONE) {
    case ALLOCATE:
        memory = malloc(1);
        free(memory);
        return 0;
    case WRITE_TOO_FAR: memset(scratch, 1, sizeof(double) + 1); return 0;
    case READ_SCRATCH: *value = *(unsigned char *)scratch; return 0;
    case COUNT_CALLS: *value = calls++; return 0;
    case OVERFLOW: *value = x[0] * x[0]; return 0;
    case DOUBT_NEGATIVELY: *spread = -1; return 0;
    case FAIL_ODDLY: return x[0] > 1e6 ? -EIO : 0;
    case GIVE_UP: return -ERANGE;
    case CHANGE_INPUT: ((double *)x)[0] = 0; return 0;
    case CHANGE_PAYLOAD: *(double *)state = CHANGE_PAYLOAD + 0.5; return 0;
    default: return 0;
    }
}

static void breaches_of_predict_are_found(void **state)
{
    static const char *const found[SINS] = {
        [ALLOCATE] = "allocates",
        [WRITE_TOO_FAR] = "outside its scratch",
        [READ_SCRATCH] = "more than its question",
        [COUNT_CALLS] = "more than its question",
        [OVERFLOW] = "not finite",
        [DOUBT_NEGATIVELY] = "negative spread",
        [FAIL_ODDLY] = "not -ERANGE",
        [GIVE_UP] = "ordinary",
        [CHANGE_INPUT] = "its input",
        [CHANGE_PAYLOAD] = "more than its question",
    };
    const struct precopyml_predictor_ops bad = {
        PRECOPYML_PREDICTOR_OPS_INIT, "bad", "bad", bad_load, bad_scratch_size, bad_predict, NULL};

    (void)state;
    for (int i = 0; i < SINS; i++) {
        const double number = i;
        const struct contract_payload payload = {&number, sizeof number, 2};
        const char *broken = contract_predict(&bad, &payload);

        if (found[i] ? !broken || !strstr(broken, found[i]) : broken != NULL)
            fail_msg("sin %d: \"%s\", not \"%s\"", i, broken ? broken : "kept",
                     found[i] ? found[i] : "kept");
    }
}

static void breaches_of_load_are_found(void **state)
{
    struct precopyml_predictor_ops bad = {
        PRECOPYML_PREDICTOR_OPS_INIT, "bad", "bad", bad_load, bad_scratch_size, bad_predict, NULL};
    const double none = NONE;
    const struct contract_payload payload = {&none, sizeof none, 2};
    const char *broken = contract_load(&bad, &payload); /* a NaN in the payload is its answer */

    (void)state;
    assert_non_null(broken);
    assert_non_null(strstr(broken, "not finite"));
    bad.load = bad_load_with_an_odd_error;
    broken = contract_load(&bad, &payload);
    assert_non_null(broken);
    assert_non_null(strstr(broken, "undocumented error"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_both_halves),
        cmocka_unit_test(each_predicts_as_promised),
        cmocka_unit_test(each_survives_damaged_payloads),
        cmocka_unit_test(each_says_when_rows_are_too_few),
        cmocka_unit_test(each_copes_with_huge_targets),
        cmocka_unit_test(each_fits_the_same_bytes),
        cmocka_unit_test(breaches_of_predict_are_found),
        cmocka_unit_test(breaches_of_load_are_found),
    };

    if (own_register() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
