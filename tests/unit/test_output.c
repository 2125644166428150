/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all, numbers and JSON that read back as they were. */
#include <dirent.h>
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "exit_codes.h"
#include "json_line.h"
#include "number.h"
#include "output.h"
#include "trace_files.h"

static void assert_file(const char *path, const char *expected)
{
    char *text = file_read(path);

    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void a_file_is_replaced_at_the_end(void **state)
{
    char *path = file_write(*state, "file", "old", 3);
    struct output output;
    struct stat status;

    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(output_open(&output, "test", path), EXIT_OK);
    fputs("new", output.stream);
    fflush(output.stream);
    assert_file(path, "old");
    output_discard(&output);
    assert_file(path, "old");
    assert_int_equal(output_open(&output, "test", path), EXIT_OK);
    fputs("new", output.stream);
    assert_int_equal(output_commit(&output), EXIT_OK);
    assert_file(path, "new");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    unlink(path);
    assert_int_equal(output_open(&output, "test", path), EXIT_OK);
    output_discard(&output);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

static int files_in(const char *folder)
{
    DIR *stream = opendir(folder);
    int count = 0;

    assert_non_null(stream);
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count - 2; /* itself and its parent */
}

/* Whatever ends the program; where the file system has such files. */
static void nothing_is_left_of_what_is_not_complete(void **state)
{
    struct output output;
    char path[512];
    int before = files_in(*state);
    int probe = open(*state, O_WRONLY | O_TMPFILE, 0600);

    if (probe < 0)
        skip();
    close(probe);
    snprintf(path, sizeof path, "%s/incomplete", (const char *)*state);
    assert_int_equal(output_open(&output, "test", path), EXIT_OK);
    fputs("half", output.stream);
    fflush(output.stream);
    assert_int_equal(files_in(*state), before);
    output_discard(&output);
    assert_int_equal(files_in(*state), before);

    /* What cannot be named is told at once, not after the work. */
    snprintf(path, sizeof path, "%s/none/", (const char *)*state);
    assert_int_equal(output_open(&output, "test", path), EXIT_OUTPUT);
    snprintf(path, sizeof path, "%s/%0250d", (const char *)*state, 1);
    assert_int_equal(output_open(&output, "test", path), EXIT_OUTPUT);
}

/* Without /proc it has a name from the beginning. Without root nobody can take /proc away. */
static int write_without_proc(const char *folder)
{
    struct output output;

    if (chroot(folder) != 0 || chdir("/") != 0)
        return 77;
    if (output_open(&output, "test", "named") != EXIT_OK || output.unnamed ||
        access(output.temporary, F_OK) != 0)
        return 1;
    fputs("whole", output.stream);
    return output_commit(&output) == EXIT_OK ? 0 : 2;
}

static void a_file_can_have_a_name_all_along(void **state)
{
    char path[256];
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(write_without_proc(*state));
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    snprintf(path, sizeof path, "%s/named", (const char *)*state);
    assert_file(path, "whole");
}

static void links_and_devices_stay_what_they_are(void **state)
{
    char *target = file_write(*state, "target", "old", 3);
    char *link = file_write(*state, "link", "", 0);
    struct output output;
    struct stat status;

    unlink(link);
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(output_open(&output, "test", link), EXIT_OK);
    fputs("new", output.stream);
    assert_int_equal(output_commit(&output), EXIT_OK);
    assert_file(target, "new");
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(output_open(&output, "test", "/dev/null"), EXIT_OK);
    assert_int_equal(output_commit(&output), EXIT_OK);
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    free(target);
    free(link);
}

static void failures_are_told(void **state)
{
    struct output output;

    assert_int_equal(output_open(&output, "test", *state), EXIT_OUTPUT);
    assert_int_equal(output_open(&output, "test", "/nowhere/at/all"), EXIT_OUTPUT);
    assert_int_equal(output_open(&output, "test", ""), EXIT_OUTPUT);
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(output_open(&output, "test", "/dev/full"), EXIT_OK);
        fputs("new", output.stream);
        assert_int_equal(output_commit(&output), EXIT_OUTPUT);
    }
}

static void assert_text(double value, const char *expected)
{
    char text[NUMBER_TEXT_SIZE];

    assert_string_equal(number_text(text, value), expected);
}

static void numbers_read_back(void **state)
{
    static const double values[] = {0.1, 1.0 / 3, 1e300, -2.5e-300, DBL_MIN, DBL_MAX, 0x1p-1074};

    (void)state;
    assert_text(0.1, "0.1");
    assert_text(0.471, "0.471");
    assert_text(-3, "-3");
    assert_text(1.5e16, "1.5e+16");
    assert_text(9007199254740992.0, "9007199254740992");
    assert_text(NAN, "");
    assert_text(INFINITY, "");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[NUMBER_TEXT_SIZE];
        double value;

        assert_true(number_parse(number_text(text, values[i]), &value));
        assert_true(value == values[i]);
    }
}

/* Where a locale with a decimal comma is installed. */
static void numbers_are_the_same_in_every_locale(void **state)
{
    char text[NUMBER_TEXT_SIZE];
    double value;

    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        return; /* skip() would fail: cmocka's TAP reports it as "not ok" */
    assert_string_equal(number_text(text, 0.5), "0.5");
    assert_string_equal(number_fixed(text, 1234.5, 1), "1234.5");
    assert_true(number_parse("0.5", &value) && value == 0.5);
    assert_false(number_parse("0,5", &value));
    setlocale(LC_ALL, "C");
}

static void lines_are_json(void **state)
{
    static const char name[] = "a\"b\\c\n\xc3\xa4\xff";
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    struct json_line line;
    json_t *object;

    (void)state;
    json_line_begin(&line, stream);
    json_line_string(&line, "name", name);
    json_line_string(&line, "plain", "\xc3\xa4");
    json_line_string(&line, "none", NULL);
    json_line_number(&line, "nan", NAN);
    json_line_open(&line, "inner");
    json_line_close(&line);
    json_line_open(&line, "full");
    json_line_bool(&line, "yes", true);
    json_line_number(&line, "half", 0.5);
    json_line_close(&line);
    json_line_null(&line, "last");
    json_line_end(&line);
    fclose(stream);
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
    object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "plain")), "\xc3\xa4");
    assert_int_equal(json_object_size(object), 7);
    assert_true(json_is_null(json_object_get(object, "nan")));
    assert_true(json_real_value(json_object_get(json_object_get(object, "full"), "half")) == 0.5);
    json_decref(object);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_at_the_end),
        cmocka_unit_test(nothing_is_left_of_what_is_not_complete),
        cmocka_unit_test(a_file_can_have_a_name_all_along),
        cmocka_unit_test(links_and_devices_stay_what_they_are),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(numbers_are_the_same_in_every_locale),
        cmocka_unit_test(lines_are_json),
    };

    return cmocka_run_group_tests_name("output", tests, folder_setup, folder_teardown);
}
