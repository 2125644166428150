/* SPDX-License-Identifier: MIT */
/* Loading with little memory: each allocation failing in turn, and the promised limit. */
#include "models.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocations.h"

/* What a model may take beyond its share of the file. */
enum { MEMORY_MULTIPLE = 3, MEMORY_CONSTANT = 64 << 10 };

/*
 * Fails each allocation in turn, until a run got by without the one to fail. That nothing leaks is
 * for a leak checker to say, which watches the same loop.
 */
static void failing_allocations_are_errors(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        unsigned long failing = 0, calls;
        int failures = 0;

        do {
            precopyml_model *model = NULL;
            int fd = open(golden_path("", golden_names[i]), O_RDONLY), error;

            calls = allocations();
            allocations_fail(++failing);
            error = precopyml_model_load_fd(fd, &model);
            allocations_fail(0);
            calls = allocations() - calls;
            close(fd);
            assert_true(error == 0 || error == -ENOMEM);
            assert_int_equal(error == 0, model != NULL);
            precopyml_model_unref(&model);
            failures += error != 0;
        } while (failing <= calls);
        assert_true(failures >= 3); /* the file, the model, the provenance */
    }
    for (unsigned long failing = 1; failing <= 2; failing++) {
        precopyml_model *model = NULL;

        allocations_fail(failing);
        assert_int_equal(precopyml_model_builtin(&model), -ENOMEM);
        allocations_fail(0);
        assert_null(model);
    }
}

static void failing_allocations_of_the_writer_too(void **state)
{
    static const struct model_spec spec = {0.04, "{}", NULL, 0};
    int error = -ENOMEM;

    (void)state;
    for (unsigned long failing = 1; error; failing++) {
        unsigned char *data = NULL;
        size_t length;

        allocations_fail(failing);
        error = model_write_memory(&spec, &data, &length);
        allocations_fail(0);
        assert_true(error == 0 || error == -ENOMEM);
        free(data);
    }
}

/* A file that is nearly all provenance, calibration or payload (two kinds). */
static void large_file(int kind, unsigned char **data, size_t *length)
{
    enum { COUNT = 1 << 18 };
    static const struct feature_spec feature = {"iteration", "1", MODEL_IDENTITY, 0, 1, 1, 30};
    static const char *const predictors[] = {"linear", "linear", "knn", "svr"};
    static double zeros[COUNT];
    static char text[4 * COUNT];
    const struct rbf_parts vectors = {1, 1, 1, COUNT / 2, 1, zeros, zeros, zeros};
    struct bytes_out payload = {0};
    struct head_spec head = {.target = "downtime",
                             .predictor = predictors[kind],
                             .features = &feature,
                             .feature_count = 1,
                             .calibration = zeros,
                             .calibration_count = kind == 1 ? COUNT : 0};
    struct model_spec spec = {0.04, text, &head, 1};

    memset(text, kind == 0 ? 'x' : '\0', sizeof text - 1);
    if (kind == 2) {
        bytes_put_u32(&payload, 1);
        bytes_put_u32(&payload, KNN_UNIFORM);
        bytes_put_u64(&payload, COUNT / 2);
        golden_put_numbers(&payload, zeros, COUNT);
    } else if (kind == 3) {
        rbf_put(&payload, &vectors);
    } else {
        golden_put_numbers(&payload, zeros, 2);
    }
    head.payload = payload.data;
    head.payload_length = payload.length;
    assert_int_equal(model_write_memory(&spec, data, length), 0);
    free(payload.data);
}

/* Sanitizers and valgrind take address space for themselves. */
static bool is_watched(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
    if (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||
        __has_feature(memory_sanitizer))
        return true;
#endif
    return strstr(getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "", "valgrind") != NULL;
}

static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* In a child, which must get by with what docs/model-format.md promises. */
static int load_with_little_memory(const unsigned char *data, size_t length)
{
    const size_t page_rounding = 64 << 10;
    int fd = memfd_create("model", MFD_CLOEXEC), status;
    pid_t child;

    assert_int_equal(write(fd, data, length), (ssize_t)length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        void *volatile too_much;
        struct rlimit limit;
        precopyml_model *model;

        limit.rlim_cur = limit.rlim_max =
            address_space() + MEMORY_MULTIPLE * length + MEMORY_CONSTANT + page_rounding;
        if (setrlimit(RLIMIT_AS, &limit) != 0)
            _exit(1);
        too_much = malloc(4 * length);
        if (too_much)
            _exit(4);
        if (precopyml_model_load_fd(fd, &model) != 0)
            _exit(2);
        precopyml_model_unref(&model);
        if (precopyml_model_load_memory(data, length, &model) != 0)
            _exit(3);
        _exit(0);
    }
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void memory_stays_a_small_multiple_of_the_file(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        unsigned char *data;
        size_t length;
        int result;

        large_file(kind, &data, &length);
        result = load_with_little_memory(data, length);
        free(data);
        assert_int_equal(result, 0);
    }
}

int main(void)
{
    const struct CMUnitTest unlimited[] = {
        cmocka_unit_test(failing_allocations_are_errors),
        cmocka_unit_test(failing_allocations_of_the_writer_too),
    };
    const struct CMUnitTest tests[] = {
        unlimited[0],
        unlimited[1],
        cmocka_unit_test(memory_stays_a_small_multiple_of_the_file),
    };

    /* So that freed memory goes back at once and addresses in use are memory in use. */
    mallopt(M_MMAP_THRESHOLD, 32 << 10);
    /* Sanitizers and valgrind reserve far more than any limit: nothing could be told there. */
    if (is_watched())
        return cmocka_run_group_tests(unlimited, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
