/* SPDX-License-Identifier: MIT */
#include "select_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_line.h"
#include "number.h"

typedef const struct precopyml_train_candidate *entry;

static const char *name_of(uint32_t feature)
{
    struct precopyml_description description = PRECOPYML_DESCRIPTION_INIT;

    return precopyml_feature_describe((enum precopyml_feature)feature, &description) == 0
               ? description.name
               : "?";
}

/* Those without a rank come last, in the order of the catalogue. */
static int by_rank(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    uint32_t left = (*x)->rank - 1, right = (*y)->rank - 1; /* 0 becomes the largest there is */

    return left != right ? (left < right ? -1 : 1) : (*x < *y ? -1 : *x > *y);
}

static int by_step(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    return (*x)->step < (*y)->step ? -1 : (*x)->step > (*y)->step;
}

static size_t list(const precopyml_train_selection *selection, entry *entries)
{
    size_t count = 0;

    while ((entries[count] = precopyml_train_selection_candidate(selection, count)) != NULL)
        count++;
    qsort(entries, count, sizeof(*entries), by_rank);
    return count;
}

/* Those in the set, what was given first, then in the order chosen. */
static size_t list_chosen(const precopyml_train_selection *selection, entry *entries)
{
    entry all[PRECOPYML_FEATURE_COUNT + 1];
    size_t count = list(selection, all), chosen = 0;

    for (size_t i = 0; i < count; i++) {
        if (all[i]->reason <= PRECOPYML_TRAIN_GIVEN)
            entries[chosen++] = all[i];
    }
    qsort(entries, chosen, sizeof(*entries), by_step);
    return chosen;
}

/* "remaining,wire_ratio", as --features takes them. */
static void join(const precopyml_train_selection *selection, char *text, size_t size)
{
    entry chosen[PRECOPYML_FEATURE_COUNT + 1];
    size_t count = list_chosen(selection, chosen), used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "",
                                 name_of(chosen[i]->feature));
}

/* ---- For people ---- */

static void print_odds(FILE *stream, double p)
{
    if (isnan(p))
        fprintf(stream, "%10s", "-");
    else
        fprintf(stream, "%10.1e", p);
}

static void print_fixed(FILE *stream, double value, int width, int decimals)
{
    char text[NUMBER_TEXT_SIZE];

    fprintf(stream, "%*s", width, number_fixed(text, value, decimals));
}

static void print_tests(FILE *stream, entry one)
{
    fprintf(stream, "%4u  %-24s", (unsigned)one->rank, name_of(one->feature));
    print_fixed(stream, one->anova.f, 10, 1);
    print_odds(stream, one->anova_p);
    print_fixed(stream, one->anova.eta2, 7, 3);
    print_fixed(stream, one->chi2, 10, 1);
    print_odds(stream, one->chi2_p_corrected);
    print_fixed(stream, one->cramers_v, 7, 3);
    print_fixed(stream, one->r2, 7, 3);
    print_fixed(stream, one->rho, 8, 3);
    fputc('\n', stream);
}

static void print_gain(FILE *stream, entry one)
{
    if (one->step == 0) {
        fputs(": error ", stream);
        print_fixed(stream, one->score, 0, 4);
        fputs(" when tried last", stream);
        return;
    }
    fprintf(stream, ", step %u: error ", (unsigned)one->step);
    print_fixed(stream, one->score, 0, 4);
    fputs(", by ", stream);
    print_fixed(stream, one->gain.value, 0, 4);
    fputs(" (", stream);
    print_fixed(stream, one->gain.lower, 0, 4);
    fputs(" to ", stream);
    print_fixed(stream, one->gain.upper, 0, 4);
    fputc(')', stream);
}

static void print_reason(FILE *stream, const struct select_text *text, entry one)
{
    fprintf(stream, "  %-24s%s", name_of(one->feature),
            precopyml_train_reason_name((enum precopyml_train_reason)one->reason));
    switch (one->reason) {
    case PRECOPYML_TRAIN_CHOSEN:
    case PRECOPYML_TRAIN_NOT_SIGNIFICANT:
    case PRECOPYML_TRAIN_NO_GAIN: print_gain(stream, one); break;
    case PRECOPYML_TRAIN_REDUNDANT:
        fprintf(stream, ": says the same as %s (|rho| of %g or more)", name_of(one->stands),
                text->redundant);
        break;
    case PRECOPYML_TRAIN_UNKNOWN: fprintf(stream, " in %zu rows", one->unknown); break;
    case PRECOPYML_TRAIN_GIVEN: fputs(": part of the question", stream); break;
    default: break;
    }
    fputc('\n', stream);
}

void select_text_print(FILE *stream, const struct select_text *text)
{
    const struct precopyml_train_selection_info *info =
        precopyml_train_selection_info(text->selection);
    entry entries[PRECOPYML_FEATURE_COUNT + 1];
    size_t count = list(text->selection, entries);
    char chosen[2048];

    fprintf(stream,
            "%s: tests of %zu features on %zu rows, one a migration; p by Holm's correction\n\n"
            "rank  %-24s%10s%10s%7s%10s%10s%7s%7s%8s\n",
            text->target, info->candidates, info->tested, "feature", "F", "p", "eta2", "chi2", "p",
            "V", "R2", "rho");
    for (size_t i = 0; i < count && entries[i]->rank > 0; i++)
        print_tests(stream, entries[i]);
    fprintf(stream, "\nR2 of all together ");
    print_fixed(stream, info->r2_all, 0, 3);
    fputs(", of the chosen ones ", stream);
    print_fixed(stream, info->r2_chosen, 0, 3);
    fprintf(stream,
            "\n\nForward selection on %zu rows, %s; error: mean |log(forecast / observed)|, with "
            "%g %% intervals\n",
            info->forward_rows, info->mode, 100 * text->confidence);
    fputs("  without a choice        error ", stream);
    print_fixed(stream, info->score_before, 0, 4);
    fputc('\n', stream);
    for (uint32_t reason = 0; reason < PRECOPYML_TRAIN_REASON_COUNT; reason++) {
        entry same[PRECOPYML_FEATURE_COUNT + 1];
        size_t those = 0;

        for (size_t i = 0; i < count; i++) {
            if (entries[i]->reason == reason)
                same[those++] = entries[i];
        }
        if (reason == PRECOPYML_TRAIN_CHOSEN || reason == PRECOPYML_TRAIN_NO_GAIN)
            qsort(same, those, sizeof(*same), by_step);
        for (size_t i = 0; i < those; i++)
            print_reason(stream, text, same[i]);
    }
    join(text->selection, chosen, sizeof(chosen));
    fprintf(stream, "\nChosen: %s\n", chosen);
}

/* ---- For programs ---- */

static void json_tests(struct json_line *line, entry one)
{
    json_line_open(line, "anova");
    json_line_number(line, "f", one->anova.f);
    json_line_number(line, "df_between", one->anova.df_between);
    json_line_number(line, "df_within", one->anova.df_within);
    json_line_number(line, "p", one->anova.p);
    json_line_number(line, "p_corrected", one->anova_p);
    json_line_number(line, "eta2", one->anova.eta2);
    json_line_close(line);
    json_line_open(line, "chi2");
    json_line_number(line, "statistic", one->chi2);
    json_line_number(line, "df", one->chi2_df);
    json_line_number(line, "p", one->chi2_p);
    json_line_number(line, "p_corrected", one->chi2_p_corrected);
    json_line_number(line, "cramers_v", one->cramers_v);
    json_line_close(line);
    json_line_number(line, "r2", one->r2);
    json_line_number(line, "rho", one->rho);
}

static void json_feature(FILE *stream, const char *target, entry one)
{
    struct json_line line;

    json_line_begin(&line, stream);
    json_line_string(&line, "target", target);
    json_line_string(&line, "feature", name_of(one->feature));
    json_line_string(&line, "reason",
                     precopyml_train_reason_name((enum precopyml_train_reason)one->reason));
    json_line_string(&line, "stands", name_of(one->stands));
    json_line_number(&line, "rank", one->rank ? one->rank : (double)NAN);
    json_line_number(&line, "step", one->step ? one->step : (double)NAN);
    json_line_number(&line, "unknown", (double)one->unknown);
    json_tests(&line, one);
    json_line_number(&line, "score", one->score);
    json_line_open(&line, "gain");
    json_line_number(&line, "value", one->gain.value);
    json_line_number(&line, "lower", one->gain.lower);
    json_line_number(&line, "upper", one->gain.upper);
    json_line_close(&line);
    json_line_end(&line);
}

void select_text_json(FILE *stream, const struct select_text *text)
{
    const struct precopyml_train_selection_info *info =
        precopyml_train_selection_info(text->selection);
    entry entries[PRECOPYML_FEATURE_COUNT + 1];
    size_t count = list(text->selection, entries);
    struct json_line line;
    char chosen[2048];

    for (size_t i = 0; i < count; i++)
        json_feature(stream, text->target, entries[i]);
    join(text->selection, chosen, sizeof(chosen));
    json_line_begin(&line, stream);
    json_line_string(&line, "target", text->target);
    json_line_string(&line, "chosen", chosen);
    json_line_string(&line, "mode", info->mode);
    json_line_number(&line, "rows", (double)info->rows);
    json_line_number(&line, "tested", (double)info->tested);
    json_line_number(&line, "forward_rows", (double)info->forward_rows);
    json_line_number(&line, "r2_all", info->r2_all);
    json_line_number(&line, "r2_chosen", info->r2_chosen);
    json_line_number(&line, "score_before", info->score_before);
    json_line_number(&line, "score", info->score);
    json_line_end(&line);
}

/* ---- For gnuplot ---- */

void select_text_gnuplot(FILE *stream, const struct select_text *text)
{
    const struct precopyml_train_selection_info *info =
        precopyml_train_selection_info(text->selection);
    entry entries[PRECOPYML_FEATURE_COUNT + 1];
    size_t count = list(text->selection, entries);

    fputs("$tests << END\n", stream);
    for (size_t i = 0; i < count && entries[i]->rank > 0; i++)
        fprintf(stream, "%s %g %g %g\n", name_of(entries[i]->feature), entries[i]->anova.eta2,
                entries[i]->cramers_v, entries[i]->r2);
    fprintf(stream, "END\n$steps << END\nnothing %g\n", info->score_before);
    qsort(entries, count, sizeof(*entries), by_step);
    for (size_t i = 0; i < count; i++) {
        if (entries[i]->step > 0)
            fprintf(stream, "%s %g\n", name_of(entries[i]->feature), entries[i]->score);
    }
    fprintf(stream,
            "END\nset terminal svg size 1200,900 background rgb 'white'\n"
            "set multiplot layout 2,1 title '%s'\n"
            "set style fill solid 0.6\nset xtics rotate by -50 noenhanced\nset yrange [0:*]\n"
            "set style data histograms\nset ylabel 'strength, 0 to 1'\n"
            "plot $tests using 2:xtic(1) title 'eta2', '' using 3 title 'V', "
            "'' using 4 title 'R2'\n"
            "set ylabel 'mean |log(forecast / observed)|'\n"
            "plot $steps using 2:xtic(1) with linespoints linewidth 2 pointtype 7 "
            "title 'with this and those before it'\nunset multiplot\n",
            text->target);
}
