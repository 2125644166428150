/* SPDX-License-Identifier: MIT */
/*
 * precopyml behind Xen's precopy_policy callback (xenguest.h, struct save_callbacks).
 *
 *     struct xen_policy policy = {session, xen_policy_clock, 0};
 *     callbacks.precopy_policy = xen_policy_decide;
 *     callbacks.data = &policy;
 */
#ifndef XEN_POLICY_H
#define XEN_POLICY_H

#include <precopyml.h>

#ifdef HAVE_XENGUEST
#include <xenguest.h>
#else /* the same shape, so that this builds where Xen is not */
struct precopy_stats {
    unsigned int iteration;
    unsigned long total_written; /* pages */
    long dirty_count;            /* pages; -1: not known yet */
};
enum { XGS_POLICY_ABORT = -1, XGS_POLICY_CONTINUE_PRECOPY, XGS_POLICY_STOP_AND_COPY };
#endif

struct xen_policy {
    precopyml_session *session; /* the caller's; one migration */
    double (*clock)(void);      /* s, any origin: Xen tells no time */
    double memory;              /* bytes; 0 at the start */
};

/* Seconds that no one sets back. */
double xen_policy_clock(void);

/*
 * `data` is a struct xen_policy. Without an answer of the library Xen's own rule decides: under 50
 * dirty pages, or 5 iterations. ABORT only where the session has a hard_max that nothing can meet.
 */
int xen_policy_decide(struct precopy_stats seen, void *data);

#endif
