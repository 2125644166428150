/* SPDX-License-Identifier: MIT */
/* `precopyml qmp` with a real QEMU whose guest never runs; skipped where there is none. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"
#include "exit_codes.h"
#include "qmp_migration.h"

struct live {
    char folder[64], socket[2][80]; /* a monitor for the program, one for us */
    pid_t qemu;
    struct qmp_client *monitor;
};

static void start_qemu(struct live *live)
{
    char option[2][128];

    for (int i = 0; i < 2; i++) {
        snprintf(live->socket[i], sizeof live->socket[i], "%s/%d", live->folder, i);
        snprintf(option[i], sizeof option[i], "unix:%s,server=on,wait=off", live->socket[i]);
    }
    live->qemu = fork();
    if (live->qemu == 0) {
        if (freopen("/dev/null", "w", stdout) != NULL && freopen("/dev/null", "w", stderr) != NULL)
            execlp("qemu-system-x86_64", "qemu-system-x86_64", "-S", "-m", "64", "-accel", "tcg",
                   "-display", "none", "-nodefaults", "-qmp", option[0], "-qmp", option[1],
                   (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 300 && live->monitor == NULL; i++) {
        usleep(100000);
        if (live->qemu > 0 && waitpid(live->qemu, NULL, WNOHANG) == live->qemu)
            live->qemu = -1; /* there is none, or it does not start */
        if (live->qemu < 0)
            return;
        if (qmp_client_open(live->socket[1], 5, &live->monitor) != QMP_OK)
            qmp_client_close(&live->monitor);
    }
}

static int create(void **state)
{
    struct live *live = calloc(1, sizeof *live);

    *state = live;
    strcpy(live->folder, "/tmp/live-qemu-XXXXXX");
    if (mkdtemp(live->folder) == NULL)
        return -1;
    start_qemu(live);
    return 0;
}

static int destroy(void **state)
{
    struct live *live = *state;

    qmp_client_close(&live->monitor);
    if (live->qemu > 0) {
        kill(live->qemu, SIGKILL);
        waitpid(live->qemu, NULL, 0);
    }
    unlink(live->socket[0]);
    unlink(live->socket[1]);
    rmdir(live->folder);
    free(live);
    return 0;
}

static pid_t run(struct live *live, const char *const *options)
{
    char *argv[16] = {"precopyml qmp", "--socket", live->socket[0]};
    int argc = 3;
    pid_t child;

    while (*options != NULL && argc < 15)
        argv[argc++] = (char *)*options++;
    fflush(NULL);
    child = fork();
    if (child != 0)
        return child;
    if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
        _exit(127);
    exit(command_qmp(argc, argv));
}
#define RUN(live, ...) run(live, (const char *const[]){__VA_ARGS__, NULL})

static int exit_of(pid_t child)
{
    int status = 0;

    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static double limit_of(struct live *live)
{
    double ms;

    assert_int_equal(qmp_get_downtime_limit(live->monitor, &ms), QMP_OK);
    return ms;
}

/* Ten seconds at most. */
static void wait_for_limit(struct live *live, double ms)
{
    for (int i = 0; i < 200 && limit_of(live) != ms; i++)
        usleep(50000);
    assert_true(limit_of(live) == ms);
}

static void test_holds_and_restores(void **state)
{
    struct live *live = *state;

    assert_non_null(live->monitor);
    assert_int_equal(qmp_set_downtime_limit(live->monitor, 400), QMP_OK);
    pid_t child = RUN(live, "--hold", "123");
    wait_for_limit(live, 123);
    assert_int_equal(exit_of(RUN(live, "--monitor-timeout", "0.3")), EXIT_BUSY);
    kill(child, SIGTERM);
    assert_int_equal(exit_of(child), EXIT_INTERRUPTED);
    assert_true(limit_of(live) == 400);
}

static void test_follows_to_the_end(void **state)
{
    struct live *live = *state;

    assert_non_null(live->monitor);
    assert_int_equal(exit_of(RUN(live, "--start", "tcp:127.0.0.1:1")), EXIT_MIGRATION_FAILED);
    assert_int_equal(exit_of(RUN(live, "--start", "exec:cat > /dev/null")), EXIT_OK);
    assert_true(limit_of(live) == 300);
    assert_int_equal(exit_of(RUN(live, "--json")), EXIT_MIGRATION_OVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_holds_and_restores, create, destroy),
        cmocka_unit_test_setup_teardown(test_follows_to_the_end, create, destroy),
    };

    if (system("qemu-system-x86_64 --version >/dev/null 2>&1") != 0) {
        puts("1..0 # SKIP qemu-system-x86_64 is not installed");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
