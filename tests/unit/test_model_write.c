/* SPDX-License-Identifier: MIT */
/* The writer of model files: what it refuses, and how a file is replaced. */
#include "models.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static void impossible_models_are_not_written(void **state)
{
    static const struct feature_spec twice[] = {{"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 30},
                                                {"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 30}};
    static const struct feature_spec bad[] = {
        {"", "1", MODEL_IDENTITY, 0, 1, 1, 30},
        {"a name that is one byte too long", "1", MODEL_IDENTITY, 0, 1, 1, 30},
        {"iteration", NULL, MODEL_IDENTITY, 0, 1, 1, 30},
        {"iteration", "1", MODEL_TRANSFORM_COUNT, 0, 1, 1, 30},
        {"iteration", "1", MODEL_IDENTITY, NAN, 1, 1, 30},
        {"iteration", "1", MODEL_IDENTITY, 0, 0, 1, 30},
        {"iteration", "1", MODEL_IDENTITY, 0, 1, 2, 1},
        {"iteration", "1", MODEL_IDENTITY, 0, 1, -1.7e308, 1.7e308},
    };
    static const double unsorted[] = {1, 0};
    struct head_spec heads[2] = {{"downtime", "linear", true, twice, 1, NULL, 0, NULL, 0, false},
                                 {"downtime", "linear", true, twice, 1, NULL, 0, NULL, 0, false}};
    struct model_spec spec = {0.04, "{}", heads, 1};
    unsigned char *data;
    size_t length;

    (void)state;
    assert_int_equal(model_write_memory(&spec, &data, &length), 0);
    free(data);
    spec.head_count = 2;
    assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
    spec.head_count = 1;
    heads[0].feature_count = 2;
    assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
    heads[0].feature_count = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        heads[0].features = &bad[i];
        assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
    }
    heads[0].feature_count = 0;
    heads[0].log_residual = false;
    assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
    heads[0].log_residual = true;
    heads[0].calibration = unsorted;
    heads[0].calibration_count = 2;
    assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
    heads[0].calibration_count = 0;
    spec.overhead = -1;
    assert_int_equal(model_write_memory(&spec, &data, &length), -EINVAL);
}

static int entries_of(const char *folder)
{
    DIR *dir = opendir(folder);
    int count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static void files_are_replaced_whole_or_not_at_all(void **state)
{
    static const struct model_spec spec = {0.5, "{}", NULL, 0}, bad = {-1, "{}", NULL, 0};
    char folder[] = "/tmp/precopyml-test-XXXXXX", path[64], link[64];
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *model;
    struct stat status;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("model", link), 0);
    assert_int_equal(model_write_path(&spec, path), 0);
    assert_int_equal(model_write_path(&spec, link), 0); /* follows the link */
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(model_write_path(&bad, path), -EINVAL); /* the old one stays */
    assert_int_equal(model_write_path(&spec, folder), -EINVAL);
    assert_int_equal(model_write_path(&spec, "/nowhere/at/all"), -ENOENT);
    assert_int_equal(precopyml_model_load_path(link, &model), 0);
    assert_int_equal(precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info), 0);
    assert_true(info.overhead == 0.5 && !info.predictor);
    precopyml_model_unref(&model);
    assert_int_equal(entries_of(folder), 2);
    unlink(link);
    unlink(path);
    rmdir(folder);
}

static void checksum_is_the_known_one(void **state)
{
    (void)state;
    assert_int_equal(checksum_crc32("123456789", 9), 0xcbf43926);
    assert_int_equal(checksum_crc32("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_models_are_not_written),
        cmocka_unit_test(files_are_replaced_whole_or_not_at_all),
        cmocka_unit_test(checksum_is_the_known_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
