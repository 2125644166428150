/* SPDX-License-Identifier: MIT */
/* Our own policies, asked through the public API as any front-end asks them. */
#include <errno.h>

#include <precopyml.h>

#include "qemu_rule.h"
#include "registry.h"

struct constants {
    const char *policy;
    bool needs_limit; /* QEMU's where none is given */
    bool stop_when_met;
};

static const struct constants optimal = {"optimal", false, false};
static const struct constants optimal_met = {"optimal", true, true};
static const struct constants threshold = {"threshold", true, false};
static const struct constants slo = {"slo", true, false};

#define CONFIDENCE 0.9 /* the programs' default */

struct ours {
    precopyml_session *session;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    const struct constants *constants = peer->constants;
    struct ours *ours = state;
    struct precopyml_session_options session = PRECOPYML_SESSION_OPTIONS_INIT;

    session.policy = constants->policy;
    session.kappa = options->kappa;
    session.confidence = CONFIDENCE;
    session.stop_when_met = constants->stop_when_met;
    session.downtime_limit = options->limit;
    if (constants->needs_limit && !(options->limit > 0))
        session.downtime_limit = QEMU_DOWNTIME_LIMIT;
    return precopyml_session_create(options->model, &session, &ours->session);
}

static void observe(void *state, const struct peer_sample *sample)
{
    struct ours *ours = state;

    precopyml_session_observe(ours->session, sample->stats);
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct ours *ours = state;
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

    if (precopyml_session_observe(ours->session, boundary->now.stats) != 1 ||
        precopyml_should_stop(ours->session, NULL, &decision) != 0)
        return PEER_GO_ON;
    switch (decision.verdict) {
    case PRECOPYML_STOP: return PEER_STOP;
    case PRECOPYML_HOPELESS: return PEER_GIVE_UP;
    default: return PEER_GO_ON;
    }
}

static void end(void *state)
{
    struct ours *ours = state;

    precopyml_session_destroy(&ours->session);
}

const struct peer peer_precopyml_optimal = {
    .name = "precopyml-optimal",
    .summary = "ours: least expected time + (1 + kappa) x downtime",
    .constants = &optimal,
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct ours),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};

const struct peer peer_precopyml_optimal_met = {
    .name = "precopyml-optimal-met",
    .summary = "ours: the same, and as soon as the limit (300 ms) is forecast to be met",
    .constants = &optimal_met,
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct ours),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};

const struct peer peer_precopyml_threshold = {
    .name = "precopyml-threshold",
    .summary = "ours: forecast downtime within the limit (300 ms)",
    .constants = &threshold,
    .takes_limit = true,
    .state_size = sizeof(struct ours),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};

const struct peer peer_precopyml_slo = {
    .name = "precopyml-slo",
    .summary = "ours: upper bound of the downtime, at 90 %, within the limit (300 ms)",
    .constants = &slo,
    .takes_limit = true,
    .state_size = sizeof(struct ours),
    .begin = begin,
    .observe = observe,
    .decide = decide,
    .end = end,
};
