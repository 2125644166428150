/* SPDX-License-Identifier: MIT */
/* What QEMU is allowed: holding it off, giving it permission, standing back; and telling of it. */
#ifndef QMP_LIMIT_H
#define QMP_LIMIT_H

#include "qmp_loop.h"

/* Holds QEMU off, if it is not already and may be. */
enum qmp_error qmp_hold_off(struct qmp_loop *loop, const char *why);

/* With another limit than that of --hold. */
enum qmp_error qmp_hold_off_at(struct qmp_loop *loop, double ms, const char *why);

/* Lets QEMU stop the guest by its own rule at the end of this round, if that limit allows it. */
enum qmp_error qmp_let_in(struct qmp_loop *loop, double ms);

/* A limit under which QEMU stops the guest, unless more is pending than anybody thinks; ms. */
double qmp_permission(const struct qmp_loop *loop, const struct precopyml_stats *stats,
                      const struct precopyml_decision *decision);

/* Gives it; the decision is then what the migration ended by. */
enum qmp_error qmp_permit(struct qmp_loop *loop, const struct precopyml_stats *stats,
                          const struct precopyml_decision *decision, double ms);

/* Withdraws a permission that QEMU did not use in its time. */
enum qmp_error qmp_check_permission(struct qmp_loop *loop);

/*
 * Gives QEMU the operator's limit and throttle parameters back; where one is refused, the other all
 * the same.
 */
enum qmp_error qmp_stand_back(struct qmp_loop *loop, const char *why);

/* Whether QEMU has all of the operator's values, as far as it has confirmed it. */
bool qmp_has_stood_back(const struct qmp_loop *loop);

/* Reports an action and the limit it comes with. */
void qmp_tell(struct qmp_loop *loop, const char *action, double limit_ms, const char *why);

/* A feature of the latest boundary; NaN: unknown. */
double qmp_feature(const struct qmp_loop *loop, enum precopyml_feature id);

/* The lowest bandwidth that QEMU may calculate with, bytes/s. */
double qmp_lowest_bandwidth(const struct qmp_loop *loop, const struct precopyml_stats *stats);

#endif
