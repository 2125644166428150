/* SPDX-License-Identifier: MIT */
/* Model files: golden good and bad ones, damage, and the ways to read one. */
#include "models.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../golden/bad.h"

static void slurp(const char *path, unsigned char **data, size_t *length)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        fail_msg("cannot open %s", path);
    *data = malloc(65536);
    assert_non_null(*data);
    *length = fread(*data, 1, 65536, file);
    fclose(file);
}

static void assert_refused(const void *data, size_t length)
{
    precopyml_model *model = (precopyml_model *)&model;

    assert_true(precopyml_model_load_memory(data, length, &model) < 0);
    assert_null(model);
    assert_true(strlen(precopyml_error_message()) > 0);
}

/* ---- Golden files ---- */

static void golden_files_are_what_the_writer_writes(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        unsigned char *stored, *made;
        size_t stored_length, made_length;

        slurp(golden_path("", golden_names[i]), &stored, &stored_length);
        assert_int_equal(golden_build((enum golden)i, &made, &made_length), 0);
        assert_int_equal(stored_length, made_length);
        assert_memory_equal(stored, made, made_length);
        free(stored);
        free(made);
    }
}

/* Whatever a later release does to the code, these files keep these forecasts. */
static void golden_files_keep_their_forecasts(void **state)
{
    static const struct {
        enum golden file;
        enum precopyml_target target;
        double value;
        double upper;
    } cases[] = {
        {GOLDEN_PHYSICS, PRECOPYML_TARGET_DOWNTIME, 1.0225, NAN},
        {GOLDEN_OPTIONAL, PRECOPYML_TARGET_DOWNTIME_NEXT, 0.26400729458788652, NAN},
        {GOLDEN_LINEAR, PRECOPYML_TARGET_DOWNTIME, 2.1769491239419008, 3.2476264686050547},
        {GOLDEN_LINEAR, PRECOPYML_TARGET_REMAINING_TIME, 2.25, NAN},
        {GOLDEN_KNN, PRECOPYML_TARGET_DOWNTIME_NEXT, 0.15625, NAN},
        {GOLDEN_ANN, PRECOPYML_TARGET_DOWNTIME, 0.48783962790403235, NAN},
        {GOLDEN_SVR, PRECOPYML_TARGET_DOWNTIME_NEXT, 0.81230314852969449, NAN},
        {GOLDEN_BAGGED_SVR, PRECOPYML_TARGET_DOWNTIME_NEXT, 0.83752947417697182, NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct precopyml_features features = some_features();
        struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
        double scratch[64];
        precopyml_model *model;

        set(&features, PRECOPYML_FEATURE_LAMBDA, 0.25);
        set(&features, PRECOPYML_FEATURE_ZERO_SHARE, 0.0);
        assert_int_equal(
            precopyml_model_load_path(golden_path("", golden_names[cases[i].file]), &model), 0);
        assert_true(precopyml_model_scratch_size(model) <= sizeof scratch);
        assert_int_equal(
            precopyml_model_predict(model, cases[i].target, &features, 0.9, scratch, &estimate), 0);
        if (fabs(estimate.value / cases[i].value - 1.0) > 1e-12)
            fail_msg("%s: %.17g", golden_names[cases[i].file], estimate.value);
        if (isnan(cases[i].upper) ? !isnan(estimate.upper)
                                  : !(fabs(estimate.upper / cases[i].upper - 1.0) <= 1e-12))
            fail_msg("%s: upper %.17g", golden_names[cases[i].file], estimate.upper);
        precopyml_model_unref(&model);
    }
}

static void bad_files_give_their_error(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_BAD_COUNT; i++) {
        const struct golden_bad *bad = &golden_bad[i];
        precopyml_model *model = NULL;
        int error = precopyml_model_load_path(golden_path("bad-", bad->name), &model);

        if (error != -bad->error || !strstr(precopyml_error_message(), bad->keyword))
            fail_msg("bad-%s: %d, '%s'", bad->name, error, precopyml_error_message());
        assert_null(model);
    }
}

/* A file that nobody put into the table would be tested by nobody. */
static void no_golden_file_is_forgotten(void **state)
{
    char *folder = golden_path("", "");
    struct dirent *entry;
    int count = 0;
    DIR *dir;

    (void)state;
    *strrchr(folder, '/') = '\0';
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        count += strstr(entry->d_name, ".pcml") != NULL;
    closedir(dir);
    assert_int_equal(count, GOLDEN_COUNT + GOLDEN_BAD_COUNT);
}

/* ---- Damage ---- */

static void every_truncation_and_every_damaged_byte_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        unsigned char *data;
        size_t length;

        assert_int_equal(golden_build((enum golden)i, &data, &length), 0);
        for (size_t cut = 0; cut < length; cut++) {
            unsigned char *exact = malloc(cut ? cut : 1); /* so that a sanitizer sees overreads */

            assert_non_null(exact);
            memcpy(exact, data, cut);
            assert_refused(exact, cut);
            free(exact);
        }
        for (size_t at = 0; at < length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                data[at] ^= (unsigned char)(1 << bit);
                assert_refused(data, length);
                data[at] ^= (unsigned char)(1 << bit);
            }
            data[at] = (unsigned char)~data[at];
            assert_refused(data, length);
            data[at] = (unsigned char)~data[at];
        }
        free(data);
    }
}

/* As above with the checksum made right, so that the parser itself meets every damaged byte. */
static void damage_behind_a_right_checksum_is_harmless(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        unsigned char *data;
        size_t length;

        assert_int_equal(golden_build((enum golden)i, &data, &length), 0);
        for (size_t at = 0; at < length - MODEL_CHECKSUM_LENGTH; at++) {
            unsigned char old = data[at];

            for (size_t j = 0; j < sizeof values; j++) {
                precopyml_model *model = NULL;

                data[at] = values[j];
                golden_seal(data, length);
                if (precopyml_model_load_memory(data, length, &model) == 0)
                    assert_non_null(model);
                precopyml_model_unref(&model);
            }
            data[at] = old;
        }
        free(data);
    }
}

/* ---- Reading ---- */

static void memory_may_go_once_loaded(void **state)
{
    struct precopyml_features features = some_features();
    struct precopyml_estimate estimate = PRECOPYML_ESTIMATE_INIT;
    precopyml_model *model = NULL;
    unsigned char *data;
    size_t length;

    (void)state;
    assert_int_equal(golden_build(GOLDEN_LINEAR, &data, &length), 0);
    assert_int_equal(precopyml_model_load_memory(data, length, &model), 0);
    memset(data, 0xff, length);
    free(data);
    assert_int_equal(precopyml_model_predict(model, PRECOPYML_TARGET_REMAINING_TIME, &features, 0,
                                             NULL, &estimate),
                     0);
    assert_near(estimate.value, 2.25);
    precopyml_model_unref(&model);
}

/* The writer of the pipe sends byte by byte, after something that is not ours to read. */
static void pipes_are_read_from_where_they_are(void **state)
{
    precopyml_model *model = NULL;
    unsigned char *data, start[3];
    size_t length;
    int ends[2];
    pid_t child;

    (void)state;
    assert_int_equal(golden_build(GOLDEN_KNN, &data, &length), 0);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ssize_t put = write(ends[1], "abc", 3);

        for (size_t i = 0; i < length && put > 0; i++)
            put = write(ends[1], data + i, 1);
        _exit(put > 0 ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], start, 3), 3);
    assert_int_equal(precopyml_model_load_fd(ends[0], &model), 0);
    assert_int_equal(read(ends[0], start, 1), 0); /* still open, at its end */
    close(ends[0]);
    waitpid(child, NULL, 0);
    precopyml_model_unref(&model);
    free(data);
}

static void what_cannot_be_read_says_so(void **state)
{
    precopyml_model *model = NULL;
    int fd = open("/dev/zero", O_RDONLY);

    (void)state;
    assert_int_equal(precopyml_model_load_fd(fd, &model), -EFBIG);
    close(fd);
    assert_int_equal(precopyml_model_load_memory("", ((size_t)64 << 20) + 1, &model), -EFBIG);
    assert_int_equal(precopyml_model_load_memory(NULL, 1, &model), -EINVAL);
    assert_int_equal(precopyml_model_load_memory(NULL, 0, &model), -EBADMSG);
    assert_int_equal(precopyml_model_load_memory("", 0, NULL), -EINVAL);
    assert_int_equal(precopyml_model_load_fd(-1, &model), -EBADF);
    assert_int_equal(precopyml_model_load_path("/nowhere/at/all", &model), -ENOENT);
    assert_non_null(strstr(precopyml_error_message(), "/nowhere/at/all"));
    assert_int_equal(precopyml_model_load_path(".", &model), -EISDIR);
    assert_int_equal(precopyml_model_load_path(NULL, &model), -EINVAL);
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_files_are_what_the_writer_writes),
        cmocka_unit_test(golden_files_keep_their_forecasts),
        cmocka_unit_test(bad_files_give_their_error),
        cmocka_unit_test(no_golden_file_is_forgotten),
        cmocka_unit_test(every_truncation_and_every_damaged_byte_is_refused),
        cmocka_unit_test(damage_behind_a_right_checksum_is_harmless),
        cmocka_unit_test(memory_may_go_once_loaded),
        cmocka_unit_test(pipes_are_read_from_where_they_are),
        cmocka_unit_test(what_cannot_be_read_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
