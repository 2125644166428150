/* SPDX-License-Identifier: MIT */
/*
 * Adaptive iteration termination after ITC-LM (NPC 2013, 10.1007/978-3-642-40820-5_11): stop once
 * further rounds are useless. Only its abstract could be read; what "useless" means below, and both
 * constants, are ours and tuned on nothing. QEMU's own test stands beside it, as in the paper's
 * QEMU.
 */
#include "qemu_rule.h"
#include "registry.h"

#define USELESS_GAIN   0.05 /* a round that leaves less than 5 % less than the best before */
#define USELESS_ROUNDS 2    /* in a row */

struct termination {
    double limit;
    double least; /* bytes; 0: no boundary yet */
    unsigned useless;
};

static int begin(void *state, const struct peer *peer, const struct peer_options *options)
{
    struct termination *rule = state;

    (void)peer;
    rule->limit = options->limit > 0 ? options->limit : QEMU_DOWNTIME_LIMIT;
    return 0;
}

static enum peer_verdict decide(void *state, const struct peer_boundary *boundary)
{
    struct termination *rule = state;
    double remaining = boundary->now.remaining;

    if (qemu_completes(&boundary->now, rule->limit))
        return PEER_STOP;
    if (rule->least > 0 && remaining > rule->least * (1 - USELESS_GAIN))
        rule->useless++;
    else
        rule->useless = 0;
    if (!(rule->least > 0) || remaining < rule->least)
        rule->least = remaining;
    return rule->useless >= USELESS_ROUNDS ? PEER_STOP : PEER_GO_ON;
}

const struct peer peer_termination_like = {
    .name = "termination-like",
    .summary = "ITC-LM-like: two rounds in a row that leave less than 5 % less; QEMU's rule",
    .takes_limit = true,
    .state_size = sizeof(struct termination),
    .begin = begin,
    .decide = decide,
};
