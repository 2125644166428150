/* SPDX-License-Identifier: MIT */
#include "verdict.h"

static void charge(struct verdict *verdict, const struct hindsight *hindsight, size_t at,
                   double kappa)
{
    verdict->at = at;
    verdict->elapsed = hindsight_elapsed(hindsight, at);
    verdict->downtime = hindsight->downtime[at];
    verdict->bytes = hindsight_bytes(hindsight, at);
    verdict->cost = hindsight_cost(hindsight, at, kappa);
    verdict->oracle_cost = hindsight_cost(hindsight, hindsight_best(hindsight, kappa), kappa);
    verdict->regret = verdict->cost / verdict->oracle_cost - 1;
}

/* The boundary at which the peer did not go on; the last one, with PEER_GO_ON, when it always did.
 */
static enum peer_verdict follow(struct peer_run *run, const struct series *series, size_t *at)
{
    size_t next = 0;

    for (size_t i = 0; i < series->count; i++) {
        const struct peer_boundary *boundary = &series->points[i].boundary;
        enum peer_verdict verdict;

        if (boundary->number == 0) {
            peer_observe(run, &boundary->now);
            continue;
        }
        *at = next++;
        verdict = peer_decide(run, boundary);
        if (verdict != PEER_GO_ON)
            return verdict;
    }
    return PEER_GO_ON;
}

int verdict_ask(struct verdict *verdict, const struct hindsight *hindsight, const struct peer *peer,
                const struct peer_options *options)
{
    const struct series *series = hindsight->series;
    struct peer_run run;
    size_t at = 0;
    int error = peer_open(&run, peer, options);

    *verdict = (struct verdict){.at = 0};
    if (error == 0) {
        enum peer_verdict answer = follow(&run, series, &at);

        verdict->stopped = answer == PEER_STOP;
        verdict->gave_up = answer == PEER_GIVE_UP;
        charge(verdict, hindsight, verdict->stopped ? at : series->boundary_count - 1,
               options->kappa);
    }
    peer_close(&run);
    return error;
}

static size_t first_within(const struct hindsight *hindsight, double limit)
{
    size_t least = 0;

    for (size_t i = 0; i < hindsight->series->boundary_count; i++) {
        if (hindsight->downtime[i] <= limit)
            return i;
        if (hindsight->downtime[i] < hindsight->downtime[least])
            least = i;
    }
    return least;
}

struct verdict verdict_oracle(const struct hindsight *hindsight, const struct peer_options *options)
{
    struct verdict verdict = {.stopped = true};
    size_t at = options->limit > 0 ? first_within(hindsight, options->limit)
                                   : hindsight_best(hindsight, options->kappa);

    charge(&verdict, hindsight, at, options->kappa);
    return verdict;
}
