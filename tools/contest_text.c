/* SPDX-License-Identifier: MIT */
#include "contest_text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "number.h"

/* A predictor's name; whatever a file says, nothing else reaches the terminal. */
static const char *name_of(const json_t *object, const char *key)
{
    const char *name = json_string_value(json_object_get(object, key));

    if (name == NULL || name[0] == '\0' || strlen(name) > 31 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        return "?";
    return name;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    return json_is_number(number) ? json_number_value(number) : (double)NAN;
}

/* "-0.085 (-0.152 to -0.019)" */
static void print_difference(FILE *stream, const json_t *difference)
{
    char value[NUMBER_TEXT_SIZE], lower[NUMBER_TEXT_SIZE], upper[NUMBER_TEXT_SIZE];

    fprintf(stream, "%s (%s to %s)", number_fixed(value, number_of(difference, "value"), 3),
            number_fixed(lower, number_of(difference, "lower"), 3),
            number_fixed(upper, number_of(difference, "upper"), 3));
}

static void print_contender(FILE *stream, const json_t *contender, const char *picked)
{
    const char *name = name_of(contender, "predictor");
    char score[NUMBER_TEXT_SIZE];

    fprintf(stream, "    %s %-16s", strcmp(name, picked) == 0 ? "*" : " ", name);
    if (!json_is_true(json_object_get(contender, "fitted"))) {
        fputs("  could not be fitted\n", stream);
        return;
    }
    fprintf(stream, "%7s", number_fixed(score, number_of(contender, "score"), 3));
    if (strcmp(name, "physics") != 0) {
        fputs("   ", stream);
        print_difference(stream, json_object_get(contender, "minus_physics"));
        fputs(json_is_true(json_object_get(contender, "better_than_physics"))
                  ? ": better than physics"
                  : ": not better beyond chance",
              stream);
    }
    fputc('\n', stream);
}

void contest_text(FILE *stream, const json_t *entry)
{
    const json_t *contest = json_object_get(entry, "auto"), *contender;
    const char *picked = name_of(contest, "picked");
    char folds[NUMBER_TEXT_SIZE], confidence[NUMBER_TEXT_SIZE];
    size_t i;

    if (!json_is_object(contest))
        return;
    fprintf(
        stream,
        "  picked by nested cross-validation in %s folds; score, and its difference to that of\n"
        "  physics with intervals that hold for all at once with %s %%:\n",
        number_fixed(folds, number_of(contest, "folds"), 0),
        number_fixed(confidence, 100 * number_of(contest, "confidence"), 0));
    json_array_foreach(json_object_get(contest, "contenders"), i, contender)
    {
        print_contender(stream, contender, picked);
    }
    if (json_object_get(contest, "runner_up") == NULL)
        return;
    fprintf(stream, "    %s minus %s, the runner-up: ", picked, name_of(contest, "runner_up"));
    print_difference(stream, json_object_get(contest, "minus_runner_up"));
    fputs(json_is_true(json_object_get(contest, "better_than_runner_up"))
              ? ": better beyond chance\n"
              : ": could be chance\n",
          stream);
}
