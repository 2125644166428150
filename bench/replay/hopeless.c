/* SPDX-License-Identifier: MIT */
#include "hopeless.h"

#include <math.h>

double hopeless_floor(const struct hindsight *hindsight)
{
    double least = hindsight->downtime[0];

    for (size_t i = 1; i < hindsight->series->boundary_count; i++)
        least = fmin(least, hindsight->downtime[i]);
    return least;
}

bool hopeless_is_stationary(const struct series *series)
{
    double least = INFINITY, most = 0;

    for (size_t i = 2; i < series->boundary_count; i++) {
        double remaining = series->boundaries[i]->boundary.now.remaining;

        least = fmin(least, remaining);
        most = fmax(most, remaining);
    }
    return series->boundary_count >= 4 && most <= HOPELESS_STATIONARY * least;
}

/* The verdict at the i-th boundary, from 0. */
static void note(struct hopeless *hopeless, const struct hindsight *hindsight, size_t i,
                 const struct precopyml_decision *decision)
{
    bool says = decision->verdict == PRECOPYML_HOPELESS;
    unsigned number = (unsigned)i + 1;

    hopeless->asked = number;
    if (decision->verdict == PRECOPYML_STOP) {
        hopeless->stopped = number;
        hopeless->above = hindsight->downtime[i] > hopeless->hard_max;
    }
    if (says && hopeless->said == 0) {
        hopeless->said = number;
        hopeless->met = 0; /* what was met before it was said is no false alarm */
    }
    hopeless->unsaid += hopeless->said > 0 && !says;
    if (hopeless->met == 0 && hindsight->downtime[i] <= hopeless->hard_max) {
        hopeless->met = number;
        hopeless->withdrawn = hopeless->said > 0 && !says;
    }
}

static void follow(struct hopeless *hopeless, const struct hindsight *hindsight,
                   precopyml_session *session)
{
    const struct series *series = hindsight->series;
    size_t next = 0;

    for (size_t i = 0; i < series->count && hopeless->stopped == 0; i++) {
        struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
        const struct series_point *point = &series->points[i];

        precopyml_session_observe(session, &point->stats);
        if (point->boundary.number == 0)
            continue;
        precopyml_should_stop(session, NULL, &decision);
        note(hopeless, hindsight, next++, &decision);
    }
}

int hopeless_ask(struct hopeless *hopeless, const struct hindsight *hindsight,
                 precopyml_model *model, const struct precopyml_session_options *options)
{
    precopyml_session *session;
    int error = precopyml_session_create(model, options, &session);

    *hopeless = (struct hopeless){.hard_max = options->hard_max};
    if (error == 0)
        follow(hopeless, hindsight, session);
    precopyml_session_destroy(&session);
    return error;
}
