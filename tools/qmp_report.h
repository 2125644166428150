/* SPDX-License-Identifier: MIT */
/*
 * What `precopyml qmp` says: on standard output a line a boundary, a line a change of who holds
 * QEMU off, and the result; on standard error messages and, on a terminal, a live line.
 *
 * A reader that is too slow loses lines; it never stalls the one who decides. Several reports, each
 * of one thread, may share the two streams: a line stays whole.
 */
#ifndef QMP_REPORT_H
#define QMP_REPORT_H

#include <stdbool.h>

#include "stop_record.h"

struct metrics;

/* A sentence of the monitor's client (512), what it means, and what could not be put back. */
enum { QMP_MESSAGE = 1024 };

struct qmp_report {
    const char *program;
    const char *domain;      /* whose lines these are, where there can be several; or NULL */
    struct metrics *metrics; /* that count along, or NULL */
    bool json;
    bool live;                        /* standard error is a terminal */
    bool drawn;                       /* the live line is on it */
    double begun;                     /* s since the epoch; people see times from here */
    double limit_ms;                  /* the downtime limit that we decide by; 0: none */
    double answer_ms;                 /* that the answer with the latest counters took */
    struct precopyml_decision latest; /* for the live line; boundary 0: none yet */
    char note[QMP_MESSAGE];           /* the last message to people */
};

enum { QMP_THROTTLES = 16 };

/* How the guest was throttled, by whomever. */
struct qmp_throttling {
    struct qmp_throttle_step {
        double t; /* s since the epoch */
        uint32_t iteration;
        double percent;
    } asked[QMP_THROTTLES]; /* what we asked for, in order */
    unsigned count;
    double highest, since, last; /* percent in force, 0: never; s since the epoch */
    double guest_seconds;        /* vCPU time taken away, s of each vCPU */
};

/* What a run came to. Not finite: unknown. */
struct qmp_result {
    int exit;
    const char *ended_by; /* "us", "qemu", "postcopy", "operator", or NULL: it has not ended */
    const char *status;   /* of the migration, as QEMU last said */
    double downtime_ms, total_ms, bytes, iterations;
    const char *downtime_source; /* whose figure downtime_ms is: "qemu", "libvirt" */
    bool decided, observed_only;
    double decided_t, decided_syncs, permission_ms;
    struct precopyml_decision decision; /* the STOP that counted, when decided */
    bool throttled;                     /* the guest was, at that boundary */
    struct stop_record stop;            /* all of it to be written down, once it is over */
    struct qmp_throttling throttling;
    double operator_ms, hold_ms;
    bool restored; /* QEMU has the operator's values, or is no more */
    char message[QMP_MESSAGE];
};

void qmp_report_open(struct qmp_report *report, const char *program, bool json, double limit_ms);

/* Everything unknown, nothing done. */
void qmp_result_init(struct qmp_result *result);

/* The decision at a boundary and the limit that QEMU had when it was taken. */
void qmp_report_boundary(struct qmp_report *report, const struct precopyml_stats *stats,
                         const struct precopyml_decision *decision, double downtime_limit_ms);

/* "hold", "let-in", "permit", "would-permit", "release", "postcopy" or "cancel", and why. */
void qmp_report_action(struct qmp_report *report, double t, const char *action,
                       double downtime_limit_ms, const char *why);

/* The percentage of vCPU time that is to be taken away from now on. */
void qmp_report_throttle(struct qmp_report *report, double t, double percent);

/* The live line. */
void qmp_report_live(struct qmp_report *report, const struct precopyml_stats *stats);

/* A message for people, on standard error unless nobody reads that; report->note in any case. */
void qmp_report_note(struct qmp_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The result. Returns result->exit, or EXIT_OUTPUT where that was EXIT_OK and output is lost. */
int qmp_report_close(struct qmp_report *report, const struct qmp_result *result);

#endif
