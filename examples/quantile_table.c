/* SPDX-License-Identifier: MIT */
/* A predictor of one's own, both halves, and its program: bins of equally many rows by the first
 * feature; a bin forecasts its median (of an even number the upper). Not freed: what exit frees. */
#include <err.h>
#include <errno.h>
#include <math.h>
#include <precopyml-predictor.h>
#include <precopyml-train.h>
#include <stdio.h>
#include <stdlib.h>

enum { BINS = 8 };
struct bin {                    /* the payload is BINS of them, in this machine's doubles */
    double most, median, range; /* most: the greatest x in it */
};

static int load(const void *payload, size_t length, size_t feature_count, void **state)
{
    *state = (void *)payload; /* 8-byte aligned, and it stays: no copy needed */
    return feature_count > 0 && length == BINS * sizeof(struct bin) ? 0 : -EBADMSG;
}

static int predict(const void *state, void *scratch, const double *x, double *value, double *spread)
{
    const struct bin *bin = state, *last = bin + BINS - 1;

    (void)scratch; /* none was asked for */
    while (bin < last && x[0] > bin->most)
        bin++;
    *value = bin->median;
    *spread = bin->range;
    return isfinite(*value) ? 0 : -ERANGE;
}

static int by_first(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    size_t rows = task->rows;
    struct bin *row = result->payload = calloc(rows, sizeof *row); /* the library frees it */

    if (!row || rows < BINS)
        return row ? -ENODATA : -ENOMEM;
    for (size_t i = 0; i < rows; i++)
        row[i] = (struct bin){task->x[i * task->feature_count], task->y[i], 0};
    qsort(row, rows, sizeof *row, by_first);
    for (size_t b = 0; b < BINS; b++) { /* bin b takes the place of row b */
        size_t n = (b + 1) * rows / BINS - b * rows / BINS;
        struct bin *in = row + b * rows / BINS;
        double most = in[n - 1].most;

        for (size_t i = 0; i < n; i++)
            in[i].most = in[i].median;
        qsort(in, n, sizeof *in, by_first);
        row[b] = (struct bin){most, in[n / 2].most, in[3 * n / 4].most - in[n / 4].most};
    }
    result->length = BINS * sizeof *row;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct precopyml_predictor_ops table = {
        sizeof table, "quantile-table", "a median a bin", load, NULL, predict, NULL};
    static const struct precopyml_trainer_ops maker = {
        sizeof maker, "quantile-table", "sorts the rows", 0, 0, NULL, fit};
    struct precopyml_train_options options = PRECOPYML_TRAIN_OPTIONS_INIT;
    struct precopyml_session_options limit = {
        .size = sizeof limit, .policy = "threshold", .downtime_limit = 0.6};
    struct precopyml_decision said = PRECOPYML_DECISION_INIT;
    precopyml_train_dataset *data = NULL;
    precopyml_session *session = NULL;
    precopyml_model *model = NULL;
    void *bytes = NULL;
    size_t length;
    FILE *file;

    options.predictor = "quantile-table";
    options.mode = PRECOPYML_TRAIN_PLAIN;
    options.features = (const uint32_t[]){PRECOPYML_FEATURE_REMAINING};
    options.feature_count = 1;
    if (argc != 3 || precopyml_predictor_register(&table) || precopyml_trainer_register(&maker) ||
        precopyml_train_dataset_load_path(argv[1], &data) ||
        precopyml_train_model(data, &options, &bytes, &length) || !(file = fopen(argv[2], "wb")) ||
        fwrite(bytes, length, 1, file) != 1 || fclose(file) ||
        precopyml_model_load_path(argv[2], &model) ||
        precopyml_session_create(model, &limit, &session))
        errx(1, "DATA.csv MODEL: %s%s", precopyml_train_error_message(), precopyml_error_message());
    for (double left = 1e9; left > 1e6 && said.verdict != PRECOPYML_STOP; left /= 2) {
        struct precopyml_features boundary = PRECOPYML_FEATURES_INIT;

        precopyml_features_set(&boundary, PRECOPYML_FEATURE_REMAINING, left);
        precopyml_should_stop(session, &boundary, &said);
        printf("%.0f %.17g %s\n", left, said.downtime, precopyml_verdict_name(said.verdict));
    }
}
