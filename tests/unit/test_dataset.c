/* SPDX-License-Identifier: MIT */
/* Data sets: reading CSV, what is refused and how it is named, selections, folds. */
#include "tables.h"

#include <errno.h>

#include "dataset.h"
#include "folds.h"

static precopyml_train_dataset *load(const char *text)
{
    precopyml_train_dataset *dataset = NULL;

    if (precopyml_train_dataset_load_memory(text, strlen(text), "test.csv", &dataset) != 0)
        fail_msg("%s", precopyml_train_error_message());
    return dataset;
}

static uint64_t hash_of(const char *text)
{
    precopyml_train_dataset *dataset = load(text);
    uint64_t hash = dataset->hash;

    precopyml_train_dataset_free(&dataset);
    return hash;
}

static void assert_message(const char *wanted)
{
    if (!strstr(precopyml_train_error_message(), wanted))
        fail_msg("\"%s\" does not say \"%s\"", precopyml_train_error_message(), wanted);
}

static void test_reads(void **state)
{
    precopyml_train_dataset *dataset =
        load("\xef\xbb\xbfremaining,\"forced\",downtime,migration,downtime_source,lambda\r\n"
             "1048576,text,0.25,\"a, \"\"b\"\"\",events,0.5\r\n"
             "\r\n"
             " 2e6 ,\"two\nlines\",,second,,\r\n"
             "3000000,x,1.5,\"a, \"\"b\"\"\",events,-0.0");

    (void)state;
    assert_int_equal(dataset->rows, 3);
    assert_int_equal(dataset->groups, 2);
    assert_int_equal(dataset->row[0].line, 2);
    assert_int_equal(dataset->row[1].line, 5); /* where it ends */
    assert_int_equal(dataset->row[2].line, 6);
    assert_int_equal(dataset->row[0].group, 0);
    assert_int_equal(dataset->row[1].group, 1);
    assert_int_equal(dataset->row[2].group, 0);
    assert_true(dataset->row[0].target[PRECOPYML_TARGET_DOWNTIME] == 0.25);
    assert_true(isnan(dataset->row[1].target[PRECOPYML_TARGET_DOWNTIME]));
    assert_true(isnan(dataset->row[0].target[PRECOPYML_TARGET_REMAINING_TIME]));
    assert_true(precopyml_features_get(&dataset->row[1].features, PRECOPYML_FEATURE_REMAINING) ==
                2e6);
    assert_true(isnan(precopyml_features_get(&dataset->row[1].features, PRECOPYML_FEATURE_LAMBDA)));
    assert_int_equal(dataset->features, UINT64_C(1) << PRECOPYML_FEATURE_REMAINING |
                                            UINT64_C(1) << PRECOPYML_FEATURE_LAMBDA);
    assert_int_equal(dataset->targets, 1 << PRECOPYML_TARGET_DOWNTIME);
    precopyml_train_dataset_free(&dataset);
    assert_null(dataset);
    precopyml_train_dataset_free(&dataset);
}

static void test_refuses(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        {"", "test.csv: no header line"},
        {"remaining,downtime\n1,2\n", "test.csv:1: no column \"migration\""},
        {"migration,lambda,lambda\n", "test.csv:1: two columns \"lambda\""},
        {"migration,remaining\na,1\nb,many\n", "test.csv:3: column remaining: \"many\""},
        {"migration,remaining\na,1\n\nb,nan\n", "test.csv:4: column remaining: \"nan\""},
        {"migration,remaining\na,inf\n", "test.csv:2: column remaining: \"inf\""},
        {"migration,remaining\na,1e999\n", "test.csv:2: column remaining: \"1e999\""},
        {"migration,remaining\na,1 2\n", "test.csv:2: column remaining: \"1 2\""},
        {"migration,remaining\na,\"1,5\"\n", "test.csv:2: column remaining: \"1,5\""},
        {"migration,downtime\na,-1\n", "test.csv:2: column downtime: \"-1\" is negative"},
        {"migration,remaining\n,1\n", "test.csv:2: column migration: \"\" names no"},
        {"migration,remaining\na,1,2\n", "test.csv:2: more cells than the 2 columns"},
        {"migration,remaining\na\n", "test.csv:2: 1 cells for the 2 columns"},
        {"migration,remaining\na,1\n\"b\"x,1\n", "test.csv:3: a quote out of place"},
        {"migration,remaining\na,1\n\"b,1\n", "test.csv:3: a quote out of place"},
        {"migration,remaining\n\"b,1\na,1\n", "test.csv:2: a quote out of place"},
        {"migration,remaining\na,1\n\r\n\n\"b\"x,1\n", "test.csv:5: a quote out of place"},
        {"migration,downtime_source\na,two words\n", "test.csv:2: column downtime_source"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        precopyml_train_dataset *dataset = (precopyml_train_dataset *)&dataset;

        assert_int_equal(precopyml_train_dataset_load_memory(bad[i].text, strlen(bad[i].text),
                                                             "test.csv", &dataset),
                         -EBADMSG);
        assert_null(dataset);
        assert_message(bad[i].message);
    }
}

static void test_refuses_nul(void **state)
{
    static const char text[] = "migration,remaining\na,1\0002\n";
    precopyml_train_dataset *dataset;

    (void)state;
    assert_int_equal(
        precopyml_train_dataset_load_memory(text, sizeof text - 1, "test.csv", &dataset), -EBADMSG);
    assert_message("test.csv:2: column remaining: \"1\" is followed by a NUL");
}

static void test_files(void **state)
{
    precopyml_train_dataset *dataset;

    (void)state;
    assert_int_equal(precopyml_train_dataset_load_path("/no/such/file", &dataset), -ENOENT);
    assert_message("/no/such/file: ");
    assert_int_equal(precopyml_train_dataset_load_path("/", &dataset), -EISDIR);
    assert_null(dataset);
    assert_int_equal(precopyml_train_dataset_load_path(NULL, &dataset), -EINVAL);
}

static void test_locale(void **state)
{
    precopyml_train_dataset *dataset;

    (void)state;
    enter_comma_locale();
    dataset = load("migration,downtime\na,1.5\n");
    leave_locale();
    assert_true(dataset->row[0].target[PRECOPYML_TARGET_DOWNTIME] == 1.5);
    precopyml_train_dataset_free(&dataset);
}

static void test_hash(void **state)
{
    uint64_t hash = hash_of("migration,remaining,note\na,0.5,x\n");

    (void)state;
    assert_true(hash == hash_of("migration,remaining,note\r\n\"a\",5e-1,y\r\n"));
    assert_true(hash != hash_of("migration,remaining,note\nb,0.5,x\n"));
    assert_true(hash != hash_of("migration,remaining,note\na,0.25,x\n"));
    assert_true(hash != hash_of("migration,remaining,note\na,,x\n"));
}

static void test_info(void **state)
{
    struct precopyml_train_dataset_info info = PRECOPYML_TRAIN_DATASET_INFO_INIT;
    precopyml_train_dataset *dataset = load("migration,vcpus\na,1\na,2\n");

    (void)state;
    assert_int_equal(precopyml_train_dataset_info(dataset, &info), 0);
    assert_string_equal(info.name, "test.csv");
    assert_int_equal(info.rows, 2);
    assert_int_equal(info.migrations, 1);
    assert_true(info.hash == dataset->hash);
    info = (struct precopyml_train_dataset_info){
        .size = offsetof(struct precopyml_train_dataset_info, rows)};
    assert_int_equal(precopyml_train_dataset_info(dataset, &info), 0);
    assert_int_equal(info.rows, 0);
    assert_int_equal(precopyml_train_dataset_info(dataset, NULL), -EINVAL);
    precopyml_train_dataset_free(&dataset);
}

static void test_select(void **state)
{
    precopyml_train_dataset *dataset = load("migration,downtime,downtime_source,lambda\n"
                                            "a,,,1\n"
                                            "a,1,events,2\n"
                                            "b,2,qemu,\n"
                                            "c,3,qemu,4\n");
    static const uint32_t lambda[] = {PRECOPYML_FEATURE_LAMBDA};
    static const uint32_t vcpus[] = {PRECOPYML_FEATURE_VCPUS};
    struct selection selection;

    (void)state;
    assert_int_equal(selection_make(dataset, PRECOPYML_TARGET_DOWNTIME, NULL, &selection),
                     -EBADMSG);
    assert_message("1 of \"events\", 2 of \"qemu\" rows");
    assert_int_equal(selection_make(dataset, PRECOPYML_TARGET_DOWNTIME, "clock", &selection),
                     -EBADMSG);
    assert_int_equal(selection_make(dataset, PRECOPYML_TARGET_REMAINING_TIME, NULL, &selection),
                     -EBADMSG);
    assert_message("no column \"remaining_time\"");
    assert_int_equal(selection_make(dataset, PRECOPYML_TARGET_DOWNTIME, "qemu", &selection), 0);
    assert_int_equal(selection.count, 2);
    assert_int_equal(selection.row[0], 2);
    assert_int_equal(selection.unlabelled, 1);
    assert_int_equal(selection.other, 1);
    assert_int_equal(selection_require(dataset, &selection, lambda, 1), -EBADMSG);
    assert_message("test.csv:4: column lambda: empty");
    assert_int_equal(selection_require(dataset, &selection, vcpus, 1), -EBADMSG);
    assert_message("no column \"vcpus\"");
    selection_free(&selection);
    assert_int_equal(selection_make(dataset, PRECOPYML_TARGET_DOWNTIME, "events", &selection), 0);
    assert_int_equal(selection_require(dataset, &selection, lambda, 1), 0);
    selection_free(&selection);
    precopyml_train_dataset_free(&dataset);
}

static void test_select_refuses(void **state)
{
    precopyml_train_dataset *untold = load("migration,downtime,downtime_source\na,1,\n");
    precopyml_train_dataset *without = load("migration,downtime\na,1\n");
    precopyml_train_dataset *empty = load("migration,downtime,downtime_source\na,,\n");
    struct selection selection;

    (void)state;
    assert_int_equal(selection_make(untold, PRECOPYML_TARGET_DOWNTIME, NULL, &selection), -EBADMSG);
    assert_message("test.csv:2: column downtime_source: empty");
    assert_int_equal(selection_make(without, PRECOPYML_TARGET_DOWNTIME, NULL, &selection),
                     -EBADMSG);
    assert_message("no column \"downtime_source\"");
    assert_int_equal(selection_make(empty, PRECOPYML_TARGET_DOWNTIME, NULL, &selection), -ENODATA);
    precopyml_train_dataset_free(&untold);
    precopyml_train_dataset_free(&without);
    precopyml_train_dataset_free(&empty);
}

/* 23 migrations of one to five rows, in turn. */
static precopyml_train_dataset *many_rows(size_t *row)
{
    struct text text;
    precopyml_train_dataset *dataset;

    text_begin(&text, "migration");
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 23; j++) {
            if (i <= j % 5)
                fprintf(text.stream, "m%d\n", j);
        }
    }
    dataset = text_load(&text);
    for (size_t i = 0; i < dataset->rows; i++)
        row[i] = i;
    return dataset;
}

/* In every fold somebody is tested, nobody is taught and tested, and nobody is forgotten. */
static void test_folds(void **state)
{
    size_t row[115], train[115], test[115], tested = 0;
    precopyml_train_dataset *dataset = many_rows(row);
    struct folds folds;

    (void)state;
    assert_int_equal(folds_make(dataset, row, dataset->rows, 5, 1, &folds), 0);
    assert_int_equal(folds.count, 5);
    for (uint32_t fold = 0; fold < folds.count; fold++) {
        size_t trains, tests;

        folds_split(&folds, dataset, row, dataset->rows, fold, train, &trains, test, &tests);
        assert_int_equal(trains + tests, dataset->rows);
        assert_true(tests > 0);
        tested += tests;
        for (size_t i = 0; i < tests; i++) {
            for (size_t j = 0; j < trains; j++)
                assert_int_not_equal(dataset->row[test[i]].group, dataset->row[train[j]].group);
        }
    }
    assert_int_equal(tested, dataset->rows);
    folds_free(&folds);
    precopyml_train_dataset_free(&dataset);
}

static void test_folds_seed(void **state)
{
    size_t row[115];
    precopyml_train_dataset *dataset = many_rows(row);
    struct folds a, b, c, few;
    size_t size = dataset->groups * sizeof *a.of_group;

    (void)state;
    assert_int_equal(folds_make(dataset, row, dataset->rows, 5, 1, &a), 0);
    assert_int_equal(folds_make(dataset, row, dataset->rows, 5, 1, &b), 0);
    assert_int_equal(folds_make(dataset, row, dataset->rows, 5, 2, &c), 0);
    assert_int_equal(folds_make(dataset, row, 3, 5, 1, &few), 0);
    assert_memory_equal(a.of_group, b.of_group, size);
    assert_memory_not_equal(a.of_group, c.of_group, size);
    assert_int_equal(few.count, 3); /* as many as migrations */
    assert_true(few.of_group[22] == UINT32_MAX);
    folds_free(&a);
    folds_free(&b);
    folds_free(&c);
    folds_free(&few);
    precopyml_train_dataset_free(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),          cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_refuses_nul),    cmocka_unit_test(test_files),
        cmocka_unit_test(test_locale),         cmocka_unit_test(test_hash),
        cmocka_unit_test(test_info),           cmocka_unit_test(test_select),
        cmocka_unit_test(test_select_refuses), cmocka_unit_test(test_folds),
        cmocka_unit_test(test_folds_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
