/* SPDX-License-Identifier: MIT */
/* The progress line: how far, how long still, on a terminal only. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "progress.h"

/* Runs one update of work begun `ago` seconds ago with standard error being `fd`. */
static void update_on(int fd, double ago, double done, double total)
{
    int kept = dup(STDERR_FILENO);
    struct progress progress;

    assert_true(kept >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    progress_start(&progress, "fits", total);
    progress.started = clock_of(CLOCK_MONOTONIC) - ago;
    progress.shown = 0;
    progress_update(&progress, done);
    progress_clear(&progress);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static void read_terminal(double ago, double done, double total, char *text, size_t size)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY), other;
    size_t length = 0;
    ssize_t got;

    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(other >= 0);
    update_on(other, ago, done, total);
    close(other); /* what was written stays to be read, then comes an error */
    while ((got = read(terminal, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(terminal);
}

static void test_terminal(void **state)
{
    char text[200];

    (void)state;
    read_terminal(7200, 1, 4, text, sizeof text);
    assert_non_null(strstr(text, "fits: 1 of 4, 360:"));
    assert_non_null(strstr(text, " left"));
    read_terminal(10, 0, 4, text, sizeof text);
    assert_non_null(strstr(text, "fits: 0 of 4"));
    assert_null(strstr(text, "left")); /* nothing to tell it from */
}

static void test_file(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    update_on(fileno(file), 7200, 1, 4);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
