/* SPDX-License-Identifier: MIT */
/*
 * Drives xen_policy.c and convergence.c as their hypervisors would, with a made-up guest:
 *
 *     callbacks xen|closure MEMORY WORKING_SET DIRTY_RATE BANDWIDTH     (bytes, bytes/s)
 *
 * One line an iteration: when, bytes to send, what the callback answered. Then the features that
 * the session knew at the end. A BANDWIDTH of 0 stands for a link that tells nothing.
 */
#include "convergence.h"
#include "xen_policy.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 30, PAGE = 4096 };

struct guest {
    double memory, working_set, dirty_rate, bandwidth;
};

static double now; /* the made-up time, s */

static double made_up_clock(void)
{
    return now;
}

/* Sends `bytes`; what the guest has dirtied meanwhile. */
static double send(const struct guest *guest, double bytes)
{
    double seconds = bytes / guest->bandwidth;

    now += seconds;
    return fmin(guest->dirty_rate * seconds, guest->working_set);
}

/* Xen's loop: it asks before a batch and after it, and lets the last batch out in any case. */
static void run_xen(const struct guest *guest, precopyml_session *session)
{
    struct xen_policy policy = {session, made_up_clock, 0};
    struct precopy_stats stats = {0, 0, (long)(guest->memory / PAGE)};
    int answer = XGS_POLICY_CONTINUE_PRECOPY;

    while (answer == XGS_POLICY_CONTINUE_PRECOPY && stats.iteration < ITERATIONS) {
        double dirty = (double)stats.dirty_count * PAGE;

        answer = xen_policy_decide(stats, &policy);
        printf("%.3f %.0f %d\n", now, dirty, answer);
        dirty = send(guest, dirty);
        stats.iteration++;
        stats.total_written += (unsigned long)stats.dirty_count;
        stats.dirty_count = -1;
        if (answer == XGS_POLICY_CONTINUE_PRECOPY)
            answer = xen_policy_decide(stats, &policy);
        stats.dirty_count = (long)(dirty / PAGE);
    }
}

static void run_closure(const struct guest *guest, precopyml_session *session)
{
    struct convergence state = {.session = session, .limit = 0.3};
    double dirty = guest->memory;
    bool reached = false;

    for (uint64_t iteration = 0; !reached && iteration < ITERATIONS; iteration++) {
        reached = convergence_reached(&state, iteration, (uint64_t)dirty, guest->bandwidth);
        printf("%.3f %.0f %d\n", now, dirty, reached);
        dirty = send(guest, dirty);
    }
}

static void show_features(const precopyml_session *session)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    precopyml_session_features(session, &features);
    printf("known:");
    for (int id = 0; id < PRECOPYML_FEATURE_COUNT; id++) {
        struct precopyml_description feature = PRECOPYML_DESCRIPTION_INIT;

        if (!isnan(precopyml_features_get(&features, id)) &&
            precopyml_feature_describe(id, &feature) == 0)
            printf(" %s", feature.name);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;
    struct guest guest;
    int sensible = 0;

    for (int i = 2; i < argc; i++)
        sensible += atof(argv[i]) >= 0 && atof(argv[i]) <= 1e15; /* bytes, bytes/s */
    if (argc != 6 || sensible != 4)
        errx(2, "usage: callbacks xen|closure MEMORY WORKING_SET DIRTY_RATE BANDWIDTH");
    guest = (struct guest){atof(argv[2]), atof(argv[3]), atof(argv[4]), atof(argv[5])};
    if (precopyml_model_builtin(&model) || precopyml_session_create(model, NULL, &session))
        errx(1, "%s", precopyml_error_message());
    if (strcmp(argv[1], "xen") == 0)
        run_xen(&guest, session);
    else
        run_closure(&guest, session);
    show_features(session);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}
