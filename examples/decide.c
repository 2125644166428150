/* SPDX-License-Identifier: MIT */
/* A migrator that makes up its guest: 300 MB that are dirty again after every iteration. */
#include <precopyml.h>
#include <stdio.h>

int main(void)
{
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    if (precopyml_model_builtin(&model) || precopyml_session_create(model, NULL, &session))
        return 1;
    for (int i = 0; i < 10 && decision.verdict != PRECOPYML_STOP; i++) { /* once an iteration */
        struct precopyml_stats stats = PRECOPYML_STATS_INIT;

        precopyml_stats_set(&stats, PRECOPYML_STAT_BOUNDARY, 1);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TIME, 10 + 3 * i);
        precopyml_stats_set(&stats, PRECOPYML_STAT_REMAINING, 300e6);
        precopyml_stats_set(&stats, PRECOPYML_STAT_TRANSFERRED, 1e9 + 300e6 * i);
        if (precopyml_session_observe(session, &stats) == 1)
            precopyml_should_stop(session, NULL, &decision);
    }
    printf("%s (%s)\n", precopyml_verdict_name(decision.verdict),
           precopyml_reason_name(decision.reason));
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}
