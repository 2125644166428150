/* SPDX-License-Identifier: MIT */
#include "hand_made.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const double link_rate = 100e6, page = 4096, memory = 1073741824;

void hand_open(struct hand_made *made, const char *name, double limit, double kappa)
{
    struct peer_options options = {.limit = limit, .kappa = kappa};
    const struct peer *peer = peer_find(name);

    assert_non_null(peer);
    *made = (struct hand_made){.now = {.iteration = 1,
                                       .remaining = memory,
                                       .bandwidth = link_rate,
                                       .memory_total = memory,
                                       .page_size = page},
                               .round_pages = NAN};
    assert_int_equal(peer_open(&made->run, peer, &options), 0);
}

void hand_close(struct hand_made *made)
{
    peer_close(&made->run);
}

static void pass_time(struct hand_made *made, double elapsed)
{
    made->now.transferred += (elapsed - made->now.elapsed) * link_rate;
    made->now.elapsed = elapsed;
}

void hand_sample(struct hand_made *made, double elapsed, double remaining)
{
    pass_time(made, elapsed);
    made->now.remaining = remaining;
    peer_observe(&made->run, &made->now);
}

void hand_until(struct hand_made *made, double elapsed, double remaining)
{
    double from = made->now.elapsed;
    int steps = (int)lround((elapsed - from) * 10);

    for (int i = 1; i <= steps; i++)
        hand_sample(made, from + i / 10.0, remaining);
}

enum peer_verdict hand_boundary(struct hand_made *made, double elapsed, double remaining)
{
    double pages = isnan(made->round_pages) ? made->now.remaining / page : made->round_pages;
    struct peer_boundary boundary = {.number = ++made->number,
                                     .round_seconds = elapsed - made->now.elapsed,
                                     .round_bytes = (elapsed - made->now.elapsed) * link_rate,
                                     .round_pages = pages};

    pass_time(made, elapsed);
    made->now.pages_sent += pages;
    made->now.iteration = made->number + 1;
    made->now.remaining = remaining;
    boundary.now = made->now;
    return peer_decide(&made->run, &boundary);
}

enum peer_verdict hand_only(const char *peer, double limit, double remaining)
{
    struct hand_made made;
    enum peer_verdict verdict;

    hand_open(&made, peer, limit, 10);
    verdict = hand_boundary(&made, 10, remaining);
    hand_close(&made);
    return verdict;
}
