/* SPDX-License-Identifier: MIT */
/* precopyml model: what is in a model file, and whether it is in order. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <precopyml-train.h>

#include "command.h"
#include "exit_codes.h"
#include "model_file.h"
#include "model_text.h"
#include "stop_record.h"

static const char help[] =
    "Usage: precopyml model show [--json] MODEL\n"
    "       precopyml model verify [--data FILE.csv] MODEL\n"
    "Shows what a model forecasts, from what, and how it came about; or checks that the file is\n"
    "whole and can be used by this version.\n\n"
    "      --json            one JSON object, with the whole provenance\n"
    "      --data FILE.csv   check also that the model was trained on these data\n";

struct arguments {
    const char *program;
    const char *data;
    bool json;
};

static json_t *target_object(const struct precopyml_model_info *info)
{
    json_t *features = json_array();

    for (size_t i = 0; i < info->feature_count; i++) {
        struct precopyml_description feature = PRECOPYML_DESCRIPTION_INIT;

        precopyml_feature_describe((enum precopyml_feature)info->features[i], &feature);
        json_array_append_new(features, json_string(feature.name));
    }
    return json_pack("{ss sb so sI sb}", "predictor", info->predictor, "log_residual",
                     (int)info->log_residual, "features", features, "calibration_count",
                     (json_int_t)info->calibration_count, "per_doubt", (int)info->per_doubt);
}

static void show_json(const precopyml_model *model, json_t *provenance)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    json_t *targets = json_object(), *all;
    char fingerprint[STOP_RECORD_WORD];

    for (int i = 0; i < PRECOPYML_TARGET_COUNT; i++) {
        precopyml_model_info(model, (enum precopyml_target)i, &info);
        if (info.predictor != NULL)
            json_object_set_new(targets, precopyml_target_name((enum precopyml_target)i),
                                target_object(&info));
    }
    all = json_pack("{sf ss so sO?}", "overhead", info.overhead, "fingerprint",
                    fingerprint_text(fingerprint, model), "targets", targets, "provenance",
                    provenance);
    json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(all);
}

static int show(const struct arguments *arguments, const precopyml_model *model, json_t *provenance)
{
    if (arguments->json)
        show_json(model, provenance);
    else
        model_text(stdout, model);
    return finish_stdout(arguments->program, EXIT_OK);
}

/* Whether the provenance names these data. */
static int verify_data(const struct arguments *arguments, const json_t *provenance)
{
    struct precopyml_train_dataset_info info = PRECOPYML_TRAIN_DATASET_INFO_INIT;
    precopyml_train_dataset *dataset = NULL;
    const char *said =
        json_string_value(json_object_get(json_object_get(provenance, "data"), "fnv1a64"));
    char hash[17];

    if (precopyml_train_dataset_load_path(arguments->data, &dataset) != 0) {
        complain(arguments->program, "%s", precopyml_train_error_message());
        return EXIT_BAD_INPUT;
    }
    precopyml_train_dataset_info(dataset, &info);
    snprintf(hash, sizeof(hash), "%016" PRIx64, info.hash);
    precopyml_train_dataset_free(&dataset);
    if (said != NULL && strcmp(said, hash) == 0)
        return EXIT_OK;
    complain(arguments->program, "%s: the model was trained on other data: hash %s, not %s",
             arguments->data, said != NULL ? said : "unknown", hash);
    return EXIT_VERIFY_FAILED;
}

static int verify(const struct arguments *arguments, const char *path, const json_t *provenance)
{
    int code = EXIT_OK;

    if (!json_is_object(provenance)) {
        complain(arguments->program, "%s: the provenance is no JSON object", path);
        code = EXIT_VERIFY_FAILED;
    }
    if (code == EXIT_OK && arguments->data != NULL)
        code = verify_data(arguments, provenance);
    if (code == EXIT_OK)
        printf("%s: in order\n", path);
    return finish_stdout(arguments->program, code);
}

static int run(const struct arguments *arguments, const char *action, const char *path)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;
    precopyml_model *model = NULL;
    json_t *provenance;
    int code;

    code = model_file_load(arguments->program, path, &model);
    if (code != EXIT_OK)
        return code;
    precopyml_model_info(model, PRECOPYML_TARGET_DOWNTIME, &info);
    provenance = json_loads(info.provenance, 0, NULL);
    code = strcmp(action, "show") == 0 ? show(arguments, model, provenance)
                                       : verify(arguments, path, provenance);
    json_decref(provenance);
    precopyml_model_unref(&model);
    return code;
}

int command_model(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"data", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct arguments arguments = {.program = argv[0]};
    const char *action;
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'j': arguments.json = true; break;
        case 'd': arguments.data = optarg; break;
        case 'h': return show_help(help);
        default: return usage_error(argv[0]);
        }
    }
    action = optind < argc ? argv[optind] : "";
    if ((strcmp(action, "show") != 0 && strcmp(action, "verify") != 0) || argc - optind != 2) {
        complain(argv[0], "expected 'show MODEL' or 'verify MODEL'");
        return usage_error(argv[0]);
    }
    bool shows = strcmp(action, "show") == 0;
    if (shows ? arguments.data != NULL : arguments.json) {
        complain(argv[0], "%s is not wanted with '%s'", shows ? "--data" : "--json", action);
        return usage_error(argv[0]);
    }
    return run(&arguments, action, argv[optind + 1]);
}
