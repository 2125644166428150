/* SPDX-License-Identifier: MIT */
/*
 * A committee: each member is trained by iRPROP- on all migrations but one part of them, and stops
 * when that part's error no longer falls. Together the members have seen every row, and their mean
 * varies less than any of them with the weights they began with. The mean of nets of one hidden
 * layer is itself such a net, which is what the payload holds.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "ann.h"
#include "ann_net.h"
#include "bytes_write.h"
#include "task.h"
#include "trainer.h"

extern const struct precopyml_trainer_ops trainer_ann;

enum { HIDDEN_MAX = 32, MEMBERS_MAX = ANN_WIDTH_MAX / HIDDEN_MAX };
enum { PARTS_MIN = 5, ROWS_MIN = 2 * PARTS_MIN };
/* Epochs between two looks at the held-out error, and without a better one before it ends. */
enum { STRIDE = 5, PATIENCE = 50 };

/* How many robust standard deviations from the median an outlier counts for. */
#define CLIP 3.0

enum { OPTION_HIDDEN, OPTION_OUTLIERS, OPTION_MEMBERS, OPTION_EPOCHS };
enum { OUTLIERS_CLIPPED, OUTLIERS_FULL };

static const double hidden_grid[] = {4, 8, 16};
static const char *const outliers[] = {"clipped", "full", NULL};
static const double outliers_grid[] = {OUTLIERS_CLIPPED, OUTLIERS_FULL};
static const double members_grid[] = {5};
static const double epochs_grid[] = {300};

static const struct precopyml_trainer_option options[] = {
    [OPTION_HIDDEN] = {.name = "hidden",
                       .meaning = "hidden neurons of a member",
                       .integer = 1,
                       .min = 1,
                       .max = HIDDEN_MAX,
                       .grid = hidden_grid,
                       .grid_count = sizeof hidden_grid / sizeof hidden_grid[0]},
    [OPTION_OUTLIERS] = {.name = "outliers",
                         .meaning = "how much they count: as far as others are off, or fully",
                         .choices = outliers,
                         .grid = outliers_grid,
                         .grid_count = sizeof outliers_grid / sizeof outliers_grid[0]},
    [OPTION_MEMBERS] = {.name = "members",
                        .meaning = "nets whose mean is the forecast",
                        .integer = 1,
                        .min = 1,
                        .max = MEMBERS_MAX,
                        .grid = members_grid,
                        .grid_count = 1},
    [OPTION_EPOCHS] = {.name = "epochs",
                       .meaning = "passes over the rows, at most",
                       .integer = 1,
                       .min = 0,
                       .max = 10000,
                       .grid = epochs_grid,
                       .grid_count = 1},
    {.name = NULL},
};

/* ---- The rows as FANN wants them ---- */

/*
 * Only the features that vary: on the others' weights the data has no say. Targets are centred,
 * scaled, and clipped where outliers are not to count fully.
 */
struct material {
    size_t rows;
    size_t inputs;
    bool used[PRECOPYML_FEATURE_COUNT];
    double centre; /* of the targets */
    double scale;
    double most;    /* how far from the centre a target may be, in scales */
    double *x;      /* [rows][inputs] */
    double *y;      /* [rows] */
    uint32_t *part; /* of each row; the rows of a part are held out together */
    size_t parts;
    bool whole;               /* migrations, not rows, are held out */
    double **input, **output; /* the rows that are taught, for FANN; then the others */
};

static void material_free(struct material *material)
{
    free(material->x);
    free(material->y);
    free(material->part);
    free(material->input);
    free(material->output);
}

static bool material_alloc(struct material *material)
{
    size_t rows = material->rows;

    material->x = calloc(rows * material->inputs + 1, sizeof *material->x);
    material->y = calloc(rows, sizeof *material->y);
    material->part = calloc(rows, sizeof *material->part);
    material->input = calloc(rows, sizeof *material->input);
    material->output = calloc(rows, sizeof *material->output);
    return material->x && material->y && material->part && material->input && material->output;
}

static void material_fill(struct material *material, const struct precopyml_trainer_task *task)
{
    double *x = material->x;

    for (size_t i = 0; i < task->rows; i++) {
        for (size_t j = 0; j < task->feature_count; j++) {
            if (material->used[j])
                *x++ = task->x[i * task->feature_count + j];
        }
        material->y[i] = (task->y[i] - material->centre) / material->scale;
        material->y[i] = fmax(fmin(material->y[i], material->most), -material->most);
    }
}

/*
 * Mean and standard deviation; clipped, the median and what the quartiles say of the deviation,
 * unless half the targets are equal. 0, -ERANGE or -ENOMEM.
 */
static int material_scale(struct material *material, const double *y, bool clipped)
{
    double *sorted = calloc(material->rows, sizeof *sorted);
    double spread;

    if (!sorted)
        return -ENOMEM;
    material->centre = gsl_stats_mean(y, 1, material->rows);
    material->scale = gsl_stats_sd_m(y, 1, material->rows, material->centre);
    material->most = INFINITY;
    memcpy(sorted, y, material->rows * sizeof *sorted);
    gsl_sort(sorted, 1, material->rows);
    spread = (gsl_stats_quantile_from_sorted_data(sorted, 1, material->rows, 0.75) -
              gsl_stats_quantile_from_sorted_data(sorted, 1, material->rows, 0.25)) /
             1.349;
    if (clipped && spread > 0) {
        material->centre = gsl_stats_median_from_sorted_data(sorted, 1, material->rows);
        material->scale = spread;
        material->most = CLIP;
    }
    free(sorted);
    return isfinite(material->centre) && isfinite(material->scale) ? 0 : -ERANGE;
}

/* ---- Parts ---- */

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The different values among `count`, sorted, at the front; returns how many. */
static size_t distinct(uint32_t *values, size_t count)
{
    size_t kept = 0;

    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || values[i] != values[kept - 1])
            values[kept++] = values[i];
    }
    return kept;
}

/*
 * Deals whole migrations over the parts; with fewer of them than parts it deals rows, which is less
 * honest about when to stop, but all there is.
 */
static int deal(struct material *material, const uint32_t *group, gsl_rng *rng)
{
    uint32_t *id = calloc(material->rows, sizeof *id);
    uint32_t *part = calloc(material->rows, sizeof *part);
    size_t migrations, count;

    if (!id || !part) {
        free(id);
        free(part);
        return -ENOMEM;
    }
    memcpy(id, group, material->rows * sizeof *id);
    migrations = distinct(id, material->rows);
    material->whole = migrations >= material->parts;
    count = material->whole ? migrations : material->rows;
    for (size_t i = 0; i < count; i++)
        part[i] = (uint32_t)(i % material->parts);
    gsl_ran_shuffle(rng, part, count, sizeof *part);
    for (size_t i = 0; i < material->rows; i++) {
        const uint32_t *found = bsearch(&group[i], id, migrations, sizeof *id, compare);

        material->part[i] = part[material->whole ? (size_t)(found - id) : i];
    }
    free(id);
    free(part);
    return 0;
}

/* Puts the rows outside the part first; returns how many. */
static size_t hold_out(struct material *material, size_t part)
{
    size_t taught = 0, held = material->rows;

    for (size_t i = 0; i < material->rows; i++) {
        size_t to = material->part[i] == part ? --held : taught++;

        material->input[to] = material->x + i * material->inputs;
        material->output[to] = material->y + i;
    }
    return taught;
}

/* ---- One member ---- */

struct member {
    struct fann *net;
    size_t count;                 /* weights */
    struct fann_connection *work; /* [count] */
    double *weights;              /* [count], the best so far */
};

static int member_alloc(struct member *member, size_t inputs, size_t hidden)
{
    *member = (struct member){.net = ann_net_create(inputs, hidden)};
    if (!member->net)
        return -ENOMEM;
    member->count = ann_net_weight_count(member->net);
    member->work = calloc(member->count, sizeof *member->work);
    member->weights = calloc(member->count, sizeof *member->weights);
    return member->work && member->weights ? 0 : -ENOMEM;
}

static void member_free(struct member *member)
{
    if (member->net)
        fann_destroy(member->net);
    free(member->work);
    free(member->weights);
}

/*
 * Hidden neurons begin with sums of about 1, where a tanh bends; the output with 0, so that a net
 * which learns nothing forecasts the centre.
 */
static void member_begin(struct member *member, size_t inputs, size_t hidden, gsl_rng *rng)
{
    double most = sqrt(3.0 / (double)(inputs + 1));

    for (size_t i = 0; i < member->count; i++)
        member->weights[i] =
            i < hidden * (inputs + 1) ? most * (2 * gsl_rng_uniform(rng) - 1) : 0.0;
    ann_net_set_weights(member->net, member->work, member->weights);
}

/* Mean absolute error on the rows that are not taught. */
static double held_error(struct member *member, const struct material *material, size_t taught)
{
    double sum = 0.0;

    for (size_t i = taught; i < material->rows; i++)
        sum += fabs(*fann_run(member->net, material->input[i]) - *material->output[i]);
    return sum / (double)(material->rows - taught);
}

/* Leaves the best weights in the member. */
static void member_train(struct member *member, const struct material *material, size_t taught,
                         size_t epochs)
{
    struct fann_train_data data = {.num_data = (unsigned)taught,
                                   .num_input = (unsigned)material->inputs,
                                   .num_output = 1,
                                   .input = material->input,
                                   .output = material->output};
    double least = held_error(member, material, taught);
    size_t best = 0;

    for (size_t epoch = 1; epoch <= epochs && epoch - best <= PATIENCE; epoch++) {
        double error;

        fann_train_epoch(member->net, &data);
        if (epoch % STRIDE != 0 && epoch != epochs)
            continue;
        error = held_error(member, material, taught);
        if (error < least) {
            least = error;
            best = epoch;
            ann_net_get_weights(member->net, member->work, member->weights);
        }
    }
}

/* ---- The committee as one net ---- */

struct committee {
    size_t members;
    size_t hidden;
    double *weights; /* of one member after the other */
};

static void put_header(struct bytes_out *out, size_t width)
{
    bytes_put_u32(out, 1);
    bytes_put_u32(out, ANN_TANH);
    bytes_put_u32(out, (uint32_t)width);
    for (size_t i = 1; i < ANN_LAYERS_MAX; i++)
        bytes_put_u32(out, 0);
}

/* A hidden neuron with `weights` for the features that were used; NULL: all 0. */
static void put_neuron(struct bytes_out *out, const struct material *material, size_t feature_count,
                       const double *weights)
{
    for (size_t j = 0; j < feature_count; j++)
        bytes_put_f64(out, weights && material->used[j] ? *weights++ : 0.0);
    bytes_put_f64(out, weights ? *weights : 0.0);
}

/* The members side by side, the targets' scale undone. Without members: their centre. */
static int save(const struct committee *committee, const struct material *material,
                size_t feature_count, struct precopyml_trainer_result *result)
{
    size_t row = material->inputs + 1, hidden = committee->hidden;
    size_t count = hidden * row + hidden + 1;
    double bias = 0.0;
    struct bytes_out out = {0};

    put_header(&out, committee->members ? committee->members * hidden : 1);
    if (committee->members == 0)
        put_neuron(&out, material, feature_count, NULL);
    for (size_t m = 0; m < committee->members; m++) {
        for (size_t i = 0; i < hidden; i++)
            put_neuron(&out, material, feature_count, committee->weights + m * count + i * row);
    }
    if (committee->members == 0)
        bytes_put_f64(&out, 0.0);
    for (size_t m = 0; m < committee->members; m++) {
        const double *output = committee->weights + m * count + hidden * row;
        double share = material->scale / (double)committee->members;

        for (size_t i = 0; i < hidden; i++)
            bytes_put_f64(&out, output[i] * share);
        bias += output[hidden] * share;
    }
    bytes_put_f64(&out, material->centre + bias);
    result->payload = out.data;
    result->length = out.length;
    return out.failed ? -ENOMEM : 0;
}

/* ---- Fitting ---- */

static int train_members(struct committee *committee, struct material *material, size_t epochs,
                         gsl_rng *rng)
{
    struct member member;
    int error = member_alloc(&member, material->inputs, committee->hidden);

    if (!error)
        committee->weights = calloc(committee->members * member.count, sizeof(double));
    if (!committee->weights)
        error = -ENOMEM;
    for (size_t m = 0; m < committee->members && !error; m++) {
        size_t taught = hold_out(material, m);

        member_begin(&member, material->inputs, committee->hidden, rng);
        if (!ann_net_restart(member.net)) {
            error = -ENOMEM;
            break;
        }
        member_train(&member, material, taught, epochs);
        memcpy(committee->weights + m * member.count, member.weights,
               member.count * sizeof(double));
    }
    member_free(&member);
    return error;
}

static int train(const struct precopyml_trainer_task *task, struct committee *committee,
                 struct material *material)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    int error = rng ? 0 : -ENOMEM;

    if (!error) {
        gsl_rng_set(rng, (unsigned long)(task->seed & UINT32_MAX));
        error = deal(material, task->group, rng);
    }
    if (!error)
        error = train_members(committee, material, (size_t)task->option[OPTION_EPOCHS], rng);
    gsl_rng_free(rng);
    return error;
}

static int fit(const struct precopyml_trainer_task *task, struct precopyml_trainer_result *result)
{
    struct material material = {.rows = task->rows};
    struct committee committee = {.members = (size_t)task->option[OPTION_MEMBERS],
                                  .hidden = (size_t)task->option[OPTION_HIDDEN]};
    int error;

    if (task->rows < ROWS_MIN)
        return -ENODATA;
    error = ann_net_check_variant();
    if (error) {
        if (error == -EINVAL)
            snprintf(result->note, sizeof result->note, "the FANN library is not doublefann");
        return error;
    }
    for (size_t j = 0; j < task->feature_count; j++)
        material.inputs += material.used[j] = task_varies(task, j);
    material.parts = committee.members > PARTS_MIN ? committee.members : PARTS_MIN;
    error = material_scale(&material, task->y, task->option[OPTION_OUTLIERS] == OUTLIERS_CLIPPED);
    if (!error && !material_alloc(&material))
        error = -ENOMEM;
    if (material.inputs == 0 || !(material.scale > 1e-12 * fabs(material.centre)))
        committee.members = 0; /* nothing to learn but the centre */
    if (!error && committee.members > 0) {
        material_fill(&material, task);
        error = train(task, &committee, &material);
        if (!material.whole)
            snprintf(result->note, sizeof result->note,
                     "under %zu migrations: stopped by held-out rows", material.parts);
    }
    if (!error)
        error = save(&committee, &material, task->feature_count, result);
    free(committee.weights);
    material_free(&material);
    return error;
}

const struct precopyml_trainer_ops trainer_ann = {
    .size = PRECOPYML_TRAINER_OPS_INIT,
    .name = "ann",
    .summary = "committee of small nets, by iRPROP- with early stopping",
    .options = options,
    .fit = fit,
};
