/* SPDX-License-Identifier: MIT */
/* A stranger's program: C and C++, found through pkg-config alone. */
#include <stdio.h>

#include <precopyml.h>

int main(void)
{
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    int round;

    options.kappa = 10;
    if (precopyml_model_builtin(&model) || precopyml_session_create(model, &options, &session)) {
        fprintf(stderr, "%s\n", precopyml_error_message());
        return 1;
    }
    for (round = 0; round < 10 && decision.verdict != PRECOPYML_STOP; round++) {
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;

        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 10 + 3 * round);
        precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 300e6);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 1e9 + 300e6 * round);
        if (precopyml_session_observe(session, &stats) == 1)
            precopyml_should_stop(session, NULL, &decision);
    }
    printf("%s %s\n", precopyml_version(), precopyml_verdict_name(decision.verdict));
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
    return decision.verdict == PRECOPYML_STOP ? 0 : 1;
}
