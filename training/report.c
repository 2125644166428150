/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "train_error.h"

/* The selected rows that have a forecast, side by side. */
struct table {
    double *observed, *forecast, *physics;
    uint32_t *group;
    uint32_t *number; /* new number of each migration, dense; UINT32_MAX: none of its rows */
    uint32_t groups;
    size_t rows;
    size_t long_rows;
};

static void table_free(struct table *table)
{
    free(table->observed);
    free(table->forecast);
    free(table->physics);
    free(table->group);
    free(table->number);
}

static int table_alloc(struct table *table, const struct precopyml_train_dataset *dataset,
                       size_t rows)
{
    *table = (struct table){calloc(rows, sizeof(double)),
                            calloc(rows, sizeof(double)),
                            calloc(rows, sizeof(double)),
                            calloc(rows, sizeof(uint32_t)),
                            malloc(dataset->groups * sizeof(uint32_t)),
                            0,
                            0,
                            0};
    if (!table->observed || !table->forecast || !table->physics || !table->group ||
        !table->number) {
        table_free(table);
        return train_no_memory();
    }
    for (uint32_t i = 0; i < dataset->groups; i++)
        table->number[i] = UINT32_MAX;
    return 0;
}

static void table_fill(struct table *table, const struct scoring *scoring, const double *forecast,
                       const double *physics)
{
    for (size_t i = 0; i < scoring->selection->count; i++) {
        size_t at = scoring->selection->row[i];
        const struct dataset_row *row = &scoring->dataset->row[at];

        if (!isfinite(forecast[at]))
            continue;
        if (table->number[row->group] == UINT32_MAX)
            table->number[row->group] = table->groups++;
        table->group[table->rows] = table->number[row->group];
        table->observed[table->rows] = row->target[scoring->target];
        table->forecast[table->rows] = forecast[at];
        table->physics[table->rows] = physics[at];
        table->long_rows += row->target[scoring->target] >= METRICS_LONG;
        table->rows++;
    }
}

static int append(struct precopyml_train_report *report, struct precopyml_train_score *score)
{
    struct precopyml_train_score *grown =
        reallocarray(report->score, report->count + 1, sizeof *grown);
    char *name = strdup(score->name);

    if (grown)
        report->score = grown;
    if (!grown || !name) {
        free(name);
        return train_no_memory();
    }
    score->name = name;
    grown[report->count++] = *score;
    return 0;
}

int report_score(const struct scoring *scoring, const double *forecast, const double *physics,
                 struct precopyml_train_score *score)
{
    struct metrics_rows rows;
    struct table table;
    int error = table_alloc(&table, scoring->dataset, scoring->selection->count);

    if (error)
        return error;
    table_fill(&table, scoring, forecast, physics);
    score->rows = table.rows;
    score->long_rows = table.long_rows;
    score->migrations = table.groups;
    if (table.rows > 0) {
        rows = (struct metrics_rows){table.rows,    table.observed, table.forecast,
                                     table.physics, table.group,    table.groups};
        error =
            metrics_score(&rows, scoring->draws, scoring->confidence, scoring->seed, score->metric);
    }
    table_free(&table);
    return error;
}

int report_add(struct precopyml_train_report *report, const struct scoring *scoring,
               const double *forecast, const double *physics,
               const struct precopyml_train_score *score)
{
    struct precopyml_train_score filled = *score;
    int error = report_score(scoring, forecast, physics, &filled);

    return error || filled.rows == 0 ? error : append(report, &filled);
}

const struct precopyml_train_score *
precopyml_train_report_score(const precopyml_train_report *report, size_t i)
{
    return report && i < report->count ? &report->score[i] : NULL;
}

void precopyml_train_report_free(precopyml_train_report **report)
{
    if (!report || !*report)
        return;
    for (size_t i = 0; i < (*report)->count; i++)
        free((void *)(*report)->score[i].name);
    free((*report)->score);
    free(*report);
    *report = NULL;
}
