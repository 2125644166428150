/* SPDX-License-Identifier: MIT */
/* Bootstrap samples: whole migrations, with replacement, by seed and number alone. */
#include "svr_tasks.h"

#include "bags.h"

static void check_bag(const struct small_task *small, const struct bag *bag, unsigned *times)
{
    memset(times, 0, TASK_ROWS * sizeof *times);
    for (size_t i = 0; i < bag->rows; i++) {
        assert_true(bag->row[i] < small->task.rows);
        times[bag->row[i]]++;
    }
}

/* Migrations of unequal length whose rows lie scattered, and numbers that are far from dense. */
static void whole_migrations_are_drawn(void **state)
{
    struct small_task small;
    unsigned times[TASK_ROWS], most = 0;
    struct bags bags;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++)
        small.group[i] = UINT32_MAX - (uint32_t)(i * i % 31);
    assert_int_equal(bags_make(&small.task, &bags), 0);
    assert_int_equal(bags.units, 16); /* the squares modulo 31 */
    for (uint32_t number = 0; number < 50; number++) {
        unsigned of_group[31] = {0}, drawn = 0;
        struct bag bag;

        assert_int_equal(bags_draw(&bags, 1, number, 0.5, &bag), 0);
        check_bag(&small, &bag, times);
        for (size_t i = 0; i < TASK_ROWS; i++)
            of_group[i * i % 31] = times[i];
        for (size_t i = 0; i < TASK_ROWS; i++)
            assert_int_equal(times[i], of_group[i * i % 31]); /* all rows of one, equally often */
        for (size_t i = 0; i < 31; i++) {
            drawn += of_group[i];
            most = of_group[i] > most ? of_group[i] : most;
        }
        assert_int_equal(drawn, 8);
        free(bag.row);
    }
    assert_true(most > 1); /* with replacement */
    bags_free(&bags);
}

static void rows_of_a_lone_migration_are_drawn(void **state)
{
    struct small_task small;
    unsigned times[TASK_ROWS], seen = 0;
    struct bags bags;
    struct bag bag;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 1);
    memset(small.group, 0, sizeof small.group);
    assert_int_equal(bags_make(&small.task, &bags), 0);
    assert_int_equal(bags_draw(&bags, 1, 0, 0.5, &bag), 0);
    assert_int_equal(bag.rows, TASK_ROWS / 2);
    check_bag(&small, &bag, times);
    for (size_t i = 0; i < TASK_ROWS; i++)
        seen += times[i] > 0;
    assert_true(seen > TASK_ROWS / 4 && seen < TASK_ROWS / 2); /* 39 % of all, on average */
    free(bag.row);
    bags_free(&bags);
}

static void a_bag_depends_on_seed_and_number_alone(void **state)
{
    struct small_task small;
    struct bags bags;
    struct bag first, again, other_number, other_seed;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 1);
    assert_int_equal(bags_make(&small.task, &bags), 0);
    assert_int_equal(bags_draw(&bags, 1, 3, 1, &first), 0);
    assert_int_equal(bags_draw(&bags, 1, 4, 1, &other_number), 0);
    assert_int_equal(bags_draw(&bags, 2, 3, 1, &other_seed), 0);
    assert_int_equal(bags_draw(&bags, 1, 3, 1, &again), 0);
    assert_int_equal(first.rows, TASK_ROWS);
    assert_int_equal(first.rows, again.rows);
    assert_memory_equal(first.row, again.row, first.rows * sizeof first.row[0]);
    assert_memory_not_equal(first.row, other_number.row, first.rows * sizeof first.row[0]);
    assert_memory_not_equal(first.row, other_seed.row, first.rows * sizeof first.row[0]);
    free(first.row);
    free(again.row);
    free(other_number.row);
    free(other_seed.row);
    bags_free(&bags);
}

/* However small the share, a bag is never empty. */
static void a_bag_holds_a_migration_at_least(void **state)
{
    struct small_task small;
    struct bags bags;
    struct bag bag;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 1);
    small.task.rows = 2 * TASK_GROUP;
    assert_int_equal(bags_make(&small.task, &bags), 0);
    assert_int_equal(bags_draw(&bags, 1, 0, 0.01, &bag), 0);
    assert_int_equal(bag.rows, TASK_GROUP);
    free(bag.row);
    bags_free(&bags);
}

/* Mean spread over points whose first input is `x`. */
static double spread_at(const void *bagged, double x)
{
    uint32_t seed = 9;
    double sum = 0;

    for (int i = 0; i < 100; i++) {
        double at[TASK_FEATURES] = {x}, spread;

        for (size_t j = 1; j < TASK_FEATURES; j++)
            at[j] = noise(&seed) - 0.5;
        forecast(&predictor_bagged_svr, bagged, at, &spread);
        sum += spread;
    }
    return sum / 100;
}

/* Migrations that differ for no reason that the features tell make bags differ. */
static void spread_tells_where_migrations_differ(void **state)
{
    struct small_task small;
    struct precopyml_trainer_result result;
    uint32_t seed = 3;
    double calm, wild, shift = 0;
    void *bagged;

    (void)state;
    small_task_init(&small, &trainer_bagged_svr, 1);
    for (size_t i = 0; i < TASK_ROWS; i++) {
        if (i % TASK_GROUP == 0)
            shift = 6 * (noise(&seed) - 0.5);
        if (small.x[i * TASK_FEATURES] > 0)
            small.y[i] += shift;
    }
    result = fit_or_fail(&trainer_bagged_svr, &small.task);
    bagged = state_of(&predictor_bagged_svr, &result, TASK_FEATURES);
    calm = spread_at(bagged, -0.9);
    wild = spread_at(bagged, 0.9);
    if (!(calm > 0 && wild > 1.5 * calm))
        fail_msg("spread %g where migrations agree, %g where they do not", calm, wild);
    predictor_bagged_svr.destroy(bagged);
    free(result.payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_migrations_are_drawn),
        cmocka_unit_test(rows_of_a_lone_migration_are_drawn),
        cmocka_unit_test(a_bag_depends_on_seed_and_number_alone),
        cmocka_unit_test(a_bag_holds_a_migration_at_least),
        cmocka_unit_test(spread_tells_where_migrations_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
