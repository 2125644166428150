/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "exit_codes.h"

void complain(const char *program, const char *format, ...)
{
    va_list arguments;

    fflush(stdout); /* so that the two streams keep their order on a terminal */
    fprintf(stderr, "%s: ", program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int usage_error(const char *program)
{
    fprintf(stderr, "Try '%s --help'.\n", program);
    return EXIT_USAGE;
}

int finish_stdout(const char *program, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    complain(program, "cannot write to standard output: %s", strerror(errno));
    return EXIT_OUTPUT;
}

int show_help(const char *text)
{
    fputs(text, stdout);
    return finish_stdout("precopyml", EXIT_OK);
}
