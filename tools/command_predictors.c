/* SPDX-License-Identifier: MIT */
/* precopyml predictors: what a model can hold and what can decide. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include <precopyml.h>

#include "command.h"
#include "exit_codes.h"
#include "json_line.h"

static const char help[] =
    "Usage: precopyml predictors [--json]\n"
    "Lists the predictors that models can be made of, and the policies that decide.\n\n"
    "  --json      one JSON line each: kind, name, summary\n";

typedef const char *(*text_fn)(size_t i);

static void print_kind(const char *kind, const char *title, text_fn name, text_fn summary,
                       bool json)
{
    struct json_line line;

    if (!json)
        printf("%s:\n", title);
    for (size_t i = 0; name(i) != NULL; i++) {
        if (!json) {
            printf("  %-16s%s\n", name(i), summary(i));
            continue;
        }
        json_line_begin(&line, stdout);
        json_line_string(&line, "kind", kind);
        json_line_string(&line, "name", name(i));
        json_line_string(&line, "summary", summary(i));
        json_line_end(&line);
    }
}

int command_predictors(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'j': json = true; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (optind < argc) {
        complain(argv[0], "'%s' is not wanted", argv[optind]);
        return usage_error(argv[0]);
    }
    print_kind("predictor", "Predictors", precopyml_predictor_name, precopyml_predictor_summary,
               json);
    print_kind("policy", "Policies", precopyml_policy_name, precopyml_policy_summary, json);
    return finish_stdout(argv[0], EXIT_OK);
}
