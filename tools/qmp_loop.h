/* SPDX-License-Identifier: MIT */
/*
 * Follows one migration through QEMU's monitor to its end and decides at every boundary.
 *
 *     looks at query-migrate every `poll` seconds, and at once after an event that promises news
 *     a boundary:  asks the session
 *       CONTINUE   QEMU is held off
 *       STOP       QEMU is given permission, with a time in which to use it
 *       under a hard throttle both wait for the end of the round (round_end.h)
 *       no answer  the operator's limit goes back at once, until the session answers again
 *     the end:     the operator's limit goes back
 */
#ifndef QMP_LOOP_H
#define QMP_LOOP_H

#include "auto_converge.h"
#include "hold.h"
#include "permission.h"
#include "qmp_client.h"
#include "qmp_report.h"
#include "query_migrate.h"
#include "trace_recorder.h"

enum hopeless_action { HOPELESS_REPORT, HOPELESS_POSTCOPY, HOPELESS_CANCEL };

struct qmp_loop {
    /* Set by the caller; all that follows is zero. */
    const char *path; /* of the socket; NULL: the client finds its way back by itself */
    struct qmp_client *client;
    precopyml_session *session;
    struct qmp_report *report;
    struct trace_recorder *recorder;
    struct hold hold;
    struct auto_converge throttle;
    struct precopyml_stats known;             /* counters that query-migrate does not have */
    double poll, wait, patience, switch_time; /* s */
    double clock_offset;                      /* s since the epoch of CLOCK_MONOTONIC's zero */
    double overhead; /* s, what a switchover takes beside sending what is pending */
    enum hopeless_action on_hopeless;
    enum migrate_status before; /* us: a migration that was over then is none of ours */
    bool started;               /* the migration is ours: it has begun */
    const struct precopyml_session_options *wishes; /* those of the session */

    struct qmp_result result;
    bool begun, over;
    double told_t; /* s, when it was last told what remains, or first looked at; 0: not yet */
    bool gave_up;  /* post-copy or cancelling was asked for, as hopeless */
    bool postcopy; /* post-copy runs, whoever asked for it */
    char status[32];
    double first_sync; /* the first sync count seen; NaN: none yet */
    struct recent_bandwidth recent;
    double last_look;   /* s, CLOCK_MONOTONIC, as are the next two */
    double wait_until;  /* for a migration to begin */
    double switch_by;   /* for QEMU to use its permission */
    bool waits_for_end; /* of the round, to act on: */
    struct precopyml_decision at_end;
    bool declined; /* by QEMU, what it was permitted before */
    bool missed;   /* the end of the round before went by between two looks */

    /* Noted by the event handler. */
    bool look_now;
    bool guest_gone;        /* SHUTDOWN */
    bool completed;         /* MIGRATION: completed */
    bool stopped;           /* STOP without a RESUME since */
    bool stopped_permitted; /* it came while QEMU had our permission */
    bool paused;            /* it was no switchover: somebody paused the guest */
};

/* Runs to the end and gives the operator's limit back; loop->result tells everything. */
void qmp_loop_run(struct qmp_loop *loop);

/*
 * Gives the operator's values back, uninterrupted; `error` is what the last command came to. Where
 * the connection is of no use any more there is a new one then, if there can be: QEMU may have
 * outlived it. True when QEMU has them, or is no more.
 */
bool qmp_loop_give_back(struct qmp_loop *loop, enum qmp_error error);

/* Adds to a message that they could not be given back, and which. */
void qmp_loop_tell_unrestored(const struct qmp_loop *loop, char *message, size_t size);

/* The exit code of a failed monitor call. */
int qmp_exit_code(enum qmp_error error);

#endif
