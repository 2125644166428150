/* SPDX-License-Identifier: MIT */
/*
 * The baseline that a learned or fitted policy has to beat: what remains is taken to change once
 * more as it did between the last two boundaries, and the rule stops where waiting for that one
 * round does not pay. Nothing is fitted, nothing is tuned.
 */
#include "qemu_rule.h"
#include "registry.h"

struct rule {
    struct peer_options options;
    double before; /* bytes at the boundary before; 0: none yet */
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct rule *rule = state;

    (void)peer;
    rule->options = *options;
    return 0;
}

/*
 * The round takes R / B and leaves lambda R: it pays while R / B < (1 + kappa) (1 - lambda) R / B.
 * No bandwidth is needed.
 */
static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct rule *rule = state;
    double remaining = boundary->now.remaining, lambda;

    if (qemu_completes(&boundary->now, rule->options.limit))
        return PEER_STOP;
    lambda = rule->before > 0 ? remaining / rule->before : 0;
    rule->before = remaining;
    return (1 + rule->options.kappa) * (1 - lambda) > 1 ? PEER_GO_ON : PEER_STOP;
}

const struct peer peer_look_ahead = {
    .name = "look-ahead",
    .summary = "baseline without learning: the last ratio of two boundaries, once more",
    .takes_limit = true,
    .takes_kappa = true,
    .state_size = sizeof(struct rule),
    .begin = begin,
    .decide = decide,
};
