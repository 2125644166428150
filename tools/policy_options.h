/* SPDX-License-Identifier: MIT */
/*
 * The options of every command that decides, their one parser, and the default model.
 *
 *     static const struct option options[] = {POLICY_LONG_OPTIONS, {"json", ...}, {0}};
 *     struct policy_options policy = POLICY_OPTIONS_INIT;
 *     while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
 *         if (policy_options_is(c)) {
 *             if (!policy_options_take(&policy, argv[0], c, optarg))
 *                 return usage_error(argv[0]);
 *             continue;
 *         }
 *         switch (c) ...
 *     }
 *     if (!policy_options_check(&policy, argv[0]))
 *         return usage_error(argv[0]);
 */
#ifndef POLICY_OPTIONS_H
#define POLICY_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include <precopyml.h>

enum policy_option {
    POLICY_OPTION_MODEL = 0x1000, /* clear of every letter */
    POLICY_OPTION_POLICY,
    POLICY_OPTION_KAPPA,
    POLICY_OPTION_SIGMA,
    POLICY_OPTION_DOWNTIME_LIMIT,
    POLICY_OPTION_STOP_WHEN_MET,
    POLICY_OPTION_HARD_MAX,
    POLICY_OPTION_DEADLINE,
    POLICY_OPTION_CONFIDENCE,
    POLICY_OPTION_THROTTLE_MAX,
    POLICY_OPTION_END
};

/* Entries for the table of getopt_long(). */
#define POLICY_LONG_OPTIONS                                                                        \
    {"model", required_argument, NULL, POLICY_OPTION_MODEL},                                       \
        {"policy", required_argument, NULL, POLICY_OPTION_POLICY},                                 \
        {"kappa", required_argument, NULL, POLICY_OPTION_KAPPA},                                   \
        {"sigma", required_argument, NULL, POLICY_OPTION_SIGMA},                                   \
        {"downtime-limit", required_argument, NULL, POLICY_OPTION_DOWNTIME_LIMIT},                 \
        {"stop-when-met", no_argument, NULL, POLICY_OPTION_STOP_WHEN_MET},                         \
        {"hard-max", required_argument, NULL, POLICY_OPTION_HARD_MAX},                             \
        {"deadline", required_argument, NULL, POLICY_OPTION_DEADLINE},                             \
        {"confidence", required_argument, NULL, POLICY_OPTION_CONFIDENCE},                         \
    {                                                                                              \
        "throttle-max", required_argument, NULL, POLICY_OPTION_THROTTLE_MAX                        \
    }

/* Their part of a help text. */
#define POLICY_HELP                                                                                \
    "  --model FILE          model to forecast with (default: $PRECOPYML_MODEL, else the one\n"    \
    "                        shipped, else physics alone)\n"                                       \
    "  --policy NAME         optimal (default), threshold or slo; see 'precopyml predictors'\n"    \
    "  --kappa K             seconds of migrating that a second of downtime is worth (10)\n"       \
    "  --sigma S             seconds of migrating that a lost guest second is worth (0)\n"         \
    "  --downtime-limit MS   downtime wanted at most; 'paper' is 0.05 ms, less than any\n"         \
    "                        hypervisor can measure\n"                                             \
    "  --stop-when-met       stop as soon as the limit is met, not only when it pays\n"            \
    "  --hard-max MS         never stop while the forecast is above this\n"                        \
    "  --deadline S          stop at the first boundary so long after the start, if --hard-max\n"  \
    "                        allows\n"                                                             \
    "  --confidence P        of the bounds, between 0 and 1 (0.9)\n"                               \
    "  --throttle-max PCT    vCPU time that may be taken away (default: none)\n"

struct policy_options {
    struct precopyml_session_options session; /* its strings point into argv */
    const char *model_path;                   /* NULL: the default model */
};
#define POLICY_OPTIONS_INIT                                                                        \
    {                                                                                              \
        {sizeof(struct precopyml_session_options),                                                 \
         NULL,                                                                                     \
         0,                                                                                        \
         0,                                                                                        \
         0,                                                                                        \
         10.0,                                                                                     \
         0,                                                                                        \
         0.9,                                                                                      \
         0,                                                                                        \
         0,                                                                                        \
         0,                                                                                        \
         NULL,                                                                                     \
         NULL},                                                                                    \
            NULL                                                                                   \
    }

static inline bool policy_options_is(int option)
{
    return option >= POLICY_OPTION_MODEL && option < POLICY_OPTION_END;
}

/* Takes one option; false after a message when its value makes no sense. */
bool policy_options_take(struct policy_options *options, const char *program, int option,
                         const char *argument);

/* False after a message when the options together make no sense. Call once, after the last. */
bool policy_options_check(const struct policy_options *options, const char *program);

/*
 * Loads the model asked for. Without --model: $PRECOPYML_MODEL, else default.model beside the
 * program (a build folder), else the installed one, else physics alone, with a note on standard
 * error. EXIT_OK, or EXIT_BAD_MODEL after a message.
 */
int policy_options_load_model(const struct policy_options *options, const char *program,
                              precopyml_model **model);

#endif
