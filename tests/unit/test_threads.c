/* SPDX-License-Identifier: MIT */
/* One model, many threads: every session sees what it would see alone. Run it under TSan too. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "snapshots.h"

enum { THREADS = 4, ROUNDS = 20 };

struct work {
    precopyml_model *model;
    double working_set;
    double downtime; /* result */
    uint32_t boundary;
    int failed;
};

/* cmocka's asserts belong to the main thread; a thread only notes what failed. */
static void *migrate(void *argument)
{
    struct work *work = argument;
    struct guest guest = {1000e6, work->working_set, 100e6, 1};

    for (int round = 0; round < ROUNDS; round++) {
        struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
        precopyml_model *mine = precopyml_model_ref(work->model);
        precopyml_session *session = NULL;
        precopyml_model *none = NULL;

        work->failed |= precopyml_session_create(mine, NULL, &session) != 0;
        precopyml_model_unref(&mine);
        for (double t = 0.05; t < 40 && decision.verdict != PRECOPYML_STOP; t += 0.1) {
            struct precopyml_stats stats = guest_at(&guest, t);

            if (precopyml_session_observe(session, &stats) == 1)
                work->failed |= precopyml_should_stop(session, NULL, &decision) != 0;
        }
        /* Each thread has its own message. */
        work->failed |= precopyml_model_load_memory(argument, sizeof *work, &none) == 0;
        work->failed |= strlen(precopyml_error_message()) == 0;
        work->downtime = decision.downtime;
        work->boundary = decision.boundary;
        precopyml_session_destroy(&session);
    }
    return NULL;
}

static void a_model_is_shared_by_threads(void **state)
{
    const char *root = getenv("PRECOPYML_SOURCE_ROOT");
    struct work work[THREADS], alone;
    pthread_t threads[THREADS];
    char path[4096];
    precopyml_model *model = NULL;

    (void)state;
    snprintf(path, sizeof path, "%s/data/default.model", root ? root : ".");
    assert_int_equal(precopyml_model_load_path(path, &model), 0);
    for (int i = 0; i < THREADS; i++) {
        work[i] = (struct work){.model = model, .working_set = 50e6 * (i + 1)};
        assert_int_equal(pthread_create(&threads[i], NULL, migrate, &work[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        alone = (struct work){.model = model, .working_set = work[i].working_set};
        migrate(&alone);
        assert_false(work[i].failed);
        assert_true(work[i].downtime == alone.downtime);
        assert_int_equal(work[i].boundary, alone.boundary);
    }
    precopyml_model_unref(&model);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_shared_by_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
