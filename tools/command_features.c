/* SPDX-License-Identifier: MIT */
/* precopyml features: what the session sees at every boundary of a trace. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "boundary_walk.h"
#include "command.h"
#include "exit_codes.h"
#include "json_line.h"

static const char help[] =
    "Usage: precopyml features [--paper] TRACE...\n"
    "       precopyml features --list [--json]\n"
    "One JSON line a boundary of each trace ('-': standard input; .xz is read too), with every\n"
    "feature by its name, in SI units; null where it is unknown.\n\n"
    "  --paper     only the paper's four features, equations (1) to (3), in its units\n"
    "  --list      the catalogue of features instead\n"
    "  --json      the catalogue as JSON lines\n";

static const char paper_prefix[] = "paper_";

static bool is_paper(const char *name)
{
    return strncmp(name, paper_prefix, sizeof(paper_prefix) - 1) == 0;
}

static const char *name_of(int feature)
{
    struct precopyml_description description = PRECOPYML_DESCRIPTION_INIT;

    precopyml_feature_describe((enum precopyml_feature)feature, &description);
    return description.name;
}

static void print_row(const char *path, const struct boundary_row *row, bool paper)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "trace", path);
    json_line_number(&line, "t", row->t);
    json_line_number(&line, "iteration", row->decision.iteration);
    if (!paper)
        json_line_number(&line, "boundary", row->decision.boundary);
    for (int i = 0; i < PRECOPYML_FEATURE_COUNT; i++) {
        const char *name = name_of(i);
        double value = precopyml_features_get(&row->features, (enum precopyml_feature)i);

        if (i == PRECOPYML_FEATURE_ITERATION) /* is there already */
            continue;
        if (!paper)
            json_line_number(&line, name, value);
        else if (is_paper(name))
            json_line_number(&line, name + sizeof(paper_prefix) - 1, value);
    }
    json_line_end(&line);
}

static int print_trace(const char *program, const char *path, precopyml_model *model, bool paper)
{
    struct boundary_walk walk;
    struct boundary_row row;
    bool any = false;
    int result = -boundary_walk_open(&walk, program, path, model, NULL);

    while (result == 0 && (result = boundary_walk_next(&walk, &row)) > 0) {
        print_row(path, &row, paper);
        any = true;
        result = 0;
    }
    boundary_walk_close(&walk);
    if (result == 0 && !any)
        complain(program,
                 "%s: note: no boundary in it: it ended in its first pass, or its "
                 "samples lack counters that make sense",
                 path);
    return -result;
}

static int print_traces(const char *program, char **paths, bool paper)
{
    precopyml_model *model = NULL;
    int code = EXIT_OK;

    if (precopyml_model_builtin(&model) < 0) {
        complain(program, "%s", precopyml_error_message());
        return EXIT_RUNTIME;
    }
    for (; *paths != NULL; paths++) {
        int one = print_trace(program, *paths, model, paper);

        if (code == EXIT_OK)
            code = one;
    }
    precopyml_model_unref(&model);
    return finish_stdout(program, code);
}

static void print_description_json(const struct precopyml_description *entry)
{
    struct json_line line;

    json_line_begin(&line, stdout);
    json_line_string(&line, "name", entry->name);
    json_line_string(&line, "unit", entry->unit);
    json_line_string(&line, "meaning", entry->meaning);
    json_line_string(&line, "source", entry->source);
    json_line_string(&line, "paper", entry->paper);
    json_line_end(&line);
}

static int print_catalogue(const char *program, bool json)
{
    for (int i = 0; i < PRECOPYML_FEATURE_COUNT; i++) {
        struct precopyml_description entry = PRECOPYML_DESCRIPTION_INIT;

        precopyml_feature_describe((enum precopyml_feature)i, &entry);
        if (json)
            print_description_json(&entry);
        else
            printf("%-24s%-10s%s\n%34sfrom %s%s%s\n", entry.name, entry.unit, entry.meaning, "",
                   entry.source, entry.paper != NULL ? "; the paper's " : "",
                   entry.paper != NULL ? entry.paper : "");
    }
    return finish_stdout(program, EXIT_OK);
}

int command_features(int argc, char **argv)
{
    static const struct option options[] = {
        {"paper", no_argument, NULL, 'p'},
        {"list", no_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool paper = false, list = false, json = false;
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'p': paper = true; break;
        case 'l': list = true; break;
        case 'j': json = true; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    if (list && (paper || optind < argc)) {
        complain(argv[0], "--list takes no traces and no --paper");
        return usage_error(argv[0]);
    }
    if (list)
        return print_catalogue(argv[0], json);
    if (optind == argc) {
        complain(argv[0], "no trace given");
        return usage_error(argv[0]);
    }
    return print_traces(argv[0], argv + optind, paper);
}
